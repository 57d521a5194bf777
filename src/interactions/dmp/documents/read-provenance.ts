/**
 * read of Provenance: the seal of one version of a document, for who sees the document.
 * @see https://hl7.org/fhir/R4/provenance.html, docs/seal.md; docs/policy.md D8, V7
 */

import { encodeUuid } from '../../../fhir/id.ts'
import { stringifyJson } from '../../../fhir/json.ts'
import { holds } from '../../../policy/document-scope.ts'
import { parseProvenanceId, provenance } from '../../../seal/provenance.ts'
import { readDocument } from '../../../storage/documents/read-document.ts'
import { readSeals } from '../../../storage/seals/seals.ts'
import type { Answer } from '../../exchange.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { askerOf, permitOrOwn, unknown } from '../permit.ts'

/** @param wanted the version of the Provenance, of which there is one alone */
export async function readProvenance(
  engine: DmpEngine,
  exchange: DmpExchange,
  id: string,
  wanted?: string,
): Promise<Answer> {
  exchange.trace.asks('Provenance')
  const parsed = parseProvenanceId(id)
  if (!parsed) throw unknown()
  const { at, version } = parsed
  const found = await readDocument(engine.db, at, askerOf(exchange))
  const { scope } = permitOrOwn(engine, exchange, found?.record, 'functional right')
  const document = found?.document
  if (!document || !holds(scope, document.facts)) throw unknown()
  const seals = await readSeals(engine.db, at.patientKey, at.id)
  const seal = seals.find((each) => each.version === version)
  if (!seal || (wanted !== undefined && wanted !== '1')) throw unknown()
  exchange.trace.concerns('DocumentReference', encodeUuid(at.id), version)
  return {
    status: 200,
    body: stringifyJson(provenance(at.patientKey, seal, engine.base)),
    etag: 'W/"1"',
    lastModified: seal.recorded,
  }
}
