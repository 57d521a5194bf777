/** `dmp reindex` on a database of the dmp profile: documents and lists, record after record. */
import { assetPath } from '../asset-path.ts'
import { loadProfiles } from '../definitions/load-profiles.ts'
import type { Registry } from '../definitions/registry.ts'
import { buildTerminology } from '../dmp/codes/terminology.ts'
import { formatResourceId, parseResourceId, type ResourceId } from '../fhir/id.ts'
import { isJsonObject, parseJson } from '../fhir/json.ts'
import { parisTime } from '../fhir/paris-time.ts'
import { documentColumns, foundBy } from '../interactions/dmp/submission/document-row.ts'
import { listIndex } from '../interactions/dmp/submission/list-index.ts'
import { buildExtraction } from '../search/extraction/build-extraction.ts'
import { recordTypes } from '../search/record/embedded-types.ts'
import type { Database, Transaction } from '../storage/database.ts'
import {
  countRecordRows,
  type RecordRow,
  type ReindexedRecord,
  reindexDocuments,
  reindexLists,
} from '../storage/records/reindex-record.ts'
import { recordIndexers } from '../wiring/search-capabilities.ts'
import { CommandError, type CommandIo, exitCodes } from './command.ts'
import type { Progress } from './progress.ts'

type Place = { readonly type: string; readonly id: string }
type Plan = { readonly types: ReadonlySet<string>; readonly after: Place | undefined; readonly batch: number }

type Work = {
  readonly db: Database
  readonly registry: Registry
  /** FHIR base of the server. */
  readonly base: string
  readonly plan: Plan
  readonly io: Pick<CommandIo, 'out' | 'err'>
  readonly progress: Progress
  readonly stop: AbortSignal
  readonly json?: boolean
}

const reindexed = ['DocumentReference', 'List'] as const

/** Batch after batch, each committed for itself. */
export async function reindexRecords(work: Work): Promise<number> {
  const { db, plan, io, progress, stop, json = false } = work
  const { types, after, batch } = plan
  const begin = after && parseResourceId(after.id)
  const known: readonly string[] = reindexed
  const unknown = [...types, ...(after ? [after.type] : [])].find((type) => !known.includes(type))
  if (unknown !== undefined || (after && !begin))
    throw new CommandError(exitCodes.usage, `in a database of the profile dmp: ${reindexed.join(', ')}`)
  const steps = stepsOf(work)
  const counts = await countRecordRows(db)
  const wanted = reindexed.filter(
    (type) => (types.size === 0 || types.has(type)) && (after === undefined || type >= after.type),
  )
  const total = wanted.reduce((sum, type) => sum + counts[type], 0)
  let done = 0
  const refused: string[] = []
  for (const type of wanted) {
    let place: ResourceId | undefined = after?.type === type ? begin : undefined
    for (let more = true; more; ) {
      const from: ResourceId | undefined = place
      const made: ReindexedRecord = await db.transaction((tx) => steps[type](tx, from, batch))
      done += made.count
      refused.push(...made.refused.map((at) => `${type}/${formatResourceId(at)}`))
      place = made.last
      more = place !== undefined
      progress.tell(`${type}: ${done} of ${total}`, { done, of: total })
      if (stop.aborted && place) {
        progress.end()
        const again = [...types].map((name) => ` --type ${name}`).join('')
        io.err(
          `stopped after ${done} of ${total}; go on with: dmp reindex --after ${type}/${formatResourceId(place)}${again}`,
        )
        return exitCodes.stopped
      }
    }
  }
  progress.end()
  io.out(json ? JSON.stringify({ indexed: done, refused }) : `${done} documents and lists indexed anew`)
  if (refused.length === 0) return exitCodes.ok
  io.err(
    `${refused.length} have too many values and are found by what they were: ${refused.slice(0, 10).join(', ')}`,
  )
  return exitCodes.refused
}

type Step = (
  transaction: Transaction,
  after: ResourceId | undefined,
  limit: number,
) => Promise<ReindexedRecord>

function stepsOf({ registry, base }: Work): Readonly<Record<(typeof reindexed)[number], Step>> {
  const extraction = buildExtraction(registry, { base, zone: parisTime }, recordTypes)
  const { canonical } = buildTerminology(loadProfiles(assetPath('profiles'))).systems
  const engine = { extraction, indexers: recordIndexers(extraction, canonical) }
  const ofDocument = ({ type, lastUpdated, body }: RecordRow) => {
    const document = parseJson(body, Number.POSITIVE_INFINITY)
    if (!isJsonObject(document)) throw new Error('A stored document is no object')
    return {
      ...documentColumns(extraction, document, type, lastUpdated, canonical),
      ...foundBy(engine, document),
    }
  }
  return {
    DocumentReference: (tx, after, limit) => reindexDocuments(tx, after, limit, ofDocument),
    List: (tx, after, limit) => reindexLists(tx, after, limit, (row) => listIndex(engine, row)),
  }
}
