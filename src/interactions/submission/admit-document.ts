/**
 * Everything that must hold before a document enters a record, and the document as it will stand there. All faults are
 * told at once; nothing is written here.
 * @see docs/policy.md D1, D5 to D7, D11, I3, V1, V2, V6
 */
import type { DocumentReference, Patient } from '@medplum/fhirtypes'
import { checkCdaAgainstMetadata } from '../../dmp/cda-check.ts'
import type { CdaHeader } from '../../dmp/cda-header.ts'
import { checkAnnouncedContent, checkContentType, patientUpload } from '../../dmp/content-check.ts'
import { completeFromCda } from '../../dmp/derive-metadata.ts'
import { authorActors, authorsOf } from '../../dmp/document-authors.ts'
import { checkTypeAndClass, documentTypeOf, withDerivedClass } from '../../dmp/document-type-check.ts'
import type { Grant } from '../../dmp/functional-matrix.ts'
import { compareTraits, identityTraits } from '../../dmp/identity-traits.ts'
import { cdaFaultIssue, parseCda } from '../../dmp/parse-cda.ts'
import { readSecurityLabels, withNormalLabel, withVisibilityLabel } from '../../dmp/security-labels.ts'
import { refuseFaults } from '../../fhir/fhir-error.ts'
import { formatResourceId, type Uuid } from '../../fhir/id.ts'
import type { Issue } from '../../fhir/issue.ts'
import { type JsonObject, stringifyJson } from '../../fhir/json.ts'
import { mayDeposit } from '../../policy/deposit.ts'
import type { Subject } from '../../storage/find-subject.ts'
import type { NewDocument } from '../../storage/store-documents.ts'
import { validate } from '../../validation/validate.ts'
import type { Engine } from '../engine.ts'
import type { Exchange } from '../exchange.ts'
import { documentColumns } from './document-row.ts'
import type { ReceivedContent } from './received-content.ts'

export type Submitted = {
  /** References rewritten, the attachment without data. */
  readonly resource: JsonObject
  readonly content: ReceivedContent
  readonly subject: Subject
  readonly grant: Grant
  /** Whether what the CDA header says completes the metadata (ITI-105) or must already be there (ITI-65). */
  readonly complete: boolean
  readonly id: Uuid
  readonly binaryId: Uuid
  /** Where the resource stands in the request, for the faults: `DocumentReference` or `Bundle.entry[1].resource`. */
  readonly at: string
}

export type AdmittedDocument = { readonly row: NewDocument; readonly uniqueId: string }

const ATTACHMENT = 'DocumentReference.content[0].attachment'

/** @throws FhirError 422 with every fault found */
export function admitDocument(engine: Engine, exchange: Exchange, submitted: Submitted): AdmittedDocument {
  const { subject, content } = submitted
  refuseFaults(located(validate(submitted.resource, engine.registry), submitted.at))
  const sent = asDocument(submitted.resource)
  const faults: Issue[] = []
  faults.push(...checkForm(sent), ...contentFaults(sent, content, exchange))
  const header = faults.length === 0 && isXml(sent) ? headerOf(content, faults) : undefined
  const document = completed(engine, sent, header, submitted.complete)
  faults.push(...checkTypeAndClass(document, engine.terminology.documentTypes))
  if (header) {
    const { systems } = engine.terminology
    faults.push(
      ...checkCdaAgainstMetadata(header, document, {
        recordIns: subject.ins,
        recordTraits: subject.traits,
        systems,
      }),
    )
  }
  faults.push(...traitFaults(document, subject), ...authorFaults(document, exchange))
  faults.push(...readSecurityLabels(document.securityLabel).issues)
  faults.push(...depositFaults(engine, exchange, document, submitted))
  refuseFaults(located(faults, submitted.at))
  return settle(engine, exchange, submitted, document)
}

/** Sound only after `validate`: until then it is any JSON. */
function asDocument(resource: JsonObject): DocumentReference {
  return resource as unknown as DocumentReference
}

