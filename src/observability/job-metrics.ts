/**
 * What the server does by itself: each round of a job, how it ended, and when one last ended well. Of work that is continual
 * (deliveries) only failures are rounds: what was delivered is seen by the outboxes.
 * @see docs/operations.md "Metrics"
 */
import { Counter, Gauge, type Registry } from 'prom-client'

export const jobs = [
  'sign-traces',
  'announce',
  'left-over-objects',
  'forget-received',
  'forget-notices',
  'count-usage',
  'deliver-notifications',
  'deliver-notices',
] as const
export type JobName = (typeof jobs)[number]

export type JobWatch = {
  /** The work, with each of its rounds counted. */
  watched<T>(job: JobName, work: () => Promise<T>): () => Promise<T>
  /** What is told of a failure, which is counted before. */
  failing(job: JobName, told: (error: unknown) => void): (error: unknown) => void
}

export const unwatchedJobs: JobWatch = {
  watched: (_, work) => work,
  failing: (_, told) => told,
}

/** @param now milliseconds since 1970 */
export function jobMetrics(registry: Registry, now: () => number): JobWatch {
  const registers = [registry]
  const rounds = new Counter({
    name: 'dmp_job_rounds_total',
    help: 'Rounds of what the server does by itself, by how they ended',
    labelNames: ['job', 'outcome'],
    registers,
  })
  const successes = new Gauge({
    name: 'dmp_job_last_success_timestamp_seconds',
    help: 'When a round last ended well (seconds since 1970)',
    labelNames: ['job'],
    aggregator: 'max',
    registers,
  })
  for (const job of jobs) rounds.inc({ job, outcome: 'failed' }, 0)
  const failed = (job: JobName): void => rounds.inc({ job, outcome: 'failed' })
  return {
    watched: (job, work) => async () => {
      try {
        const result = await work()
        rounds.inc({ job, outcome: 'done' })
        successes.set({ job }, now() / 1000)
        return result
      } catch (error) {
        failed(job)
        throw error
      }
    },
    failing: (job, told) => (error) => {
      failed(job)
      told(error)
    },
  }
}
