/**
 * `bench timing`: whether the time of an answer tells a hidden document from one that does not exist (rule V7). One
 * connection, one request at a time, in random order: what is hidden, what is not there, and a second sample of what is
 * not there, which shows what the machine's noise alone makes of the same test.
 *
 * Two tests of the two samples: Kolmogorov–Smirnov (any difference of the distributions) and Mann–Whitney (one is slower).
 * With many thousands of requests both see differences that no attacker could use: so the probability that a hidden
 * document's answer is the slower of two is told too; a half says nothing at all.
 */
import type { HttpConnection } from './http-connection.ts'
import { type Callers, callers, openRecords, pushAll, readRequest, withConnections } from './records.ts'
import { makePlace, removePlace, withServer } from './server-process.ts'

export type Sample = 'hidden' | 'absent' | 'absent again'
export type TimingResult = Readonly<Record<string, readonly Comparison[]>>
export type Comparison = {
  readonly samples: string
  readonly requests: number
  readonly medianMicroseconds: readonly [number, number]
  /** Largest distance of the two distribution functions, and how likely one as large is by chance. */
  readonly ks: { readonly distance: number; readonly p: number }
  /** P(first slower than second), and how likely one as far from a half is by chance. */
  readonly slower: { readonly probability: number; readonly p: number }
}

const RECORDS = 100
const HIDDEN = 200
const EACH = 10_000
const WARM_UP = 3_000

export async function benchTiming(): Promise<Record<string, unknown>> {
  const place = await makePlace()
  try {
    const as = await withServer(place, { profile: 'dmp' }, async ({ port }) => {
      const known = await callers(port)
      await openRecords(port, known, RECORDS)
      return known
    })
    const timing = await withServer(place, { profile: 'dmp' }, ({ port }) => measureTiming(port, as))
    console.log('\na hidden (masked) document against one that is not there, same record, interleaved')
    for (const line of timingLines(timing)) console.log(line)
    return { timing }
  } finally {
    removePlace(place)
  }
}

async function measureTiming(port: number, as: Callers): Promise<TimingResult> {
  const hidden = await pushAll(port, as, RECORDS, HIDDEN, '3', ['MASQUE_PS'])
  const paths = {
    DocumentReference: hidden.map(({ document }) => `/fhir/DocumentReference/${document}`),
    Binary: hidden.map(({ binary }) => `/fhir/Binary/${binary}`),
  }
  const result: Record<string, Comparison[]> = {}
  for (const [name, there] of Object.entries(paths)) {
    result[name] = await compare(port, as, there)
  }
  return result
}

async function compare(port: number, as: Callers, there: readonly string[]): Promise<Comparison[]> {
  const requests = {
    hidden: there.map((path) => readRequest(as, path)),
    absent: there.map((path) => readRequest(as, inventedLike(path))),
  }
  const times: Record<Sample, number[]> = { hidden: [], absent: [], 'absent again': [] }
  await withConnections(port, 1, async ([connection]) => {
    if (!connection) throw new Error('No connection')
    for (let i = 0; i < WARM_UP; i++) await ask(connection, requests[i % 2 ? 'hidden' : 'absent'], i)
    const order = (['hidden', 'absent', 'absent again'] as const).flatMap((name) =>
      Array.from({ length: EACH }, () => name),
    )
    shuffle(order)
    for (const [i, name] of order.entries()) {
      const from = requests[name === 'hidden' ? 'hidden' : 'absent']
      times[name].push(await ask(connection, from, i))
    }
  })
  return [
    compared('hidden, absent', times.hidden, times.absent),
    compared('absent, absent again', times.absent, times['absent again']),
  ]
}

/** An id of the same record that nobody gave out. */
function inventedLike(path: string): string {
  return `${path.slice(0, -5)}00000`
}

/** @returns microseconds */
async function ask(connection: HttpConnection, requests: readonly Buffer[], i: number): Promise<number> {
  const request = requests[i % requests.length]
  if (!request) throw new Error('No request')
  const begin = process.hrtime.bigint()
  const { status } = await connection.send(request)
  const end = process.hrtime.bigint()
  if (status !== 404) throw new Error(`A hidden document was answered ${status}`)
  return Number(end - begin) / 1000
}

function shuffle(list: unknown[]): void {
  for (let i = list.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1))
    ;[list[i], list[j]] = [list[j], list[i]]
  }
}

export function compared(samples: string, a: readonly number[], b: readonly number[]): Comparison {
  const first = [...a].sort((x, y) => x - y)
  const second = [...b].sort((x, y) => x - y)
  return {
    samples,
    requests: a.length + b.length,
    medianMicroseconds: [first[first.length >> 1] ?? 0, second[second.length >> 1] ?? 0],
    ks: kolmogorovSmirnov(first, second),
    slower: mannWhitney(first, second),
  }
}

/** @see https://en.wikipedia.org/wiki/Kolmogorov-Smirnov_test, two samples, the limit for large ones */
function kolmogorovSmirnov(a: readonly number[], b: readonly number[]): Comparison['ks'] {
  let i = 0
  let j = 0
  let distance = 0
  while (i < a.length && j < b.length) {
    const at = Math.min(a[i] ?? 0, b[j] ?? 0)
    while (i < a.length && (a[i] ?? 0) <= at) i++
    while (j < b.length && (b[j] ?? 0) <= at) j++
    distance = Math.max(distance, Math.abs(i / a.length - j / b.length))
  }
  const lambda = distance * Math.sqrt((a.length * b.length) / (a.length + b.length))
  let p = 0
  for (let k = 1; k <= 100; k++) p += 2 * (-1) ** (k - 1) * Math.exp(-2 * k * k * lambda * lambda)
  return { distance, p: Math.min(1, Math.max(0, p)) }
}

/** Ties count half; their correction of the variance is left out: nanoseconds rarely tie. */
function mannWhitney(a: readonly number[], b: readonly number[]): Comparison['slower'] {
  let below = 0
  let upTo = 0
  let wins = 0
  for (const value of a) {
    while (below < b.length && (b[below] ?? 0) < value) below++
    while (upTo < b.length && (b[upTo] ?? 0) <= value) upTo++
    wins += (below + upTo) / 2
  }
  const pairs = a.length * b.length
  const deviation = Math.sqrt((pairs * (a.length + b.length + 1)) / 12)
  const z = Math.abs(wins - pairs / 2) / deviation
  return { probability: wins / pairs, p: 2 * normalTail(z) }
}

/** P(Z > z), Abramowitz and Stegun 26.2.17. */
function normalTail(z: number): number {
  const t = 1 / (1 + 0.2316419 * z)
  const series =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series
}

export function timingLines(result: TimingResult): string[] {
  return Object.entries(result).flatMap(([name, comparisons]) =>
    comparisons.map(({ samples, medianMicroseconds: [a, b], ks, slower }) =>
      [
        `  ${name.padEnd(18)}${samples.padEnd(22)}`,
        `median ${a.toFixed(0)} and ${b.toFixed(0)} µs`,
        `KS ${ks.distance.toFixed(4)} p=${ks.p.toFixed(3)}`,
        `P(slower) ${slower.probability.toFixed(4)} p=${slower.p.toFixed(3)}`,
      ].join('  '),
    ),
  )
}
