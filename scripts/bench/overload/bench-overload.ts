/**
 * `bench overload`: what a server does with more than it can. In each round as many answers as 32 connections get in a
 * closed loop (the peak), then the same mix at even moments at 1, 1.5, 2 and 3 times that rate, on a thousand connections:
 * how many are answered rightly while their client waits (the goodput), how late; whether who is refused is told when to
 * come again; whether `/livez` and `/readyz` answer meanwhile; how large the largest process became.
 *
 * Goodput is told twice: a second, and for a CPU second of server and database beside the same of the peak, which is what it
 * would be on a machine that nobody else uses. The load has a core of its own, where there is more than one: it has three
 * times the work in the last, and on shared cores would take from the server what it is judged by.
 */
import { formatResourceId } from '../../../src/fhir/id.ts'
import { coreShares } from '../core-shares.ts'
import { type DmpData, withDmpPlace } from '../dmp/dmp-place.ts'
import { anyOf, getRequest, learn } from '../dmp/learn.ts'
import { drawn } from '../dmp/mix.ts'
import { Pushes } from '../dmp/push.ts'
import { searchTarget } from '../dmp/search.ts'
import { td02Target } from '../dmp/td02.ts'
import { closedHttpLoop, type NextShot, withLoadConnections } from '../http-load.ts'
import type { Options } from '../options.ts'
import { type ServerProcess, withServer } from '../server-process.ts'
import { type Flood, flood } from './flood.ts'
import { secondsOf, secondsSince } from './server-seconds.ts'
import { type OverloadRound, type Peak, tellOverload } from './tell-overload.ts'

/** Of the peak. */
const TIMES = [1, 1.5, 2, 3]
const WARM_UP = 10_000
const DOCUMENTS = 1_000
/** Of a hundred: the national mix without its contents, which are streamed as fast as they are taken. */
const shares = { read: 45, search: 22, td02: 28, push: 5 } as const

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
      const rounds: OverloadRound[] = []
      await withLoadConnections(server.port, options.connections, (all) =>
        closedHttpLoop(all, next, { pieces: WARM_UP }),
      )
      for (let round = 0; round < options.rounds; round++) {
        const top = await peak(server, next, options)
        const floods: Flood[] = []
        for (const times of TIMES)
          floods.push(await flood(server, next, top.perSecond * times, options.seconds))
        rounds.push({ peak: top, floods })
      }
      tellOverload(workers, cores.told, TIMES, rounds)
      return { overload: { workers, cores: cores.told, times: TIMES, rounds } }
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

async function peak(server: ServerProcess, next: NextShot, { connections, seconds }: Options): Promise<Peak> {
  const before = secondsOf(server)
  const { perSecond, pieces } = await withLoadConnections(server.port, connections, (all) =>
    closedHttpLoop(all, next, { milliseconds: seconds * 1000 }),
  )
  return { perSecond, answered: pieces, seconds: secondsSince(server, before) }
}
