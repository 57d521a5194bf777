/**
 * What changed in the documents of a record, the last committed first: versions of new, replaced, relabelled, deleted ones.
 * The link `monitor` asks for what comes after this answer: who follows it misses nothing and is given nothing twice, also
 * when what was deposited earlier is committed later (decision 0014).
 *
 * Who sees a document today sees its versions, and nobody else any. A change of rights is no change of a document: who is
 * given access to a record, or to more of it, begins anew without `_since`.
 * @see https://hl7.org/fhir/R4/http.html#history; docs/policy.md V7, D3
 */
import { historyBundle } from '../../../fhir/bundle.ts'
import { FhirError, refusal } from '../../../fhir/fhir-error.ts'
import { encodeUuid, formatResourceId } from '../../../fhir/id.ts'
import type { Position } from '../../../search/cursor.ts'
import { isFault } from '../../../search/search-faults.ts'
import { selectPatient, selectsPatient } from '../../../search/select-patient.ts'
import { changePosition, readChanges } from '../../../storage/documents/read-changes.ts'
import type { Answer } from '../../exchange.ts'
import { Pages } from '../../pages.ts'
import { type Pairs, queryOf } from '../../query.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { permitOrOwn } from '../permit.ts'
import { recordAsked } from '../record-asked.ts'
import { readHistoryAsked } from './history-asked.ts'
import { historyEntry } from './history-entry.ts'

const PATH = 'DocumentReference/_history'

export async function documentTypeHistory(
  engine: DmpEngine,
  exchange: DmpExchange,
  pairs: Pairs,
): Promise<Answer> {
  const [named, ...again] = pairs.filter(([name]) => selectsPatient(name))
  const asked = readHistoryAsked(pairs.filter(([name]) => !selectsPatient(name)))
  exchange.trace.asks('DocumentReference', queryOf(asked.understood))
  if (!named || again.length > 0) throw refusal('required', 'patient-requis')
  const selector = selectPatient(...named, engine.base)
  if (isFault(selector)) throw new FhirError('invalid', [selector])
  const record = await recordAsked(engine, exchange, selector)
  const permitted = permitOrOwn(engine, exchange, record, 'functional right')
  const { patientKey } = permitted.record.facts
  const patient = ['patient', encodeUuid(patientKey)] as const
  const pages = new Pages(engine, exchange, PATH, queryOf([patient, ...asked.understood]), asked.cursor)
  const begun = pages.after()
  const { changes, more } =
    asked.count === 0
      ? { changes: [], more: false }
      : await readChanges(engine.db, {
          patientKey,
          scope: permitted.scope,
          since: asked.within.since,
          within: asked.within.within,
          after: begun?.slice(0, -1),
          limit: asked.count,
        })
  for (const { id, version } of changes) exchange.trace.concerns('DocumentReference', encodeUuid(id), version)
  const next = nextTime(begun, changes[0]?.at, asked.within.since)
  const last = more ? changes.at(-1) : undefined
  const links = pages.links(last && [...changePosition(last), next ?? null])
  const further = asked.understood.filter(([name]) => name === '_count')
  const monitor = [patient, ...since(next), ...further]
  return {
    status: 200,
    body: historyBundle(
      asked.within.within || asked.count === 0
        ? links
        : [...links, { relation: 'monitor', url: `${engine.base}/${PATH}?${queryOf(monitor)}` }],
      changes.map((change) =>
        historyEntry(
          engine.base,
          `DocumentReference/${formatResourceId({ patientKey, id: change.id })}`,
          change,
        ),
      ),
    ),
  }
}

/**
 * Behind the newest version that the caller was shown, whatever else there is: told of the first page, and carried along.
 * Commits of a record are a millisecond apart at least, so that the next one lies there or later.
 */
function nextTime(
  begun: Position | undefined,
  newest: number | undefined,
  since: number | undefined,
): number | undefined {
  const carried = begun?.at(-1)
  if (typeof carried === 'number') return carried
  return newest === undefined ? since : newest + 1
}

function since(next: number | undefined): Pairs {
  return next === undefined ? [] : [['_since', new Date(next).toISOString()]]
}
