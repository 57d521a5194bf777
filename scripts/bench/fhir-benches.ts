/**
 * The benchmarks of the fhir profile. Each has a server process of its own, so that its memory is its own; the population
 * is loaded once, by the server itself.
 */
import { startEmbeddedPostgres } from '../../src/embedded-postgres/launch.ts'
import { benchCrud } from './bench-crud.ts'
import { benchImport } from './bench-import.ts'
import { benchSearch } from './bench-search.ts'
import { preloadStatements } from './database-time.ts'
import { type Loaded, withFhirPlace, writeLoaded } from './fhir-place.ts'
import { describeDatabase } from './machine.ts'
import type { Options } from './options.ts'
import { databaseLine } from './report.ts'
import { type Place, withServer } from './server-process.ts'

export function fhirBenches(options: Options): Promise<Record<string, unknown>> {
  return withFhirPlace(options, async (place, present) => {
    const figures: Record<string, unknown> = { database: await prepare(place) }
    const loaded = present ?? (await load(place, options, figures))
    figures.population = loaded
    const server = { profile: 'fhir', cpuProfile: options.profile } as const
    if (options.chosen.has('fhir-crud')) {
      figures.crud = await withServer(place, server, (running) => benchCrud(running, options))
    }
    if (options.chosen.has('fhir-search')) {
      figures.search = await withServer(place, server, (running) => benchSearch(running, loaded, options))
    }
    return figures
  })
}

/** PostgreSQL counts what statements take only when it was told before it started: here it runs without a server. */
async function prepare({ dataDir }: Place): Promise<unknown> {
  const { connection, stop } = await startEmbeddedPostgres({ dataDir, durable: true })
  try {
    await preloadStatements(connection)
    const database = await describeDatabase(connection)
    console.log(`\n${databaseLine(database)}`)
    return database
  } finally {
    await stop()
  }
}

async function load(place: Place, options: Options, figures: Record<string, unknown>): Promise<Loaded> {
  const server = { profile: 'fhir', cpuProfile: options.profile } as const
  return withServer(place, server, async (running) => {
    const { loaded, ...result } = await benchImport(running, options)
    writeLoaded(place, loaded)
    figures.import = result
    return loaded
  })
}
