/**
 * `bench overload`: what a server does with twice what it can. In turn, as many answers as 32 connections get (the peak),
 * and then the same mix at twice that rate, at even moments, on many connections: of what is let in, how many right answers
 * a second and how late; of what is not, whether it says when to come again; whether `/livez` and `/readyz` answer
 * meanwhile, and how large the largest process became.
 *
 * The load has a core of its own in both, where there is more than one: it has twice the work in the second, and on shared
 * cores would take from the server what it is judged by.
 */
import { formatResourceId } from '../../src/fhir/id.ts'
import { type Spread, spread } from './contest.ts'
import { coreShares } from './core-shares.ts'
import { type DmpData, withDmpPlace } from './dmp/dmp-place.ts'
import { anyOf, getRequest, learn } from './dmp/learn.ts'
import { drawn } from './dmp/mix.ts'
import { Pushes } from './dmp/push.ts'
import { searchTarget } from './dmp/search.ts'
import { td02Target } from './dmp/td02.ts'
import { Durations, type Quantiles } from './durations.ts'
import type { HttpConnection } from './http-connection.ts'
import { closedHttpLoop, type NextShot, withLoadConnections } from './http-load.ts'
import type { Options } from './options.ts'
import { largestMegabytes } from './processes.ts'
import { withConnections } from './records.ts'
import { brackets, megabytes } from './report.ts'
import { type ServerProcess, withServer } from './server-process.ts'

/** Of the sustainable rate. */
const TIMES = 2
const TARGET = 0.9
const OPEN_CONNECTIONS = 512
const WARM_UP = 10_000
const DOCUMENTS = 1_000
const TICK_MS = 1
const HEALTH_EVERY_MS = 100
const SIZE_EVERY_MS = 250
/** Of a hundred: the national mix without its contents, which are streamed as fast as they are taken. */
const shares = { read: 45, search: 22, td02: 28, push: 5 } as const

type Flood = {
  readonly asked: number
  readonly answered: number
  readonly perSecond: number
  /** From the moment each was due, of those that were let in. */
  readonly accepted: Quantiles
  /** Of those that were not. */
  readonly refused: Quantiles
  readonly statuses: Readonly<Record<string, number>>
  readonly withoutRetryAfter: number
  readonly health: Quantiles & { readonly asked: number; readonly failed: number }
  readonly generatorCore: number
  readonly megabytes: number | undefined
}

export async function benchOverload(options: Options): Promise<Record<string, unknown>> {
  return withDmpPlace(options, async (place, data) => {
    const workers = options.workers ?? 1
    // One client asks as much here as all others of the country together.
    const environment = { DMP_WORKERS: String(workers), DMP_RATE_LIMIT: '0' }
    const cores = coreShares()
    cores.take('measured')
    return withServer(place, { profile: 'dmp', cpuProfile: options.profile, environment }, async (server) => {
      cores.take('load')
      const next = await mix(server, data)
      const peaks: number[] = []
      const floods: Flood[] = []
      await peak(server, next, options, { pieces: WARM_UP })
      for (let round = 0; round < options.rounds; round++) {
        const perSecond = await peak(server, next, options, { milliseconds: options.seconds * 1000 })
        peaks.push(perSecond)
        floods.push(await flood(server, next, perSecond * TIMES, options.seconds))
      }
      peaks.push(await peak(server, next, options, { milliseconds: options.seconds * 1000 }))
      const goodput = spread(floods.map((each, i) => each.perSecond / (peaks[i] ?? Number.NaN)))
      tell(workers, cores.told, spread(peaks), goodput, floods)
      return { overload: { workers, cores: cores.told, peaks, goodput, floods } }
    }).finally(() => cores.take('all'))
  })
}

async function mix({ port }: ServerProcess, data: DmpData): Promise<NextShot> {
  const { as, population } = data
  const asked = async (kind: string, targets: readonly string[]) => {
    const learned = await learn(
      port,
      kind,
      targets.map((target) => getRequest(as.gp, target)),
    )
    return anyOf(learned.map(({ shot }) => shot))
  }
  const pushes = new Pushes(data)
  const documents = population.documents.slice(0, DOCUMENTS)
  const insOf = population.records.slice(0, DOCUMENTS).map(({ matricule }) => matricule)
  return drawn(shares, {
    read: await asked(
      'read',
      documents.map((at) => `/fhir/DocumentReference/${formatResourceId(at)}`),
    ),
    search: await asked(
      'search',
      insOf.map((ins) => searchTarget(ins)),
    ),
    td02: await asked('td02', insOf.map(td02Target)),
    push: () => pushes.next(),
  })
}

async function peak(
  { port }: ServerProcess,
  next: NextShot,
  { connections }: Options,
  until: { readonly milliseconds?: number; readonly pieces?: number },
): Promise<number> {
  const { perSecond } = await withLoadConnections(port, connections, (all) =>
    closedHttpLoop(all, next, until),
  )
  return perSecond
}