/** What the profiles of PDSm and MHD have in common and R4 leaves open. */
function checkForm(document: DocumentReference): Issue[] {
  const faults: Issue[] = []
  const demand = (held: boolean, name: string): void => {
    if (held) return
    const expression = `DocumentReference.${name}`
    faults.push({
      severity: 'error',
      type: 'required',
      error: 'element-requis',
      params: { name },
      expression,
    })
  }
  demand(Boolean(document.masterIdentifier?.system && document.masterIdentifier.value), 'masterIdentifier')
  demand(Boolean(document.author?.length), 'author')
  demand(document.content.length === 1, 'content')
  demand(Boolean(document.content[0]?.attachment.contentType), 'content[0].attachment.contentType')
  if (document.status !== 'current') faults.push(unsupported('status ≠ current', 'DocumentReference.status'))
  const replaces = (document.relatesTo ?? []).findIndex((relation) => relation.code === 'replaces')
  if (replaces >= 0)
    faults.push(unsupported('relatesTo replaces', `DocumentReference.relatesTo[${replaces}]`))
  return faults
}

function unsupported(what: string, expression: string): Issue {
  return {
    severity: 'error',
    type: 'not-supported',
    error: 'non-pris-en-charge',
    params: { what },
    expression,
  }
}

function contentFaults(document: DocumentReference, content: ReceivedContent, { caller }: Exchange): Issue[] {
  const attachment = document.content[0]?.attachment
  if (!attachment) return []
  const faults = [
    ...checkAnnouncedContent(attachment, content, ATTACHMENT),
    ...checkContentType(attachment, content.bytes, ATTACHMENT),
  ]
  if (caller.actor === 'PATIENT') {
    const allowed: readonly string[] = patientUpload.contentTypes
    if (!allowed.includes(attachment.contentType ?? '')) {
      const params = { formats: allowed.join(', ') }
      faults.push({
        severity: 'error',
        type: 'business-rule',
        error: 'format-envoye',
        params,
        expression: ATTACHMENT,
        rule: 'D11',
      })
    }
    if (content.size > patientUpload.maxBytes) {
      const params = { what: 'document (bytes)', limit: patientUpload.maxBytes }
      faults.push({
        severity: 'error',
        type: 'business-rule',
        error: 'trop-long',
        params,
        expression: ATTACHMENT,
        rule: 'D11',
      })
    }
  }
  return faults
}

function isXml(document: DocumentReference): boolean {
  const type = document.content[0]?.attachment.contentType?.split(';')[0]?.trim().toLowerCase()
  return type === 'text/xml' || type === 'application/xml' || type === 'application/hl7-cda+xml'
}

function headerOf(content: ReceivedContent, faults: Issue[]): CdaHeader | undefined {
  const parsed = parseCda(content.bytes)
  if ('header' in parsed) return parsed.header
  faults.push(cdaFaultIssue(parsed.fault, ATTACHMENT))
  return undefined
}

function completed(
  engine: Engine,
  document: DocumentReference,
  header: CdaHeader | undefined,
  complete: boolean,
): DocumentReference {
  const { terminology } = engine
  return header && complete
    ? completeFromCda(document, header, terminology)
    : withDerivedClass(document, terminology.documentTypes)
}

/** The traits sent in `context.sourcePatientInfo` (rule I3). */
function traitFaults(document: DocumentReference, subject: Subject): Issue[] {
  const source = document.context?.sourcePatientInfo?.reference
  const index = (document.contained ?? []).findIndex(
    (c) => c.resourceType === 'Patient' && `#${c.id}` === source,
  )
  const patient = document.contained?.[index]
  if (patient?.resourceType !== 'Patient') return []
  const traits = compareTraits(identityTraits(patient as Patient), subject.traits)
  if (traits.length === 0) return []
  const expression = `DocumentReference.contained[${index}]`
  const params = { traits: traits.join(', ') }
  return [
    { severity: 'error', type: 'business-rule', error: 'traits-divergents', params, expression, rule: 'I3' },
  ]
}

