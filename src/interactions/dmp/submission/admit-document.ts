/**
 * Everything that must hold before a document enters a record, and the document as it will stand there. All faults are
 * told at once; nothing is written here.
 * @see docs/policy.md D1, D2, D5 to D7, D11, I3, V1, V2, V5, V6
 */
import type { DocumentReference } from '@medplum/fhirtypes'
import { checkCdaAgainstMetadata } from '../../../dmp/cda-check.ts'
import type { CdaHeader } from '../../../dmp/cda-header.ts'
import { completeFromCda } from '../../../dmp/derive-metadata.ts'
import { checkTypeAndClass, withDerivedClass } from '../../../dmp/document-type-check.ts'
import { cdaFaultIssue, parseCda } from '../../../dmp/parse-cda.ts'
import { refuseFaults } from '../../../fhir/fhir-error.ts'
import type { Issue } from '../../../fhir/issue.ts'
import type { JsonObject } from '../../../fhir/json.ts'
import { validate } from '../../../validation/validate.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import {
  ATTACHMENT,
  authorFaults,
  contentFaults,
  depositFaults,
  formFaults,
  labelFaults,
  traitFaults,
} from './document-faults.ts'
import type { ReceivedContent } from './received-content.ts'
import { refuseUncovered } from './refuse-uncovered.ts'
import { settleDocument } from './settle-document.ts'
import type { AdmittedDocument, Submitted } from './submitted-document.ts'

/** @throws FhirError 422 with every fault found, 403 for a type that the token does not cover */
export function admitDocument(
  engine: DmpEngine,
  exchange: DmpExchange,
  submitted: Submitted,
): AdmittedDocument {
  const { subject, content } = submitted
  refuseFaults(
    located(validate(submitted.resource, engine.registry, { loaded: engine.profiles }), submitted.at),
  )
  const sent = asDocument(submitted.resource)
  const faults: Issue[] = []
  faults.push(...formFaults(sent), ...contentFaults(sent, content, exchange))
  const header = faults.length === 0 && isXml(sent) ? headerOf(content, faults) : undefined
  const document = completed(engine, sent, header, submitted.complete)
  const { documentTypes, systems } = engine.terminology
  faults.push(...checkTypeAndClass(document, documentTypes))
  if (header) {
    faults.push(
      ...checkCdaAgainstMetadata(header, document, {
        recordIns: subject.ins,
        recordTraits: subject.traits,
        systems,
      }),
    )
  }
  faults.push(...traitFaults(document, subject), ...authorFaults(document, exchange, subject))
  faults.push(...labelFaults(document, exchange, submitted))
  faults.push(...depositFaults(document, documentTypes, exchange, subject, submitted.grant))
  refuseFaults(located(faults, submitted.at))
  refuseUncovered(document, exchange, documentTypes, submitted.at)
  return settleDocument(engine, exchange, submitted, document)
}

/** Sound only after `validate`: until then it is any JSON. */
function asDocument(resource: JsonObject): DocumentReference {
  return resource as unknown as DocumentReference
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
  engine: DmpEngine,
  document: DocumentReference,
  header: CdaHeader | undefined,
  complete: boolean,
): DocumentReference {
  const { terminology } = engine
  return header && complete
    ? completeFromCda(document, header, terminology)
    : withDerivedClass(document, terminology.documentTypes)
}

/** Faults, told where the client sent the document. */
function located(faults: readonly Issue[], at: string): Issue[] {
  return faults.map((fault) => ({
    ...fault,
    expression: (fault.expression ?? 'DocumentReference').replace(/^DocumentReference/, at),
  }))
}