/** What comes is counted, whatever it is: nothing ends it. */
async function flood(
  server: ServerProcess,
  next: NextShot,
  perSecond: number,
  seconds: number,
): Promise<Flood> {
  const [accepted, refused] = [new Durations(), new Durations()]
  const statuses: Record<string, number> = {}
  let withoutRetryAfter = 0
  let largest: number | undefined
  const own = process.cpuUsage()
  const begin = performance.now()
  const asked = Math.round(perSecond * seconds)

  const answered = (status: number, head: string, due: number): void => {
    statuses[status] = (statuses[status] ?? 0) + 1
    const took = performance.now() - due
    if (status === 200) accepted.add(took)
    else {
      refused.add(took)
      if (!/\r\nretry-after: \d/i.test(head)) withoutRetryAfter++
    }
  }
  const health = watchHealth(server.port)
  const measureSize = (): void => {
    largest = Math.max(largest ?? 0, largestMegabytes(server.pid) ?? 0)
  }
  const size = setInterval(measureSize, SIZE_EVERY_MS)
  await withConnections(server.port, OPEN_CONNECTIONS, (connections) => {
    const free = [...connections]
    return new Promise<void>((resolve, reject) => {
      let [sent, settled] = [0, 0]
      const sendDue = (): void => {
        for (; sent < asked; sent++) {
          const due = begin + (sent * 1000) / perSecond
          const connection = due <= performance.now() ? free.pop() : undefined
          if (!connection) return
          connection.send(next(0).request).then(({ status, head }) => {
            answered(status, head, due)
            settled++
            free.push(connection)
          }, reject)
        }
      }
      const timer = setInterval(() => {
        sendDue()
        if (settled < asked) return
        clearInterval(timer)
        resolve()
      }, TICK_MS)
    })
  }).finally(() => clearInterval(size))
  const took = (performance.now() - begin) / 1000
  measureSize()
  const { user, system } = process.cpuUsage(own)
  return {
    asked,
    answered: accepted.count,
    perSecond: accepted.count / took,
    accepted: accepted.quantiles(),
    refused: refused.quantiles(),
    statuses,
    withoutRetryAfter,
    health: await health.stop(),
    generatorCore: (user + system) / 1e6 / took,
    megabytes: largest,
  }
}

/** Asks both in turn, on a connection of its own, and how long they took. */
function watchHealth(port: number): { stop(): Promise<Flood['health']> } {
  const took = new Durations()
  let [asked, failed] = [0, 0]
  let isOver = false
  const ask = async (connection: HttpConnection): Promise<void> => {
    while (!isOver) {
      const at = performance.now()
      const path = asked++ % 2 ? '/readyz' : '/livez'
      const { status } = await connection.send(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`)
      took.add(performance.now() - at)
      if (status !== 200) failed++
      await new Promise((resolve) => setTimeout(resolve, HEALTH_EVERY_MS))
    }
  }
  const done = withConnections(port, 1, async ([connection]) => connection && ask(connection))
  return {
    async stop() {
      isOver = true
      await done
      return { ...took.quantiles(), asked, failed }
    },
  }
}

function tell(
  workers: number,
  cores: string,
  peaks: Spread,
  goodput: Spread,
  floods: readonly Flood[],
): void {
  const of = (value: (flood: Flood) => number | undefined): Spread =>
    spread(floods.map((flood) => value(flood) ?? Number.NaN))
  const sum = (value: (flood: Flood) => number): number => floods.reduce((all, each) => all + value(each), 0)
  const statuses = new Map<string, number>()
  for (const flood of floods)
    for (const [status, count] of Object.entries(flood.statuses))
      statuses.set(status, (statuses.get(status) ?? 0) + count)
  console.log(`\noverload: the mix at ${TIMES} times its peak, ${workers} worker(s), ${cores}`)
  console.log(
    `peak ${brackets(peaks, 0)}/s; then ${brackets(
      of((flood) => flood.perSecond),
      0,
    )}/s answered rightly`,
  )
  console.log(
    `goodput ${brackets(goodput, 2)} of the peak (${goodput.median >= TARGET ? 'met' : 'not met'}: ${TARGET})`,
  )
  console.log(`statuses ${[...statuses].map(([status, count]) => `${status}: ${count}`).join(', ')}`)
  console.log(`refused without Retry-After: ${sum((flood) => flood.withoutRetryAfter)}`)
  const milliseconds = (name: string, value: (flood: Flood) => Quantiles): string =>
    `${name} p50 ${brackets(
      of((flood) => value(flood).p50),
      1,
    )} ms, p99 ${brackets(
      of((flood) => value(flood).p99),
      1,
    )} ms`
  console.log(milliseconds('let in: ', (flood) => flood.accepted))
  console.log(milliseconds('refused:', (flood) => flood.refused))
  console.log(milliseconds('health: ', (flood) => flood.health))
  console.log(`health: ${sum(({ health }) => health.failed)} of ${sum(({ health }) => health.asked)} not 200`)
  console.log(`largest process: ${megabytes(Math.max(...floods.map((flood) => flood.megabytes ?? 0)))}`)
  console.log(
    `generator: ${brackets(
      of((flood) => flood.generatorCore),
      2,
    )} of a core`,
  )
}
