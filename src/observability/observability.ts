/**
 * Everything by which this process is watched, put together: metrics where somebody reads them, spans where they are sent,
 * slow statements where they are told. What is off stands around nothing, and costs nothing.
 * @see docs/operations.md "Logs", "Metrics", "OpenTelemetry", "Slow statements"
 */
import type { Contents } from '../content/contents.ts'
import type { ObjectStore } from '../content/object-store.ts'
import type { Admit } from '../http/admission.ts'
import { IssuerUnreachable } from '../http/authentication/issuer-unreachable.ts'
import type { ObserveOverload } from '../http/overload/shed-reason.ts'
import type { Exchange } from '../interactions/exchange.ts'
import type { ConnectionSettings } from '../storage/connection/connection-settings.ts'
import { genericPlan } from '../storage/connection/generic-plan.ts'
import type { Database } from '../storage/database.ts'
import { type JobWatch, unwatchedJobs } from './job-metrics.ts'
import type { OtlpSettings } from './otlp-spans.ts'
import { type Asked, type ProcessMetrics, processMetrics } from './process-metrics.ts'
import { RecentTrouble } from './recent-trouble.ts'
import { slowQueries } from './slow-queries.ts'
import type { Spans } from './spans.ts'
import type { StatementWatcher } from './statement-watcher.ts'
import { watchedContents, watchedStore } from './watched-contents.ts'
import { watchedDatabase } from './watched-database.ts'
import { WatchedTraces } from './watched-traces.ts'

export type Observability = {
  readonly metrics: ProcessMetrics | undefined
  readonly spans: Spans | undefined
  readonly jobs: JobWatch
  readonly overload: ObserveOverload
  isShedding(): boolean
  isStoreFailing(): boolean
  database(db: Database): Database
  traces(db: Database): WatchedTraces
  contents(contents: Contents): Contents
  store(store: ObjectStore): ObjectStore
  admit<X extends Exchange>(admit: Admit<X>): Admit<X>
  /** What is asked for each decision: a moment in the span under way. */
  deciding<T>(ask: (now: number) => T): (now: number) => T
  close(): Promise<void>
}

export type ObservabilitySettings = {
  readonly version: string
  readonly slowQueryMs: number
  readonly otlp: OtlpSettings | undefined
  readonly tellsMetrics: boolean
  readonly connection: ConnectionSettings
  readonly asked: Asked
  /** A line of the log, as a warning. */
  readonly warn: (fields: Readonly<Record<string, unknown>>, message: string) => void
}

export async function openObservability(settings: ObservabilitySettings): Promise<Observability> {
  const { version, asked, otlp, tellsMetrics, warn } = settings
  const metrics = tellsMetrics ? processMetrics(version, asked) : undefined
  const spans = otlp && (await loadSpans(otlp, version, warn))
  const watchers = [
    ...(metrics ? [metrics.statements] : []),
    ...(settings.slowQueryMs > 0 ? [slowWatcher(settings)] : []),
  ]
  const shedding = new RecentTrouble()
  const storeTrouble = new RecentTrouble()
  return {
    metrics,
    spans,
    jobs: metrics?.jobs ?? unwatchedJobs,
    overload: {
      shed(reason) {
        if (reason === 'line-full' || reason === 'waited') shedding.met()
        metrics?.overload.shed(reason)
      },
      waited: (seconds) => metrics?.overload.waited(seconds),
    },
    isShedding: () => shedding.isRecent(),
    isStoreFailing: () => storeTrouble.isRecent(),
    database: (db) => (watchers.length > 0 || spans ? watchedDatabase(db, { watchers, spans }) : db),
    traces: (db) => new WatchedTraces(db.apart, { spans, watcher: metrics?.traces }),
    contents: (contents) => (spans ? watchedContents(contents, spans) : contents),
    store: (store) =>
      watchedStore(
        store,
        (operation, milliseconds, isDone) => {
          if (isDone) storeTrouble.isOver()
          else storeTrouble.met()
          metrics?.store(operation, milliseconds, isDone)
        },
        spans,
      ),
    admit: (admit) => {
      const counted = metrics ? countedIssuers(admit, metrics.issuerUnreachable) : admit
      return spans ? (...given) => spans.within('authenticate', {}, () => counted(...given)) : counted
    },
    deciding: (ask) =>
      spans
        ? (now) => {
            spans.event('decide')
            return ask(now)
          }
        : ask,
    close: async () => spans?.close(),
  }
}

function countedIssuers<X extends Exchange>(admit: Admit<X>, unreachable: () => void): Admit<X> {
  return async (...given) => {
    try {
      return await admit(...given)
    } catch (error) {
      if (error instanceof Error && error.cause instanceof IssuerUnreachable) unreachable()
      throw error
    }
  }
}

/** Loaded only where spans are sent. */
async function loadSpans(
  otlp: OtlpSettings,
  version: string,
  warn: ObservabilitySettings['warn'],
): Promise<Spans> {
  const { otlpSpans } = await import('./otlp-spans.ts')
  return otlpSpans(otlp, version, (err) => warn({ err }, 'spans were not sent'))
}

function slowWatcher({ slowQueryMs, connection, warn }: ObservabilitySettings): StatementWatcher {
  return slowQueries({
    fromMs: slowQueryMs,
    tell: (line) => warn(line, 'slow statement'),
    tellPlan: (statement, plan) => warn({ statement, plan }, 'plan of a slow statement'),
    plan: (statement, planning) => genericPlan(connection, statement, planning),
    onFault: (err) => warn({ err }, 'no plan of a slow statement'),
    elapsed: () => performance.now(),
  })
}
