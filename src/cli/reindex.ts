/**
 * `dmp reindex`: makes anew what resources are found by, beside a server that goes on serving: those of the fhir profile,
 * or the documents and lists of the dmp profile. To be run once all servers are of a release that brings search parameters, or reads them otherwise.
 * @see docs/operations.md, "Search index"
 */
import { parseArgs } from 'node:util'
import { assetPath } from '../asset-path.ts'
import type { Config } from '../config.ts'
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
import { type Command, CommandError, type CommandIo, exitCodes } from './command.ts'
import { commandConfig } from './command-config.ts'
import { type Progress, progressOnStderr } from './progress.ts'
import { openReindexDatabase } from './reindex-database.ts'
import { reindexRecords } from './reindex-record.ts'
import { untilInterrupted } from './until-interrupted.ts'

export const reindexUsage = `usage: dmp reindex [--type <type>]… [--after <type>/<id>] [--batch 200]

  --type <type>         only resources of this type; may be repeated
  --after <type>/<id>   goes on behind this one, where a run before has stopped
  --batch <number>      resources in one transaction: as long a writer of one of them may wait

The settings are those of the server, DATABASE_URL or DMP_DATA_DIR, and DMP_PUBLIC_URL above all: a reference to the
server's own address is found as a local one.`

const MAX_BATCH = 5_000

type Place = { readonly type: string; readonly id: string }
type Plan = { readonly types: ReadonlySet<string>; readonly after: Place | undefined; readonly batch: number }

export const reindex: Command = async (args, io) => {
  const options = readOptions(args)
  if (options.help) {
    io.out(reindexUsage)
    return exitCodes.ok
  }
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
        ? reindexRecords({ db, registry, base, plan, io, progress, stop })
        : run({
            db,
            index: buildIndex(registry, buildExtraction(registry, { base, zone: utc })),
            plan,
            io,
            progress,
            stop,
          }),
    )
  } finally {
    progress.end()
  }
}

type Work = {
  readonly db: Database
  readonly index: IndexOf
  readonly plan: Plan
  readonly io: Pick<CommandIo, 'out' | 'err'>
  readonly progress: Progress
  readonly stop: AbortSignal
}

/** Batch after batch, each committed for itself. */
export async function run({ db, index, plan, io, progress, stop }: Work): Promise<number> {
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
      progress.tell(`${type}: ${done} of ${total}`)
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
  io.out(`${done} resources indexed anew, ${changed} with other terms`)
  if (refused.length === 0) return exitCodes.ok
  io.err(
    `${refused.length} have too many values and are found by what they were: ${refused.slice(0, 10).join(', ')}`,
  )
  return exitCodes.refused
}

function again(types: ReadonlySet<string>): string {
  return [...types].map((type) => ` --type ${type}`).join('')
}

function planOf({ type = [], after, batch = '200' }: Options, registry: Registry): Plan {
  const unknown = type.find((name) => !registry.isResourceType(name))
  if (unknown !== undefined) throw new CommandError(exitCodes.usage, `--type ${unknown} is no resource type`)
  const [, afterType, id] = /^([A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})$/.exec(after ?? '') ?? []
  const place = afterType !== undefined && id !== undefined ? { type: afterType, id } : undefined
  if (after !== undefined && (!place || !registry.isResourceType(place.type)))
    throw new CommandError(exitCodes.usage, '--after is not <type>/<id>')
  const size = Number(batch)
  if (!Number.isInteger(size) || size < 1 || size > MAX_BATCH)
    throw new CommandError(exitCodes.usage, `--batch is not a whole number from 1 to ${MAX_BATCH}`)
  return { types: new Set(type), after: place, batch: size }
}

/** The environment of the server, without what only serving needs; which profile is asked of the database. */
function configOf({ env }: CommandIo): Config {
  return commandConfig({ ...env, DMP_PROFILE: 'fhir', HOST: '127.0.0.1' })
}

type Options = ReturnType<typeof readOptions>

function readOptions(args: readonly string[]) {
  try {
    const options = {
      type: { type: 'string', multiple: true },
      after: { type: 'string' },
      batch: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    } as const
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause
    throw new CommandError(exitCodes.usage, `${cause.message.split('\n')[0]} (dmp reindex --help)`, { cause })
  }
}
