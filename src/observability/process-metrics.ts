/**
 * What every process tells of itself: its requests, the database as they meet it, its traces, what waits and what is open in
 * it, whether it can serve, and what Node.js knows of its memory, its event loop and its collections. No label is of a person,
 * a structure or a document. With several processes the primary adds theirs up.
 * @see docs/operations.md "Metrics"
 */
import cluster from 'node:cluster'
import { AggregatorRegistry, Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { ObserveRequest } from '../http/answered-request.ts'
import { type ObserveOverload, shedReasons } from '../http/overload/shed-reason.ts'
import { allReadinessWords, type ReadinessWord } from '../interactions/readiness-words.ts'
import { contentMetrics } from './content-metrics.ts'
import { statementMetrics, traceMetrics } from './database-metrics.ts'
import { type JobWatch, jobMetrics } from './job-metrics.ts'
import { requestMetrics } from './request-metrics.ts'
import { SECONDS } from './seconds.ts'
import type { StatementWatcher } from './statement-watcher.ts'
import type { StoreWatcher } from './watched-contents.ts'
import type { TraceWatcher } from './watched-traces.ts'
import { type TellFault, whenAsked } from './when-asked.ts'

export type ProcessMetrics = {
  readonly registry: Registry
  readonly observe: ObserveRequest
  readonly overload: ObserveOverload
  readonly statements: StatementWatcher
  readonly traces: TraceWatcher
  readonly store: StoreWatcher
  readonly jobs: JobWatch
  readonly issuerUnreachable: () => void
}

/** What is asked each time that metrics are read. */
export type Asked = {
  readonly load: () => Readonly<Record<string, number>>
  /** Reads that went to PostgreSQL together, since the start. */
  readonly gathered: () => { readonly batches: number; readonly statements: number }
  readonly readiness: () => Promise<readonly ReadinessWord[]>
  /** When the certificate that is shown ends, milliseconds since 1970; undefined: no TLS of its own. */
  readonly certificateEnds: () => number | undefined
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly onFault: TellFault
}

const DAY = 86_400_000
const LAG_PRECISION_MS = 20

export function processMetrics(version: string, asked: Asked): ProcessMetrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LAG_PRECISION_MS })
  tellLoad(registry, asked.load)
  tellGathered(registry, asked.gathered)
  tellReadiness(registry, asked)
  tellCertificate(registry, asked)
  new Gauge({
    name: 'dmp_build_info',
    help: '1: of this version',
    labelNames: ['version'],
    aggregator: 'first',
    registers: [registry],
  }).set({ version }, 1)
  // What a worker answers its primary with; making one is how it begins to listen.
  AggregatorRegistry.setRegistries([registry])
  if (cluster.isWorker) new AggregatorRegistry()
  return {
    registry,
    observe: requestMetrics(registry),
    overload: overloadMetrics(registry),
    statements: statementMetrics(registry),
    traces: traceMetrics(registry),
    store: contentMetrics(registry),
    jobs: jobMetrics(registry, asked.now),
    issuerUnreachable: issuerMetrics(registry),
  }
}

function issuerMetrics(registry: Registry): () => void {
  const unreachable = new Counter({
    name: 'dmp_issuer_unreachable_total',
    help: 'Requests whose token could not be looked at: its issuer did not answer, or not usably',
    registers: [registry],
  })
  return () => unreachable.inc()
}

function tellLoad(registry: Registry, load: Asked['load']): void {
  new Gauge({
    name: 'dmp_load',
    help: 'What waits and what is open in a process, by kind',
    labelNames: ['kind'],
    registers: [registry],
    collect() {
      for (const [kind, value] of Object.entries(load())) this.set({ kind }, value)
    },
  })
}

function tellGathered(registry: Registry, gathered: Asked['gathered']): void {
  const counter = (name: string, help: string, read: () => number): void => {
    new Counter({
      name,
      help,
      registers: [registry],
      collect() {
        this.reset()
        this.inc(read())
      },
    })
  }
  counter(
    'dmp_gathered_batches_total',
    'How often reads of many requests went to PostgreSQL together',
    () => gathered().batches,
  )
  counter(
    'dmp_gathered_statements_total',
    'Statements that went so: divided by the batches, how many leave together',
    () => gathered().statements,
  )
}

function tellReadiness(registry: Registry, { readiness, onFault }: Asked): void {
  const gauge: Gauge<'reason'> = new Gauge({
    name: 'dmp_readiness',
    help: '1: so says /readyz',
    labelNames: ['reason'],
    aggregator: 'max',
    registers: [registry],
    collect: whenAsked(
      async () => {
        const words = new Set<string>(await readiness())
        for (const reason of allReadinessWords) gauge.set({ reason }, words.has(reason) ? 1 : 0)
      },
      () => gauge.reset(),
      onFault,
    ),
  })
}

function tellCertificate(registry: Registry, { certificateEnds, now }: Asked): void {
  if (certificateEnds() === undefined) return
  new Gauge({
    name: 'dmp_certificate_days_left',
    help: 'Until the TLS certificate that is shown ends',
    aggregator: 'min',
    registers: [registry],
    collect() {
      this.set(((certificateEnds() ?? now()) - now()) / DAY)
    },
  })
}

function overloadMetrics(registry: Registry): ObserveOverload {
  const shed = new Counter({
    name: 'dmp_shed_total',
    help: 'What was not done at all, by reason: requests, connections, answers nobody took',
    labelNames: ['reason'],
    registers: [registry],
  })
  for (const reason of shedReasons) shed.inc({ reason }, 0)
  const waited = new Histogram({
    name: 'dmp_queue_seconds',
    help: 'How long requests waited for their place, of those that had to',
    buckets: SECONDS,
    registers: [registry],
  })
  return {
    shed: (reason) => shed.inc({ reason }),
    waited: (seconds) => waited.observe(seconds),
  }
}
