/**
 * ITI-68: the bytes of a document, as they came in, or as a Binary resource when FHIR JSON is asked for.
 * @see https://profiles.ihe.net/ITI/MHD/ITI-68.html and docs/policy.md F10
 */
import { encodeUuid, formatResourceId, parseResourceId } from '../../../fhir/id.ts'
import { holds } from '../../../policy/document-scope.ts'
import { readContent, readDocumentOfBinary } from '../../../storage/read-document.ts'
import type { Answer } from '../../exchange.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { askerOf, permit, unknown } from '../permit.ts'

/** @param form what `Accept` asked: the bytes, or a Binary */
export async function retrieveDocument(
  engine: DmpEngine,
  exchange: DmpExchange,
  id: string,
  form: (contentType: string) => 'bytes' | 'binary',
): Promise<Answer> {
  exchange.trace.asks('Binary')
  const at = parseResourceId(id)
  if (!at) throw unknown()
  const found = await readDocumentOfBinary(engine.db, at, askerOf(exchange))
  const { scope } = permit(engine, exchange, found?.record, 'read-content')
  const document = found?.document
  if (!document || !holds(scope, document.facts)) throw unknown()
  const content = await readContent(engine.db, at.patientKey, document.id)
  if (!content) throw new Error('A document without its content')
  const { contentType, bytes } = content
  exchange.trace.concerns('DocumentReference', encodeUuid(document.id), document.version)
  exchange.trace.concerns('Binary', encodeUuid(at.id), 1)
  const securityContext = `DocumentReference/${formatResourceId({ patientKey: at.patientKey, id: document.id })}`
  // The bytes of a Binary never change: its only version is the first.
  const shared = { status: 200, etag: 'W/"1"', lastModified: document.lastUpdated }
  if (form(contentType) === 'bytes') {
    return { ...shared, body: bytes, contentType, headers: { 'X-Security-Context': securityContext } }
  }
  const about = JSON.stringify({
    resourceType: 'Binary',
    id,
    meta: { versionId: '1' },
    contentType,
    securityContext: { reference: securityContext },
  })
  return { ...shared, body: `${about.slice(0, -1)},"data":"${bytes.toString('base64')}"}` }
}
