/**
 * read, vread and history of a Consent. What is out of the caller's reach is not there.
 * @see https://hl7.org/fhir/R4/http.html#read, #history; docs/policy.md F6, V7
 */
import { encodeUuid, parseResourceId, type ResourceId } from '../../../fhir/id.ts'
import { reaches } from '../../../policy/choice-reach.ts'
import type { StoredVersion } from '../../../storage/documents/read-document.ts'
import { readResource } from '../../../storage/records/read-resource.ts'
import type { Answer } from '../../exchange.ts'
import type { Pairs } from '../../query.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { parseVersion } from '../documents/read-document-reference.ts'
import { askerOf, unknown } from '../permit.ts'
import { recordHistory } from '../record-history.ts'
import { versionAnswer } from '../version-answer.ts'
import { storedBody } from './consent-body.ts'
import { consentSummary } from './consent-terms.ts'
import { readableChoices } from './readable-choices.ts'

export async function readConsent(
  engine: DmpEngine,
  exchange: DmpExchange,
  id: string,
  version?: string,
): Promise<Answer> {
  const { at, resource } = await readable(engine, exchange, id, version)
  exchange.trace.concerns('Consent', encodeUuid(at.id), resource.version)
  return versionAnswer(resource)
}

export async function consentHistory(
  engine: DmpEngine,
  exchange: DmpExchange,
  id: string,
  pairs: Pairs,
): Promise<Answer> {
  const { at } = await readable(engine, exchange, id)
  return recordHistory(engine, exchange, 'Consent', at, pairs)
}

async function readable(
  engine: DmpEngine,
  exchange: DmpExchange,
  id: string,
  version?: string,
): Promise<{ readonly at: ResourceId; readonly resource: StoredVersion }> {
  exchange.trace.asks('Consent')
  const at = parseResourceId(id)
  if (!at) throw unknown()
  const wanted = version === undefined ? undefined : parseVersion(version)
  const found = await readResource(engine.db, 'Consent', at, wanted, askerOf(exchange))
  const { reach, refuse } = readableChoices(engine, exchange, found?.record)
  const resource = found?.resource
  if (!resource || !reaches(reach, consentSummary(storedBody(resource.body)))) throw refuse()
  return { at, resource }
}
