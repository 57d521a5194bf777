/**
 * read and vread of DocumentReference.
 * @see https://hl7.org/fhir/R4/http.html#read and #vread
 */
import { encodeUuid, parseResourceId } from '../../../fhir/id.ts'
import { holds } from '../../../policy/document-scope.ts'
import { readFormerVersion, readServedDocument } from '../../../storage/documents/read-document.ts'
import type { Answer } from '../../exchange.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { askerOf, permitOrOwn, unknown } from '../permit.ts'
import { versionAnswer } from '../version-answer.ts'

export async function readDocumentReference(
  engine: DmpEngine,
  exchange: DmpExchange,
  id: string,
  version?: string,
): Promise<Answer> {
  exchange.trace.asks('DocumentReference')
  const at = parseResourceId(id)
  if (!at) throw unknown()
  const found = await readServedDocument(engine.db, at, askerOf(exchange))
  const { scope } = permitOrOwn(engine, exchange, found?.record, 'functional right')
  const document = found?.document
  if (!document || !holds(scope, document.facts)) throw unknown()
  if (document.facts.invisibleLegal) exchange.trace.isAboutSecret()
  const wanted = version === undefined ? document.version : parseVersion(version)
  const shown = wanted === document.version ? document : await readFormerVersion(engine.db, at, wanted)
  if (!shown) throw unknown()
  exchange.trace.concerns('DocumentReference', encodeUuid(document.id), shown.version)
  return versionAnswer(shown)
}

/** A version id this server never gave out names no version. */
export function parseVersion(text: string): number {
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : 0
}
