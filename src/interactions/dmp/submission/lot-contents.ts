/**
 * The bytes of each document of a lot: those of its Binary, or a FHIR document written in the format that the metadata
 * announce. Received once, however often the lot is tried.
 * @see https://profiles.ihe.net/ITI/MHD/ITI-65.html §3.65.4.1.3.1 ("This serialization shall be using the mime-type given")
 */
import type { Bundle } from '@medplum/fhirtypes'
import { contentInMemory, receiveContent } from '../../../content/receive-content.ts'
import type { ReceivedContent } from '../../../content/received-content.ts'
import type { SetAside } from '../../../content/set-aside.ts'
import type { CdaHeader } from '../../../dmp/cda/cda-header.ts'
import { fhirFormatOf, readFhirDocument } from '../../../dmp/documents/fhir-document.ts'
import { FhirError, refusal, refuseFaults } from '../../../fhir/fhir-error.ts'
import { type JsonObject, stringifyJson } from '../../../fhir/json.ts'
import { validate } from '../../../validation/validate.ts'
import { stringifyXml } from '../../../xml/stringify-xml.ts'
import { whereIs } from '../../transaction/resolve-references.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import { locatedAt } from './located-in.ts'
import { attachmentOf, type Lot } from './lot.ts'
import type { LotEntry } from './lot-entries.ts'

export type LotContent = {
  readonly content: ReceivedContent
  /** The resource that attachment.url leads to. */
  readonly form: 'Binary' | 'Bundle'
  /** Of a FHIR document: what a CDA says in its own bytes. */
  readonly header?: CdaHeader
}

/**
 * @param setAside contents that were taken out of the body
 * @throws FhirError 422 for what is no base64, no document, or of another type than the metadata say; 413
 */
export function receiveContents(
  engine: DmpEngine,
  lot: Lot,
  setAside: SetAside | undefined,
): ReadonlyMap<LotEntry, LotContent> {
  return new Map(
    lot.documents.map((document) => [document, receive(engine, document, lot.contentOf(document), setAside)]),
  )
}

function receive(
  engine: DmpEngine,
  document: LotEntry,
  entry: LotEntry,
  setAside: SetAside | undefined,
): LotContent {
  const announced = attachmentOf(document.resource)?.contentType
  if (entry.kind === 'fhir-document') {
    const contentType = typeof announced === 'string' ? announced : ''
    return fhirDocument(engine, entry.resource, contentType, whereIs(entry), whereIs(document))
  }
  const { data, contentType } = entry.resource
  const content = receiveContent(data, engine.limits.maxDocumentBytes, `${whereIs(entry)}.data`, setAside)
  if (contentType !== announced) {
    throw refusal('unprocessable', 'contenu-inattendu', {
      params: { contentType: 'Binary.contentType ≠ attachment.contentType' },
      expression: `${whereIs(entry)}.contentType`,
    })
  }
  return { content, form: 'Binary' }
}

/**
 * A FHIR document as it is kept: JSON without white space, its members and digits as they were sent, or XML.
 * @param contentType in which it is announced
 * @param at where the Bundle stands @param document where its metadata stand
 */
export function fhirDocument(
  engine: DmpEngine,
  bundle: JsonObject,
  contentType: string,
  at: string,
  document: string,
): LotContent {
  refuseFaults(locatedAt(validate(bundle, engine.registry, { loaded: engine.profiles }), at, 'Bundle'))
  // `validate` found no fault: it is a Bundle.
  const read = readFhirDocument(bundle as unknown as Bundle)
  if ('issues' in read) {
    const [first, ...rest] = locatedAt(read.issues, at, 'Bundle')
    if (!first) throw new Error('A fault without an issue')
    throw new FhirError('unprocessable', [first, ...rest])
  }
  const bytes = written(engine, bundle, contentType)
  if (!bytes) {
    throw refusal('unprocessable', 'contenu-inattendu', {
      params: { contentType: 'application/fhir+json | application/fhir+xml' },
      expression: `${document}.content[0].attachment.contentType`,
    })
  }
  if (bytes.length > engine.limits.maxDocumentBytes) {
    const params = { what: 'document (bytes)', limit: engine.limits.maxDocumentBytes }
    throw refusal('too-long', 'trop-long', { params, expression: at })
  }
  return { content: contentInMemory(bytes), form: 'Bundle', header: read.header }
}

function written(engine: DmpEngine, bundle: JsonObject, contentType: string): Buffer | undefined {
  const format = fhirFormatOf(contentType)
  if (format === 'json') return Buffer.from(stringifyJson(bundle))
  return format === 'xml' ? Buffer.from(stringifyXml(bundle, engine.registry)) : undefined
}
