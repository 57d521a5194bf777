/**
 * What a process tells of itself: requests by interaction and status with their times, traces that wait, connections, and what
 * Node.js knows of its memory and its event loop. No label is of a person, a structure or a document. With several processes
 * the primary adds theirs up.
 * @see docs/operations.md "Metrics"
 */
import cluster from 'node:cluster'
import { AggregatorRegistry, Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { type ObserveOverload, shedReasons } from './http/overload/shed-reason.ts'

export type ObserveRequest = (interaction: string, status: number, seconds: number) => void

export type ProcessMetrics = {
  readonly registry: Registry
  readonly observe: ObserveRequest
  readonly overload: ObserveOverload
}

const SECONDS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** @param load what is asked each time that metrics are read */
export function processMetrics(load: () => Readonly<Record<string, number>>): ProcessMetrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const requests = new Histogram({
    name: 'dmp_request_duration_seconds',
    help: 'From the first byte of a request to the last of its answer',
    labelNames: ['interaction', 'status'],
    buckets: SECONDS,
    registers: [registry],
  })
  const gauge = new Gauge({
    name: 'dmp_load',
    help: 'What waits and what is open in a process, by kind',
    labelNames: ['kind'],
    registers: [registry],
    collect() {
      for (const [kind, value] of Object.entries(load())) gauge.set({ kind }, value)
    },
  })
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
  // What a worker answers its primary with; making one is how it begins to listen.
  AggregatorRegistry.setRegistries([registry])
  if (cluster.isWorker) new AggregatorRegistry()
  return {
    registry,
    observe: (interaction, status, seconds) => requests.observe({ interaction, status }, seconds),
    overload: {
      shed: (reason) => shed.inc({ reason }),
      waited: (seconds) => waited.observe(seconds),
    },
  }
}
