/**
 * ITI-68 of a document that is a FHIR document: the Bundle, in the FHIR format that is asked for. Its bytes as they are kept
 * are read as a Binary of the same id.
 * @see https://profiles.ihe.net/ITI/MHD/ITI-68.html, https://hl7.org/fhir/R4/documents.html; docs/policy.md F10, V7
 */
import { wholeBytes } from '../../../content/whole-bytes.ts'
import { fhirFormatOf } from '../../../dmp/documents/fhir-document.ts'
import { encodeUuid, parseResourceId } from '../../../fhir/id.ts'
import { stringifyJson } from '../../../fhir/json.ts'
import { holds } from '../../../policy/document-scope.ts'
import { readDocumentOfBinary } from '../../../storage/documents/read-document.ts'
import type { Answer } from '../../exchange.ts'
import { readBodyOf } from '../../read-body.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { askerOf, permit, unknown } from '../permit.ts'

export async function retrieveFhirDocument(
  engine: DmpEngine,
  exchange: DmpExchange,
  id: string,
): Promise<Answer> {
  exchange.trace.asks('Bundle')
  const at = parseResourceId(id)
  if (!at) throw unknown()
  const found = await readDocumentOfBinary(engine.db, at, askerOf(exchange))
  const { scope } = permit(engine, exchange, found?.record, 'read-content')
  const document = found?.document
  if (!document || !holds(scope, document.facts)) throw unknown()
  const content = await engine.contents.open(at.patientKey, document.id)
  if (!content) throw new Error('A document without its content')
  const format = fhirFormatOf(content.contentType)
  if (!format) throw unknown()
  const text = (await wholeBytes(await content.bytes())).toString('utf8')
  exchange.trace.concerns('DocumentReference', encodeUuid(document.id), document.version)
  exchange.trace.concerns('Bundle', encodeUuid(at.id), 1)
  return {
    status: 200,
    body: format === 'json' ? text : stringifyJson(readBodyOf(engine, { format, text }, 'Bundle')),
    etag: `"${content.sha256.toString('base64url')}"`,
    lastModified: document.lastUpdated,
  }
}
