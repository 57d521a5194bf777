/**
 * The database as requests meet it: how long statements are waited for, by the way they go; how long transactions wait for a
 * connection and last; how many traces go to the disk together, and how long that takes.
 * @see docs/operations.md "Metrics"
 */
import type { Registry } from 'prom-client'
import { DirectCounter, DirectHistogram } from './direct-metrics.ts'
import { SECONDS } from './seconds.ts'
import { type StatementWatcher, ways } from './statement-watcher.ts'
import type { TraceWatcher } from './watched-traces.ts'

/** Most statements take a fraction of a millisecond. */
const STATEMENT_SECONDS = [0.0005, 0.001, ...SECONDS]
const GROUPS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]

const noLabels = { labelNames: [] as const }

export function statementMetrics(registry: Registry): StatementWatcher {
  const durations = new DirectHistogram({
    name: 'dmp_statement_duration_seconds',
    help: 'How long a statement was waited for, by the way it went; of gathered reads all that left together',
    labelNames: ['way'],
    buckets: STATEMENT_SECONDS,
    registry,
  })
  const failures = new DirectCounter({
    name: 'dmp_statement_failures_total',
    help: 'Statements that failed, by the way they went',
    labelNames: ['way'],
    registry,
  })
  const waits = new DirectHistogram({
    name: 'dmp_connection_wait_seconds',
    help: 'How long a transaction waited for its connection',
    ...noLabels,
    buckets: SECONDS,
    registry,
  }).series({})
  const transactions = new DirectHistogram({
    name: 'dmp_transaction_duration_seconds',
    help: 'From its connection to its end',
    ...noLabels,
    buckets: SECONDS,
    registry,
  }).series({})
  const of = Object.fromEntries(
    ways.map((way) => [way, { duration: durations.series({ way }), failure: failures.series({ way }) }]),
  )
  return {
    answered({ way, milliseconds, rows }) {
      const series = of[way]
      series?.duration.observe(milliseconds / 1000)
      if (series && rows === undefined) series.failure.count++
    },
    transaction(waited, lasted) {
      waits.observe(waited / 1000)
      transactions.observe(lasted / 1000)
    },
  }
}

export function traceMetrics(registry: Registry): TraceWatcher {
  const commits = new DirectHistogram({
    name: 'dmp_trace_commit_seconds',
    help: 'How long a group of traces was on its way to the disk',
    ...noLabels,
    buckets: STATEMENT_SECONDS,
    registry,
  }).series({})
  const sizes = new DirectHistogram({
    name: 'dmp_trace_group_size',
    help: 'Traces that went to the disk together, of groups of three and more (smaller ones are counted by their commits alone)',
    ...noLabels,
    buckets: GROUPS,
    registry,
  }).series({})
  const failures = new DirectCounter({
    name: 'dmp_trace_failures_total',
    help: 'Requests that were answered 503 because their trace could not be written',
    ...noLabels,
    registry,
  }).series({})
  return {
    group(milliseconds, traces) {
      commits.observe(milliseconds / 1000)
      if (traces !== undefined) sizes.observe(traces)
    },
    failed() {
      failures.count++
    },
  }
}
