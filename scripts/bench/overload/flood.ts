/**
 * So many requests a second for so long, at even moments, whatever becomes of those before them, and what came of them:
 * nothing ends it. Each is timed from the moment it was due. What could not be sent while its client would still wait, for
 * no connection was free, is counted as given up.
 */
import { Durations, type Quantiles } from '../durations.ts'
import type { NextShot } from '../http-load.ts'
import { largestMegabytes } from '../processes.ts'
import type { ServerProcess } from '../server-process.ts'
import { FloodConnection } from './flood-connection.ts'
import { type ServerSeconds, secondsOf, secondsSince } from './server-seconds.ts'
import { type Health, watchHealth } from './watch-health.ts'

/** Nearly as many as one address may have (docs/operations.md "Overload"). */
const CONNECTIONS = 1_000
/** A client is gone then: what is answered later is no goodput. */
const PATIENCE_MS = 2_000
/** For the last answers. */
const LONGEST_MS = 20_000
const TICK_MS = 1
const SIZE_EVERY_MS = 250

export type Flood = {
  /** Requests a second that were due. */
  readonly rate: number
  readonly asked: number
  readonly inTime: number
  /** 200 within the patience of a client, a second. */
  readonly perSecond: number
  /** 200 behind it. */
  readonly late: number
  readonly givenUp: number
  /** Neither 200 nor given up. */
  readonly refused: number
  /** From the moment each was due, of those that were let in. */
  readonly accepted: Quantiles
  readonly refusals: Quantiles
  readonly statuses: Readonly<Record<string, number>>
  /** Of each kind of request, the part that was let in. */
  readonly letIn: Readonly<Record<string, number>>
  readonly withoutRetryAfter: number
  readonly health: Health
  readonly seconds: ServerSeconds
  /** Of the load generator. */
  readonly generatorCore: number
  readonly megabytes: number | undefined
}

export async function flood(
  server: ServerProcess,
  next: NextShot,
  rate: number,
  seconds: number,
): Promise<Flood> {
  const connections = await Promise.all(
    Array.from({ length: CONNECTIONS }, () => FloodConnection.open(server.port)),
  )
  const health = watchHealth(server.port)
  let largest = 0
  const measureSize = (): void => {
    largest = Math.max(largest, largestMegabytes(server.pid) ?? 0)
  }
  const size = setInterval(measureSize, SIZE_EVERY_MS)
  const before = secondsOf(server)
  const own = process.cpuUsage()
  try {
    const run = new Run(connections, next, rate, seconds)
    const took = await run.finished
    const taken = secondsSince(server, before)
    const { user, system } = process.cpuUsage(own)
    measureSize()
    return {
      ...run.result(),
      perSecond: run.inTime / seconds,
      seconds: taken,
      generatorCore: (user + system) / 1e6 / took,
      megabytes: largest,
      health: await health.stop(),
    }
  } finally {
    clearInterval(size)
    for (const connection of connections) connection.close()
  }
}

class Run {
  /** Seconds until the last was settled. */
  readonly finished: Promise<number>
  inTime = 0
  readonly #next: NextShot
  readonly #rate: number
  readonly #asked: number
  readonly #free: FloodConnection[]
  readonly #begin = performance.now()
  readonly #accepted = new Durations()
  readonly #refused = new Durations()
  readonly #statuses: Record<string, number> = {}
  readonly #kinds: Record<string, { sent: number; letIn: number }> = {}
  #sent = 0
  #settled = 0
  #givenUp = 0
  #withoutRetryAfter = 0

  constructor(connections: readonly FloodConnection[], next: NextShot, rate: number, seconds: number) {
    this.#free = [...connections]
    this.#next = next
    this.#rate = rate
    this.#asked = Math.round(rate * seconds)
    const latest = this.#begin + seconds * 1000 + LONGEST_MS
    this.finished = new Promise((resolve) => {
      const timer = setInterval(() => {
        const now = performance.now()
        this.#sendDue(now)
        if (this.#settled < this.#asked && now < latest) return
        clearInterval(timer)
        resolve((now - this.#begin) / 1000)
      }, TICK_MS)
    })
  }

  result() {
    const accepted = this.#accepted.count
    return {
      rate: this.#rate,
      asked: this.#asked,
      inTime: this.inTime,
      late: accepted - this.inTime,
      givenUp: this.#givenUp,
      refused: this.#refused.count,
      accepted: this.#accepted.quantiles(),
      refusals: this.#refused.quantiles(),
      statuses: this.#statuses,
      letIn: Object.fromEntries(
        Object.entries(this.#kinds).map(([kind, { sent, letIn }]) => [kind, letIn / sent]),
      ),
      withoutRetryAfter: this.#withoutRetryAfter,
    }
  }

  #sendDue(now: number): void {
    for (; this.#sent < this.#asked; this.#sent++) {
      const due = this.#begin + (this.#sent * 1000) / this.#rate
      if (due > now) return
      if (now - due > PATIENCE_MS) {
        this.#givenUp++
        this.#settled++
        continue
      }
      const connection = this.#free.pop()
      if (!connection) return
      const { kind, request, answered } = this.#next(0)
      this.#kinds[kind] ??= { sent: 0, letIn: 0 }
      const own = this.#kinds[kind]
      own.sent++
      connection.send(request, (status, saysWhen) => {
        this.#settle(status, saysWhen, due)
        if (status === 200) {
          own.letIn++
          answered?.()
        }
        if (connection.isOpen) this.#free.push(connection)
      })
    }
  }

  #settle(status: number, saysWhen: boolean, due: number): void {
    const took = performance.now() - due
    this.#settled++
    this.#statuses[status] = (this.#statuses[status] ?? 0) + 1
    if (status === 200) {
      this.#accepted.add(took)
      if (took <= PATIENCE_MS) this.inTime++
    } else {
      this.#refused.add(took)
      if (!saysWhen) this.#withoutRetryAfter++
    }
  }
}
