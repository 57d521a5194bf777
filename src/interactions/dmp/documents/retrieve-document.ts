/**
 * ITI-68: the bytes of a document, as they came in, whole or a range of them; or as a Binary resource when a FHIR format is
 * asked for. They are fetched while they are sent, the first of them before anything is.
 * @see https://profiles.ihe.net/ITI/MHD/ITI-68.html, RFC 9110 §14; docs/policy.md F10, docs/decisions/0010
 */

import { randomUUID } from 'node:crypto'
import { CHUNK_BYTES } from '../../../content/chunk-cipher.ts'
import type { OpenContent } from '../../../content/open-content.ts'
import { wholeBytes } from '../../../content/whole-bytes.ts'
import { refusal } from '../../../fhir/fhir-error.ts'
import { encodeUuid, formatResourceId, parseResourceId } from '../../../fhir/id.ts'
import { holds } from '../../../policy/document-scope.ts'
import { readDocumentOfBinary } from '../../../storage/documents/read-document.ts'
import type { Answer, StreamedBytes } from '../../exchange.ts'
import type { Input } from '../../input.ts'
import { unlessKnown } from '../../perform.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { askerOf, permit, unknown } from '../permit.ts'
import { type ByteRange, parseByteRange } from './byte-range.ts'
import { contentDisposition } from './file-name.ts'

type Asked = Pick<Input, 'id' | 'form' | 'range' | 'ifRange' | 'ifNoneMatch' | 'ifModifiedSince'>

export async function retrieveDocument(
  engine: DmpEngine,
  exchange: DmpExchange,
  asked: Asked,
): Promise<Answer> {
  exchange.trace.asks('Binary')
  const at = parseResourceId(asked.id)
  if (!at) throw unknown()
  const found = await readDocumentOfBinary(engine.db, at, askerOf(exchange))
  const { scope } = permit(engine, exchange, found?.record, 'read-content')
  const document = found?.document
  if (!document || !holds(scope, document.facts)) throw unknown()
  const content = await engine.contents.open(at.patientKey, document.id)
  if (!content) throw new Error('A document without its content')
  exchange.trace.concerns('DocumentReference', encodeUuid(document.id), document.version)
  exchange.trace.concerns('Binary', encodeUuid(at.id), 1)
  const context = `DocumentReference/${formatResourceId({ patientKey: at.patientKey, id: document.id })}`
  const { lastUpdated } = document
  return asked.form(content.contentType) === 'bytes'
    ? asBytes(content, asked, context, lastUpdated)
    : asBinary(content, asked.id, context, lastUpdated)
}

async function asBytes(
  content: OpenContent,
  asked: Asked,
  context: string,
  lastModified: number,
): Promise<Answer> {
  const { contentType, size } = content
  // The bytes of a Binary never change, whatever becomes of its document: a strong tag, as If-Range needs.
  const etag = `"${content.sha256.toString('base64url')}"`
  const headers = {
    'X-Security-Context': context,
    'Accept-Ranges': 'bytes',
    'Content-Disposition': contentDisposition(contentType),
  }
  const whole: Answer = { status: 200, etag, lastModified, contentType, headers }
  if (unlessKnown(whole, asked).status !== 200) return whole
  const range = rangeOf(asked, etag, size)
  if (!range) return { ...whole, body: await fetched(content, { start: 0, end: size }) }
  const { start, end } = range
  return {
    ...whole,
    status: 206,
    headers: { ...headers, 'Content-Range': `bytes ${start}-${end - 1}/${size}` },
    body: await fetched(content, range),
  }
}

/** @throws FhirError 416 for a range that lies outside the document */
function rangeOf({ range, ifRange }: Asked, etag: string, size: number): ByteRange | undefined {
  if (ifRange !== undefined && ifRange.trim() !== etag) return undefined
  const parsed = parseByteRange(range, size)
  if (parsed === 'unsatisfiable')
    throw refusal('range-not-satisfiable', 'plage-impossible', { params: { size } })
  return parsed
}

async function asBinary(
  content: OpenContent,
  id: string,
  context: string,
  lastModified: number,
): Promise<Answer> {
  // Where the bytes will stand; nobody can have put it into the content type.
  const mark = randomUUID()
  const body = JSON.stringify({
    resourceType: 'Binary',
    id,
    // Its only version is the first.
    meta: { versionId: '1' },
    contentType: content.contentType,
    securityContext: { reference: context },
    data: mark,
  })
  const head = { status: 200, etag: 'W/"1"', lastModified }
  const bytes = await fetched(content, { start: 0, end: content.size })
  return Buffer.isBuffer(bytes)
    ? { ...head, body: body.replace(mark, bytes.toString('base64')) }
    : { ...head, body, embedded: { mark, bytes } }
}

/** Most documents are of one chunk: these are sent as they are; a stream for each costs more than it saves (decision 0010). */
async function fetched(content: OpenContent, { start, end }: ByteRange): Promise<StreamedBytes | Buffer> {
  const chunks = await content.bytes(start, end)
  const length = end - start
  return length > CHUNK_BYTES ? { length, chunks } : wholeBytes(chunks)
}
