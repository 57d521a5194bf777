/**
 * read, vread, history and search of care teams: with the right to list choices (TD1.6), for they say who is authorised.
 * @see docs/policy.md F6, A1
 */
import { encodeUuid, parseResourceId, type ResourceId } from '../../../fhir/id.ts'
import { parseSearch } from '../../../search/parse-search.ts'
import type { StoredVersion } from '../../../storage/documents/read-document.ts'
import { readResource } from '../../../storage/records/read-resource.ts'
import type { Answer } from '../../exchange.ts'
import { type Pairs, queryOf } from '../../query.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { parseVersion } from '../documents/read-document-reference.ts'
import { askerOf, permit, unknown } from '../permit.ts'
import { recordAsked } from '../record-asked.ts'
import { recordHistory } from '../record-history.ts'
import { searchInRecord } from '../record-search.ts'
import { versionAnswer } from '../version-answer.ts'

export async function readCareTeam(
  engine: DmpEngine,
  exchange: DmpExchange,
  id: string,
  version?: string,
): Promise<Answer> {
  const { at, resource } = await readable(engine, exchange, id, version)
  exchange.trace.concerns('CareTeam', encodeUuid(at.id), resource.version)
  return versionAnswer(resource)
}

export async function careTeamHistory(
  engine: DmpEngine,
  exchange: DmpExchange,
  id: string,
  pairs: Pairs,
): Promise<Answer> {
  const { at } = await readable(engine, exchange, id)
  return recordHistory(engine, exchange, 'CareTeam', at, pairs)
}

export async function searchCareTeams(
  engine: DmpEngine,
  exchange: DmpExchange,
  pairs: Pairs,
): Promise<Answer> {
  exchange.trace.asks('CareTeam')
  // Strict, whatever the client prefers: what is left out is told only in searches of documents.
  const search = parseSearch(engine.searches.CareTeam, pairs, 'strict')
  exchange.trace.asks('CareTeam', queryOf(search.understood))
  const found = await recordAsked(engine, exchange, search.patient)
  const { record } = permit(engine, exchange, found, 'list-choices')
  const { patientKey } = record.facts
  return searchInRecord(engine, exchange, {
    type: 'CareTeam',
    patientKey,
    search,
    systems: { status: 'http://hl7.org/fhir/care-team-status' },
    bounds: [],
  })
}

async function readable(
  engine: DmpEngine,
  exchange: DmpExchange,
  id: string,
  version?: string,
): Promise<{ readonly at: ResourceId; readonly resource: StoredVersion }> {
  exchange.trace.asks('CareTeam')
  const at = parseResourceId(id)
  if (!at) throw unknown()
  const wanted = version === undefined ? undefined : parseVersion(version)
  const found = await readResource(engine.db, 'CareTeam', at, wanted, askerOf(exchange))
  permit(engine, exchange, found?.record, 'list-choices')
  if (!found?.resource) throw unknown()
  return { at, resource: found.resource }
}
