/**
 * `bench start`: from the start of the process to the first good answer of /readyz, on data that are there already, and
 * the memory of a server that nobody has asked anything yet.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Spread, spread } from './contest.ts'
import type { Options } from './options.ts'
import { cpuSeconds, residentMegabytes } from './processes.ts'
import { aligned, brackets } from './report.ts'
import { makePlace, type Place, removePlace, type ServerOptions, withServer } from './server-process.ts'

const TARGETS = { seconds: 3, megabytes: 180 }
/** What the start has left behind is collected meanwhile, or is not: the memory is what an operator sees. */
const IDLE_MS = 3_000

type Figures = { readonly seconds: Spread; readonly cpu: Spread; readonly megabytes: Spread }

export async function benchStart(options: Options): Promise<Record<string, unknown>> {
  const figures: Record<string, Figures> = {}
  for (const profile of ['dmp', 'fhir'] as const) {
    const place = await makePlace()
    try {
      await withServer(place, { profile }, async () => undefined)
      const starts: Start[] = []
      for (let i = 0; i < options.rounds; i++) starts.push(await oneStart(place, { profile }))
      figures[profile] = {
        seconds: spread(starts.map(({ seconds }) => seconds)),
        cpu: spread(starts.map(({ cpu }) => cpu)),
        megabytes: spread(starts.map(({ megabytes }) => megabytes)),
      }
    } finally {
      removePlace(place)
    }
  }
  tell(figures)
  return { start: figures }
}

type Start = { readonly seconds: number; readonly cpu: number; readonly megabytes: number }

async function oneStart(place: Place, options: ServerOptions): Promise<Start> {
  const begin = performance.now()
  return withServer(place, options, async ({ pid }) => {
    const seconds = (performance.now() - begin) / 1000
    const cpu = cpuSeconds(pid) ?? Number.NaN
    await sleep(IDLE_MS)
    return { seconds, cpu, megabytes: residentMegabytes(pid) ?? Number.NaN }
  })
}

function tell(figures: Readonly<Record<string, Figures>>): void {
  const rows = Object.entries(figures).map(([profile, { seconds, cpu, megabytes }]) => [
    profile,
    brackets(seconds, 2),
    brackets(cpu, 2),
    brackets(megabytes, 0),
    seconds.median <= TARGETS.seconds && megabytes.median <= TARGETS.megabytes ? 'met' : 'NOT met',
  ])
  console.log(`\nstart on data that are there, and idle memory ${IDLE_MS / 1000} s later`)
  const target = `target ${TARGETS.seconds} s, ${TARGETS.megabytes} MB`
  console.log(aligned([['', 's to ready', 'Node CPU s', 'MB idle', target], ...rows]))
}
