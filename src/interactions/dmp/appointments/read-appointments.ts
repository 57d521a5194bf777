/**
 * read, vread, history and search of appointments: by the patient and who acts for the patient, and by professionals who may
 * search in the record (F8, A1); who may not finds what it has put in (F9). Of the documents that an appointment refers to,
 * each reader is told of those it sees.
 * @see docs/policy.md R1, V7
 */
import { encodeUuid, parseResourceId, type ResourceId, type Uuid } from '../../../fhir/id.ts'
import { isJsonObject, stringifyJson } from '../../../fhir/json.ts'
import { parseSearch } from '../../../search/parse-search.ts'
import type { StoredVersion } from '../../../storage/documents/read-document.ts'
import { visibleDocuments } from '../../../storage/documents/visible-documents.ts'
import { readResource } from '../../../storage/records/read-resource.ts'
import { countRecord, type RecordCriterion } from '../../../storage/records/search-record.ts'
import type { Answer } from '../../exchange.ts'
import { type Pairs, queryOf } from '../../query.ts'
import { storedBody } from '../consent/consent-body.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { parseVersion } from '../documents/read-document-reference.ts'
import { idNamed } from '../messages/message-form.ts'
import { askerOf, type Permitted, permitOrOwn, unknown } from '../permit.ts'
import { recordAsked } from '../record-asked.ts'
import { recordHistory } from '../record-history.ts'
import { searchInRecord } from '../record-search.ts'
import { versionAnswer } from '../version-answer.ts'
import { writtenBy } from './appointment-terms.ts'

export async function readAppointmentById(
  engine: DmpEngine,
  exchange: DmpExchange,
  id: string,
  version?: string,
): Promise<Answer> {
  const { at, resource, permitted } = await readable(engine, exchange, id, version)
  exchange.trace.concerns('Appointment', encodeUuid(at.id), resource.version)
  const [body = ''] = await shown(engine, permitted, [resource])
  return versionAnswer({ ...resource, body })
}

export async function appointmentHistory(
  engine: DmpEngine,
  exchange: DmpExchange,
  id: string,
  pairs: Pairs,
): Promise<Answer> {
  const { at, permitted } = await readable(engine, exchange, id)
  return recordHistory(engine, exchange, 'Appointment', at, pairs, (versions) =>
    shown(engine, permitted, versions),
  )
}

export async function searchAppointments(
  engine: DmpEngine,
  exchange: DmpExchange,
  pairs: Pairs,
): Promise<Answer> {
  exchange.trace.asks('Appointment')
  const search = parseSearch(engine.searches.Appointment, pairs, 'strict')
  exchange.trace.asks('Appointment', queryOf(search.understood))
  const found = await recordAsked(engine, exchange, search.patient)
  const permitted = permitOrOwn(engine, exchange, found, 'functional right')
  return searchInRecord(engine, exchange, {
    type: 'Appointment',
    patientKey: permitted.record.facts.patientKey,
    search,
    systems: { status: 'http://hl7.org/fhir/appointmentstatus' },
    bounds: boundsOf(permitted),
    instants: { date: 'start' },
    order: 'start',
    shown: (appointments) => shown(engine, permitted, appointments),
  })
}

/** A secret connection sees secrets alone (V5), and an appointment is none: one's own are left. */
function boundsOf({ scope }: Permitted): RecordCriterion[] {
  return scope.onlyOwn || scope.invisibleLegal === 'only' ? [writtenBy(scope.self)] : []
}

async function readable(
  engine: DmpEngine,
  exchange: DmpExchange,
  id: string,
  version?: string,
): Promise<{
  readonly at: ResourceId
  readonly resource: StoredVersion
  readonly permitted: Permitted
}> {
  exchange.trace.asks('Appointment')
  const at = parseResourceId(id)
  if (!at) throw unknown()
  const wanted = version === undefined ? undefined : parseVersion(version)
  const found = await readResource(engine.db, 'Appointment', at, wanted, askerOf(exchange))
  const permitted = permitOrOwn(engine, exchange, found?.record, 'functional right')
  const bounds = boundsOf(permitted)
  const { patientKey } = at
  // Asked whether there is one or not: what is another's and what is not there cost the same (V7).
  const within =
    bounds.length === 0 ||
    (await countRecord(engine.db, {
      patientKey,
      type: 'Appointment',
      criteria: [{ kind: 'ids', ids: [at.id] }, ...bounds],
    })) > 0
  if (!found?.resource || !within) throw unknown()
  return { at, resource: found.resource, permitted }
}

async function shown(
  engine: Pick<DmpEngine, 'db' | 'base'>,
  { record, scope }: Permitted,
  appointments: readonly { readonly body: string }[],
): Promise<readonly string[]> {
  const { patientKey } = record.facts
  // Most name no document, and are handed on as they lie.
  const bodies = appointments.map(({ body }) =>
    body.includes('"supportingInformation"') ? storedBody(body) : undefined,
  )
  const named = bodies.flatMap((body) => references(body).flatMap(({ id }) => id ?? []))
  const seen = await visibleDocuments(engine.db, patientKey, [...new Set(named)], scope)
  return appointments.map(({ body: text }, i) => {
    const body = bodies[i]
    if (!body) return text
    const { supportingInformation: _, ...rest } = body
    const kept = references(body)
      .filter(({ id }) => id !== undefined && seen.has(id))
      .map(({ reference }) => reference)
    return stringifyJson(kept.length > 0 ? { ...body, supportingInformation: kept } : rest)
  })

  function references(body: ReturnType<typeof storedBody> | undefined) {
    const list = body?.supportingInformation
    return (Array.isArray(list) ? list : []).map((reference) => ({ reference, id: idOf(reference) }))
  }

  function idOf(reference: unknown): Uuid | undefined {
    const text = isJsonObject(reference) ? reference.reference : undefined
    const place = { patientKey, base: engine.base }
    return typeof text === 'string' ? idNamed('DocumentReference', text, place) : undefined
  }
}