/** An author who names nobody could never be found again, nor could its document be its own. */
function authorFaults(document: DocumentReference, { caller }: Exchange): Issue[] {
  const { unresolved, ids, structures, patient } = authorsOf(document)
  const fault = (expression: string): Issue => ({
    severity: 'error',
    type: 'business-rule',
    error: 'element-requis',
    params: { name: 'author.identifier (IDNPS, IDNST, INS)' },
    expression,
    rule: 'I5',
  })
  if (caller.actor === 'PATIENT' && (!patient || ids.length > 0 || structures.length > 0)) {
    return [fault('DocumentReference.author')]
  }
  return unresolved.map(fault)
}

function depositFaults(
  engine: Engine,
  exchange: Exchange,
  document: DocumentReference,
  submitted: Submitted,
): Issue[] {
  const read = documentTypeOf(document.type, engine.terminology.documentTypes)
  if ('issue' in read) return []
  const question = { caller: exchange.caller, facts: submitted.subject.record.facts, now: exchange.now }
  if (mayDeposit(submitted.grant, read.type.depositor, question)) return []
  const params = { type: read.type.code }
  const expression = 'DocumentReference.type'
  return [{ severity: 'error', type: 'business-rule', error: 'type-reserve', params, expression, rule: 'D7' }]
}

/** The document as it will stand: labelled, sized, dated, its content where it is read from. */
function settle(
  engine: Engine,
  exchange: Exchange,
  submitted: Submitted,
  document: DocumentReference,
): AdmittedDocument {
  const { subject, content, id, binaryId } = submitted
  const { patientKey } = subject.record.facts
  const labels = withNormalLabel(document.securityLabel)
  const announced = readSecurityLabels(labels).labels
  // Default masking (V6) gives way to a pending announcement: the two exclude each other (V2).
  const maskNow =
    subject.record.maskedByDefault && !announced.invisiblePatient && exchange.caller.actor !== 'PATIENT'
  const securityLabel = maskNow ? withVisibilityLabel(labels, 'MASQUE_PS') : labels
  const [first] = document.content
  if (!first) throw new Error('A document without content was admitted')
  const { data: _, ...attachment } = first.attachment
  const lastUpdated = new Date(exchange.now).toISOString()
  const { resourceType, id: __, meta, ...rest } = document
  const settled = {
    resourceType,
    id: formatResourceId({ patientKey, id }),
    meta: { ...meta, versionId: '1', lastUpdated },
    ...rest,
    date: document.date ?? lastUpdated,
    securityLabel,
    content: [
      {
        ...first,
        attachment: {
          ...attachment,
          url: `Binary/${formatResourceId({ patientKey, id: binaryId })}`,
          size: content.size,
          hash: content.sha1Base64,
        },
      },
    ],
  }
  const body = stringifyJson(settled)
  // JSON it was and is: the parser made it, and only JSON was put in.
  const stored = settled as unknown as JsonObject
  const type = documentTypeOf(document.type, engine.terminology.documentTypes)
  if ('issue' in type) throw new Error('A document without a type was admitted')
  const { masked, invisiblePatient, invisibleLegal } = readSecurityLabels(securityLabel).labels
  return {
    uniqueId: `${document.masterIdentifier?.system}|${document.masterIdentifier?.value}`,
    row: {
      patientKey,
      id,
      lastUpdated: exchange.now,
      status: document.status ?? 'current',
      masked,
      invisiblePatient,
      invisibleLegal,
      authors: authorActors(authorsOf(document)),
      ...documentColumns(engine.extraction, stored, `${type.type.system}|${type.type.code}`, exchange.now),
      binaryId,
      contentType: attachment.contentType ?? '',
      sha256: content.sha256,
      bytes: content.bytes,
      body,
    },
  }
}

/** Faults, told where the client sent the document. */
function located(faults: readonly Issue[], at: string): Issue[] {
  return faults.map((fault) => ({
    ...fault,
    expression: (fault.expression ?? 'DocumentReference').replace(/^DocumentReference/, at),
  }))
}
