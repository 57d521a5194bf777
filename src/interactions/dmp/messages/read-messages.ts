/**
 * read, vread, history and search of messages. A message is there for its two parties: the sender, to whom it is written, and
 * the patient who is one of them, or a legal representative; for everybody else it does not exist (V7).
 * @see docs/policy.md M1, M2
 */
import { encodeUuid, parseResourceId, type ResourceId } from '../../../fhir/id.ts'
import type { ActorId } from '../../../policy/facts.ts'
import { addressedAs } from '../../../policy/rules/m1-messages.ts'
import { parseSearch } from '../../../search/parse-search.ts'
import type { StoredVersion } from '../../../storage/documents/read-document.ts'
import { readResource } from '../../../storage/records/read-resource.ts'
import type { Answer } from '../../exchange.ts'
import { type Pairs, queryOf } from '../../query.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { parseVersion } from '../documents/read-document-reference.ts'
import { askerOf, type Permitted, permit, unknown } from '../permit.ts'
import { recordAsked } from '../record-asked.ts'
import { recordHistory } from '../record-history.ts'
import { searchInRecord } from '../record-search.ts'
import { versionAnswer } from '../version-answer.ts'
import { partyBound } from './message-terms.ts'
import { shownMessages } from './shown-messages.ts'
import { type Parties, partiesOf, storedMessage } from './stored-message.ts'

export async function readMessageById(
  engine: DmpEngine,
  exchange: DmpExchange,
  id: string,
  version?: string,
): Promise<Answer> {
  const { at, resource, permitted } = await readable(engine, exchange, id, version)
  exchange.trace.concerns('Communication', encodeUuid(at.id), resource.version)
  const lying = [{ id: at.id, body: resource.body }]
  const [body = ''] = await shownMessages(engine, engine.db, at.patientKey, permitted.scope, lying)
  return versionAnswer({ ...resource, body })
}

export async function messageHistory(
  engine: DmpEngine,
  exchange: DmpExchange,
  id: string,
  pairs: Pairs,
): Promise<Answer> {
  const { at, permitted } = await readable(engine, exchange, id)
  return recordHistory(engine, exchange, 'Communication', at, pairs, (versions) =>
    shownMessages(
      engine,
      engine.db,
      at.patientKey,
      permitted.scope,
      versions.map(({ body }) => ({ id: at.id, body })),
    ),
  )
}

export async function searchMessages(
  engine: DmpEngine,
  exchange: DmpExchange,
  pairs: Pairs,
): Promise<Answer> {
  exchange.trace.asks('Communication')
  const search = parseSearch(engine.searches.Communication, pairs, 'strict')
  exchange.trace.asks('Communication', queryOf(search.understood))
  const found = await recordAsked(engine, exchange, search.patient)
  const { record, scope } = permit(engine, exchange, found, 'read-messages')
  const { patientKey } = record.facts
  return searchInRecord(engine, exchange, {
    type: 'Communication',
    patientKey,
    search,
    systems: { status: 'http://hl7.org/fhir/event-status' },
    bounds: [partyBound(addressedAs(exchange.caller))],
    instants: { sent: 'sent', received: 'received' },
    shown: (messages) => shownMessages(engine, engine.db, patientKey, scope, messages),
  })
}

export type ReadableMessage = {
  readonly at: ResourceId
  readonly resource: StoredVersion
  readonly parties: Parties
  readonly permitted: Permitted
}

/** @throws FhirError the record's refusal, or 404 for a message of others */
export async function readable(
  engine: DmpEngine,
  exchange: DmpExchange,
  id: string,
  version?: string,
): Promise<ReadableMessage> {
  exchange.trace.asks('Communication')
  const at = parseResourceId(id)
  if (!at) throw unknown()
  const wanted = version === undefined ? undefined : parseVersion(version)
  const found = await readResource(engine.db, 'Communication', at, wanted, askerOf(exchange))
  const permitted = permit(engine, exchange, found?.record, 'read-messages')
  const resource = found?.resource
  const parties =
    resource && partiesOf(storedMessage(resource.body), { patientKey: at.patientKey, base: engine.base })
  if (!resource || !parties || !isParty(exchange, parties)) throw unknown()
  return { at, resource, parties, permitted }
}

function isParty({ caller }: DmpExchange, { sender, recipient }: Parties): boolean {
  const names: readonly ActorId[] = addressedAs(caller)
  return names.includes(sender) || names.includes(recipient)
}
