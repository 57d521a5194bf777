/**
 * ITI-106: a document alone, a CDA or a FHIR document. Whose it is and all its metadata are read in it; what is deposited
 * is then what ITI-105 would have deposited, by the same rules.
 * @see https://profiles.ihe.net/ITI/MHD/ITI-106.html, OperationDefinition generate-metadata; docs/policy.md F7, D1, D6
 */

import { receiveContent } from '../../../content/receive-content.ts'
import type { CdaHeader } from '../../../dmp/cda/cda-header.ts'
import { cdaUniqueId } from '../../../dmp/cda/cda-header.ts'
import { FhirError, refusal, refuseFaults } from '../../../fhir/fhir-error.ts'
import { formatResourceId } from '../../../fhir/id.ts'
import { isJsonObject, type JsonObject } from '../../../fhir/json.ts'
import { isXmlType } from '../../../fhir/media-type.ts'
import { validate } from '../../../validation/validate.ts'
import type { Answer } from '../../exchange.ts'
import type { Body } from '../../input.ts'
import { readBodyOf } from '../../read-body.ts'
import { setAsideOf } from '../../set-aside-of.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { readCdaOf } from '../submission/cda-of.ts'
import { minimalMetadata } from '../submission/held-profiles.ts'
import { fhirDocument, type LotContent } from '../submission/lot-contents.ts'
import { depositDocument } from '../submission/single-document.ts'
import { location } from '../submission/store-submission.ts'
import { patientReference, permitSubject, resolveSubject } from '../submission/subject.ts'

export async function generateMetadata(
  engine: DmpEngine,
  exchange: DmpExchange,
  body: Body | undefined,
): Promise<Answer> {
  exchange.trace.asks('DocumentReference')
  const parameters = readBodyOf(engine, body, 'Parameters')
  const { resource, at } = theDocument(engine, parameters)
  const { content, contentType, header } = await readContent(engine, resource, body, at)
  const [ins] = header.patient.ins
  if (!ins) throw missing('patient (INS)', at)
  const subject = await resolveSubject(engine, exchange, { identifier: { ...ins } }, at)
  const { grant } = permitSubject(engine, exchange, subject, 'feed', at)
  const { patientKey } = subject.record.facts
  const document: JsonObject = {
    resourceType: 'DocumentReference',
    meta: { profile: [minimalMetadata] },
    masterIdentifier: { use: 'usual', system: 'urn:ietf:rfc:3986', value: cdaUniqueId(header.id) },
    status: 'current',
    subject: { reference: patientReference(subject) },
    content: [{ attachment: { contentType } }],
  }
  const { stored } = await toldOf(at, () =>
    depositDocument(engine, exchange, {
      document,
      content,
      subject,
      grant,
      profile: minimalMetadata,
      at: 'DocumentReference',
    }),
  )
  const reference = `DocumentReference/${formatResourceId({ patientKey, id: stored.id })}`
  return {
    status: stored.created ? 201 : 200,
    location: location('DocumentReference', patientKey, stored.id, stored.version),
    body: JSON.stringify({
      resourceType: 'Parameters',
      parameter: [{ name: 'DocumentReference', valueReference: { reference } }],
    }),
  }
}

type Received = {
  readonly content: LotContent
  readonly contentType: string
  readonly header: CdaHeader
}

/** @throws FhirError 422 for a file that says nothing of itself */
async function readContent(
  engine: DmpEngine,
  resource: JsonObject,
  body: Body | undefined,
  at: string,
): Promise<Received> {
  if (resource.resourceType === 'Bundle') {
    const contentType = 'application/fhir+json'
    const content = fhirDocument(engine, resource, contentType, at, at)
    if (!content.header) throw new Error('A FHIR document without a header')
    return { content, contentType, header: content.header }
  }
  const contentType = typeof resource.contentType === 'string' ? resource.contentType : ''
  if (!isXmlType(contentType)) {
    throw refusal('unprocessable', 'metadonnees-indeductibles', {
      type: 'not-supported',
      params: { contentType: contentType.slice(0, 64) },
      expression: `${at}.contentType`,
    })
  }
  const content = receiveContent(
    resource.data,
    engine.limits.maxDocumentBytes,
    `${at}.data`,
    setAsideOf(body),
  )
  const header = await readCdaOf(content, `${at}.data`)
  return { content: { content, form: 'Binary' }, contentType, header }
}

/** The one document of the request. @throws FhirError 422 */
function theDocument(
  engine: DmpEngine,
  parameters: JsonObject,
): { readonly resource: JsonObject; readonly at: string } {
  const all = Array.isArray(parameters.parameter) ? parameters.parameter : []
  const index = all.findIndex((parameter) => isJsonObject(parameter) && parameter.name === 'document')
  const [parameter, ...others] = all
  const at = `Parameters.parameter[${Math.max(index, 0)}].resource`
  if (!isJsonObject(parameter) || index !== 0 || others.length > 0)
    throw missing('parameter document × 1', at)
  const { resource } = parameter
  if (!isJsonObject(resource) || (resource.resourceType !== 'Binary' && resource.resourceType !== 'Bundle'))
    throw missing('parameter document (Binary | Bundle)', at)
  // What is large was taken out of it; the bytes are looked at for themselves.
  const { data, ...rest } = resource
  const binary = { ...resource, ...(data === undefined ? {} : { data: 'AA==' }) }
  refuseFaults(
    validate(
      {
        ...parameters,
        parameter: [{ ...parameter, resource: rest.resourceType === 'Binary' ? binary : resource }],
      },
      engine.registry,
    ),
  )
  return { resource, at }
}

/**
 * Faults of metadata that nobody sent are faults of the document that they were read in: one that is told of the header
 * and of what was derived from it is one fault.
 */
async function toldOf<T>(at: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof FhirError)) throw error
    const told = error.issues.map((issue) => ({ ...issue, expression: at }))
    const [first, ...rest] = new Map(told.map((issue) => [JSON.stringify(issue), issue])).values()
    if (!first) throw error
    throw new FhirError(error.category, [first, ...rest])
  }
}

function missing(name: string, expression: string): FhirError {
  return refusal('unprocessable', 'element-requis', { type: 'required', params: { name }, expression })
}
