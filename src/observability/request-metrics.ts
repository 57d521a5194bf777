/**
 * Requests as Prometheus is told of them: how many and how long, by the pattern of their route and the class of their status;
 * what they were; what they were refused with; by which rules they were decided. Every label is of a closed set: the table of
 * routes, of interactions, of errors, of rules.
 * @see docs/operations.md "Metrics"
 */
import { Counter, type Registry } from 'prom-client'
import type { AnsweredRequest, ObserveRequest } from '../http/answered-request.ts'
import { DirectCounter, DirectHistogram } from './direct-metrics.ts'
import { SECONDS } from './seconds.ts'

/** Of rules that decide together there are some dozens; past this they are counted as `other`. */
const MAX_COMBINATIONS = 2_000

type Decided = {
  readonly rules: readonly string[]
  readonly mode: string
  readonly outcome: string
  count: number
}

export function requestMetrics(registry: Registry): ObserveRequest {
  const durations = new DirectHistogram({
    name: 'dmp_request_duration_seconds',
    help: 'From the first byte of a request to the last of its answer',
    labelNames: ['method', 'route', 'class'],
    buckets: SECONDS,
    registry,
  })
  const requests = new DirectCounter({
    name: 'dmp_requests_total',
    help: 'Requests answered, by what they were',
    labelNames: ['interaction', 'status'],
    registry,
  })
  const refusals = new Counter({
    name: 'dmp_refusals_total',
    help: 'Requests that were refused or failed, by the code of the first error (docs/errors.md)',
    labelNames: ['error'],
    registers: [registry],
  })
  const bytesSent = new DirectCounter({
    name: 'dmp_answer_bytes_total',
    help: 'Bytes of the bodies of answers, of those whose length was known before they left',
    labelNames: [],
    registry,
  }).series({})
  // Counted here and written out when they are read: rules decide together, and each would cost as much as all else.
  const decisions = new Map<string, Decided>()
  new Counter({
    name: 'dmp_decisions_total',
    help: 'Decisions of policy, by each rule that made them, the access mode and how the request ended',
    labelNames: ['rule', 'mode', 'outcome'],
    registers: [registry],
    collect() {
      this.reset()
      for (const { rules, mode, outcome, count } of decisions.values())
        for (const rule of rules) this.inc({ rule, mode, outcome }, count)
    },
  })
  const decided = ({ rules, mode, status }: AnsweredRequest): void => {
    const outcome = status < 400 ? 'done' : 'refused'
    const key = `${mode} ${outcome} ${rules.join(' ')}`
    const known = decisions.get(key)
    if (known) known.count++
    else if (decisions.size < MAX_COMBINATIONS) decisions.set(key, { rules, mode, outcome, count: 1 })
    else {
      const other = `${mode} ${outcome} other`
      const rest = decisions.get(other) ?? { rules: ['other'], mode, outcome, count: 0 }
      rest.count++
      decisions.set(other, rest)
    }
  }

  const durationOf = remembered((method: string, route: string, of: string) =>
    durations.series({ method, route, class: of }),
  )
  const requestOf = remembered((interaction: string, status: string) =>
    requests.series({ interaction, status }),
  )
  return (request) => {
    const { method, route = 'none', interaction, status, milliseconds, bytes = 0, error, rules } = request
    durationOf(method, route, classOf(status)).observe(milliseconds / 1000)
    requestOf(interaction, String(status)).count++
    bytesSent.count += bytes
    if (error !== undefined) refusals.inc({ error })
    if (rules.length > 0) decided(request)
  }
}

const classes = ['', '1xx', '2xx', '3xx', '4xx', '5xx'] as const

function classOf(status: number): string {
  return classes[Math.floor(status / 100)] ?? 'other'
}

/** One series for each set of labels. */
function remembered<Series>(make: (...labels: string[]) => Series): (...labels: string[]) => Series {
  const known = new Map<string, Series>()
  return (...labels) => {
    const key = labels.join(' ')
    let series = known.get(key)
    if (series === undefined) {
      series = make(...labels)
      known.set(key, series)
    }
    return series
  }
}
