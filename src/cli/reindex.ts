/**
 * `dmp reindex`: makes anew what resources are found by, beside a server that goes on serving: those of the fhir profile,
 * or the documents and lists of the dmp profile. To be run once all servers are of a release that brings search parameters, or reads them otherwise.
 * @see docs/operations.md, "Search index"
 */
import { assetPath } from '../asset-path.ts'
import type { Config } from '../config/config.ts'
import { loadDefinitions } from '../definitions/load.ts'
import { buildRegistry, type Registry } from '../definitions/registry.ts'
import { utc } from '../fhir/date.ts'
import { NO_PATIENT } from '../fhir/id.ts'
import { untilCommitted } from '../interactions/rest/write/until-committed.ts'
import { buildExtraction } from '../search/extraction/build-extraction.ts'
import type { Database } from '../storage/database.ts'
import { sortsFromNowOn } from '../storage/resource-search/unsorted-types.ts'
import { countByType, reindexResources } from '../storage/resources/reindex-resources.ts'
import { buildIndex } from '../storage/search-index/build-index.ts'
import type { IndexOf } from '../storage/search-index/index-entries.ts'
import { type Command, CommandError, type CommandIo, command, exitCodes } from './command.ts'
import { databaseConfig } from './command-config.ts'
import type { Input } from './command-table.ts'
import { type Progress, progressOnStderr } from './progress.ts'
import { openReindexDatabase } from './reindex-database.ts'
import { reindexRecords } from './reindex-record.ts'
import { reindexTable } from './tables/upkeep.ts'
import { untilInterrupted } from './until-interrupted.ts'

type Place = { readonly type: string; readonly id: string }
type Plan = { readonly types: ReadonlySet<string>; readonly after: Place | undefined; readonly batch: number }

export const reindex: Command = command(reindexTable, async ({ options }, io) => {
  const registry = buildRegistry(loadDefinitions(assetPath('definitions.json')))
  const plan = planOf(options, registry)
  const config = configOf(io)
  await using database = await openReindexDatabase(config)
  const base = `${config.publicUrl}/fhir`
  const progress = progressOnStderr()
  const { db, profile } = database
  try {
    return await untilInterrupted(({ signal: stop }) =>
      profile === 'dmp'
        ? reindexRecords({ db, registry, base, plan, io, progress, stop, json: options.json })
        : run({
            db,
            index: buildIndex(registry, buildExtraction(registry, { base, zone: utc })),
            plan,
            io,
            progress,
            stop,
            json: options.json,
          }),
    )
  } finally {
    progress.end()
  }
})

type Work = {
  readonly db: Database
  readonly index: IndexOf
  readonly plan: Plan
  readonly io: Pick<CommandIo, 'out' | 'err'>
  readonly progress: Progress
  readonly stop: AbortSignal
  readonly json?: boolean
}

/** Batch after batch, each committed for itself. */
export async function run({ db, index, plan, io, progress, stop, json = false }: Work): Promise<number> {
  const { types, after, batch } = plan
  const wanted = (await countByType(db, NO_PATIENT)).filter(
    ({ type }) => (types.size === 0 || types.has(type)) && (after === undefined || type >= after.type),
  )
  const total = wanted.reduce((sum, { count }) => sum + count, 0)
  let done = 0
  let changed = 0
  const refused: string[] = []
  for (const { type } of wanted) {
    let last: string | undefined = after?.type === type ? after.id : ''
    const refusedBefore = refused.length
    while (last !== undefined) {
      const from: string = last
      const place = { patientKey: NO_PATIENT, type, after: from, limit: batch }
      const made = await untilCommitted(() => db.transaction((tx) => reindexResources(tx, place, index)))
      done += made.count
      changed += made.changed
      refused.push(...made.refused.map((id) => `${type}/${id}`))
      last = made.last
      progress.tell(`${type}: ${done} of ${total}`, { done, of: total })
      if (stop.aborted && last !== undefined) {
        progress.end()
        io.err(
          `stopped after ${done} of ${total}; go on with: dmp reindex --after ${type}/${last}${again(types)}`,
        )
        return exitCodes.stopped
      }
    }
    // Where a run before has stopped, that one was the beginning of this.
    if (refused.length === refusedBefore) await sortsFromNowOn(db, NO_PATIENT, type)
  }
  progress.end()
  io.out(
    json
      ? JSON.stringify({ indexed: done, changed, refused })
      : `${done} resources indexed anew, ${changed} with other terms`,
  )
  if (refused.length === 0) return exitCodes.ok
  io.err(
    `${refused.length} have too many values and are found by what they were: ${refused.slice(0, 10).join(', ')}`,
  )
  return exitCodes.refused
}

function again(types: ReadonlySet<string>): string {
  return [...types].map((type) => ` --type ${type}`).join('')
}

function planOf({ type, after, batch }: Input<typeof reindexTable>['options'], registry: Registry): Plan {
  const unknown = type.find((name) => !registry.isResourceType(name))
  if (unknown !== undefined) throw new CommandError(exitCodes.usage, `--type ${unknown} is no resource type`)
  const [, afterType, id] = /^([A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})$/.exec(after ?? '') ?? []
  const place = afterType !== undefined && id !== undefined ? { type: afterType, id } : undefined
  if (after !== undefined && (!place || !registry.isResourceType(place.type)))
    throw new CommandError(exitCodes.usage, '--after is not <type>/<id>')
  return { types: new Set(type), after: place, batch }
}

/** The environment of the server, without what only serving needs; which profile is asked of the database. */
function configOf({ env }: CommandIo): Config {
  return databaseConfig(env, 'DMP_PUBLIC_URL')
}
