/** The store of contents, where they do not lie in PostgreSQL: how long it takes and how often it fails. @see docs/operations.md "Metrics" */
import { Histogram, type Registry } from 'prom-client'
import { SECONDS } from './seconds.ts'
import type { StoreWatcher } from './watched-contents.ts'

export function contentMetrics(registry: Registry): StoreWatcher {
  const durations = new Histogram({
    name: 'dmp_content_store_seconds',
    help: 'What was asked of the content store, attempts and pauses included; of reading until the first byte',
    labelNames: ['operation', 'outcome'],
    buckets: SECONDS,
    registers: [registry],
  })
  return (operation, milliseconds, isDone) =>
    durations.observe({ operation, outcome: isDone ? 'done' : 'failed' }, milliseconds / 1000)
}
