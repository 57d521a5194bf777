/**
 * The benchmarks of the dmp profile: what professionals, structures and patients ask for, each beside its limit, in turns
 * on the same PostgreSQL; then the same at a fixed rate. `--rate` leaves the turns out.
 *
 * What is compared with one process of Fastify is one process; what is compared with PostgreSQL, and the mix, has as many
 * as the machine has cores (`--workers` for all).
 */
import { availableParallelism } from 'node:os'
import { type DatabaseAbout, describeDatabase } from '../machine.ts'
import type { Benchmark, Options } from '../options.ts'
import { tellProfiles } from '../profile/tell-profile.ts'
import { databaseLine } from '../report.ts'
import { type Place, withServer } from '../server-process.ts'
import { auditScenarios } from './audit.ts'
import { type Costs, measureCosts } from './cost.ts'
import { type DmpData, withDmpPlace } from './dmp-place.ts'
import { Limits } from './limits.ts'
import { measureScenario, type ScenarioFigures } from './measure-scenario.ts'
import { mixedScenarios } from './mixed.ts'
import { patchScenarios } from './patch.ts'
import { pushScenarios } from './push.ts'
import { readScenarios } from './read.ts'
import { retrieveScenarios } from './retrieve.ts'
import type { Bench, Scenario } from './scenario.ts'
import { searchScenarios } from './search.ts'
import { td02Scenarios } from './td02.ts'
import { tellScenario } from './tell-scenario.ts'

type Part = {
  readonly bench: Benchmark
  /** Processes of the server. */
  readonly workers: number
  readonly make: (bench: Bench) => Promise<Scenario[]>
}

const cores = availableParallelism()
const parts: readonly Part[] = [
  { bench: 'read', workers: 1, make: readScenarios },
  { bench: 'search', workers: 1, make: searchScenarios },
  { bench: 'retrieve', workers: 1, make: retrieveScenarios },
  { bench: 'td02', workers: 1, make: td02Scenarios },
  { bench: 'patch', workers: 1, make: patchScenarios },
  { bench: 'audit', workers: 1, make: auditScenarios },
  { bench: 'push', workers: cores, make: pushScenarios },
  { bench: 'mixed', workers: cores, make: mixedScenarios },
  // Counted when all else is measured.
  { bench: 'cost', workers: cores, make: async () => [] },
]

export async function benchDmp(options: Options): Promise<Record<string, unknown>> {
  return withDmpPlace(options, async (place, data) => {
    const scenarios: ScenarioFigures[] = []
    let database: DatabaseAbout | undefined
    let cost: (Costs & { readonly workers: number }) | undefined
    const chosen = parts.filter(({ bench }) => options.chosen.has(bench))
    for (const workers of new Set(chosen.map((part) => options.workers ?? part.workers))) {
      await withMeasured(place, workers, data, options, async (bench) => {
        database ??= await tellDatabase(bench)
        const together = chosen.filter((part) => (options.workers ?? part.workers) === workers)
        for (const { make } of together)
          scenarios.push(...(await measureAll(bench, await make(bench), workers)))
        if (options.profile === undefined && together.some((part) => part.bench === 'cost'))
          cost = { workers, ...(await measureCosts(bench)) }
      })
    }
    if (options.profile !== undefined)
      tellProfiles(
        options.profile,
        scenarios.map(({ window }) => window),
      )
    return { database, scenarios, ...(cost ? { cost } : {}) }
  })
}

async function measureAll(
  bench: Bench,
  scenarios: readonly Scenario[],
  workers: number,
): Promise<ScenarioFigures[]> {
  const measured: ScenarioFigures[] = []
  for (const scenario of scenarios) {
    const figures = await measureScenario(bench, scenario, workers)
    tellScenario(figures)
    measured.push(figures)
  }
  return measured
}

async function tellDatabase({ server }: Bench): Promise<DatabaseAbout> {
  const about = await describeDatabase(server.connection)
  console.log(`\n${databaseLine(about)}`)
  return about
}

async function withMeasured(
  place: Place,
  workers: number,
  data: DmpData,
  options: Options,
  work: (bench: Bench) => Promise<void>,
): Promise<void> {
  // One client asks as much here as all others of the country together: what it may ask is not what is measured.
  const environment = { DMP_WORKERS: String(workers), DMP_RATE_LIMIT: '0' }
  await withServer(place, { profile: 'dmp', cpuProfile: options.profile, environment }, async (server) => {
    await using limits = await Limits.open(server, options)
    await work({ server, data, limits, options })
  })
}
