/**
 * Everything that must hold before a document enters a record, and the document as it will stand there. All faults are
 * told at once; nothing is written here.
 * @see docs/policy.md D1, D2, D5 to D7, D9, D11, I3, V1, V2, V5, V6
 */

import type { DocumentReference } from '@medplum/fhirtypes'
import { checkCdaAgainstMetadata } from '../../../dmp/cda/cda-check.ts'
import type { CdaHeader } from '../../../dmp/cda/cda-header.ts'
import { completeFromCda } from '../../../dmp/cda/derive-metadata.ts'
import { checkTypeAndClass, withDerivedClass } from '../../../dmp/documents/document-type-check.ts'
import { asCompositionIssues, fhirFormatOf } from '../../../dmp/documents/fhir-document.ts'
import { checkMetadataCodes } from '../../../dmp/documents/metadata-codes.ts'
import { namesSecret } from '../../../dmp/documents/security-labels.ts'
import { isSignatureDocument } from '../../../dmp/documents/signature-document.ts'
import { refuseFaults } from '../../../fhir/fhir-error.ts'
import type { Issue } from '../../../fhir/issue.ts'
import type { JsonObject } from '../../../fhir/json.ts'
import { isXmlType } from '../../../fhir/media-type.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { cdaHeaderOf, contentFaults } from './content-faults.ts'
import {
  authorFaults,
  dateFaults,
  depositFaults,
  formFaults,
  labelFaults,
  refuseHiddenFromSelf,
  traitFaults,
} from './document-faults.ts'
import { fhirHeaderOf } from './fhir-header-of.ts'
import { judgeMetadata } from './judge-metadata.ts'
import { refuseUncovered } from './refuse-uncovered.ts'
import type { Announced } from './replaced-document.ts'
import { settleDocument } from './settle-document.ts'
import type { AdmittedDocument, Submitted } from './submitted-document.ts'

/** @throws FhirError 422 with every fault found, 403 for a type that the token does not cover, or a label (F15) */
export async function admitDocument(
  engine: DmpEngine,
  exchange: DmpExchange,
  submitted: Submitted,
): Promise<AdmittedDocument> {
  const { subject, content } = submitted
  if (namesSecret(submitted.resource.securityLabel)) exchange.trace.isAboutSecret()
  const faults = judgeMetadata(engine, submitted, (found) => located(found, submitted.at))
  const sent = asDocument(submitted.resource)
  faults.push(...formFaults(sent), ...(await contentFaults(sent, content, exchange)))
  const fhirFormat = fhirFormatOf(sent.content[0]?.attachment.contentType ?? '')
  const header =
    submitted.header ??
    (faults.length === 0 ? await headerIn(engine, sent, content, fhirFormat, faults) : undefined)
  const { replaced, issues } = await replacedBy(submitted, header)
  faults.push(...issues)
  const document = completed(engine, sent, header, submitted.complete)
  const { documentTypes, systems } = engine.terminology
  faults.push(
    ...checkTypeAndClass(document, documentTypes),
    ...checkMetadataCodes(document, engine.terminology),
  )
  if (header) {
    const contradictions = checkCdaAgainstMetadata(header, document, {
      recordIns: subject.ins,
      recordTraits: subject.traits,
      systems,
    })
    faults.push(...(fhirFormat ? asCompositionIssues(contradictions) : contradictions))
  }
  faults.push(...dateFaults(document, exchange))
  faults.push(...traitFaults(document, subject), ...authorFaults(document, exchange, subject))
  faults.push(...labelFaults(document, exchange, { ...submitted, replaced }))
  faults.push(...depositFaults(document, documentTypes, exchange, subject, submitted.grant))
  refuseFaults(located(withoutRepeats(faults), submitted.at))
  refuseHiddenFromSelf(document, exchange, subject, submitted.at)
  refuseUncovered(document, exchange, documentTypes, submitted.at)
  return settleDocument(engine, exchange, { ...submitted, replaced }, document)
}

/** What the content says of itself, by the type that it is announced with; undefined for what says nothing. */
async function headerIn(
  engine: DmpEngine,
  document: DocumentReference,
  content: Submitted['content'],
  fhirFormat: 'json' | 'xml' | undefined,
  faults: Issue[],
): Promise<CdaHeader | undefined> {
  if (fhirFormat) return fhirHeaderOf(engine, content, fhirFormat, faults)
  if (!isXmlType(document.content[0]?.attachment.contentType)) return undefined
  // A signature is an XML of its own kind. What is a CDA all the same is held to what it says.
  return cdaHeaderOf(content, isSignatureDocument(document) ? [] : faults)
}

/** What it replaces, as its metadata say or its CDA. */
async function replacedBy(
  { announced, replaced }: Submitted,
  header: CdaHeader | undefined,
): Promise<Announced> {
  return header && announced ? announced(header) : { replaced, issues: [] }
}

/** Sound only after `validate`: until then it is any JSON. */
function asDocument(resource: JsonObject): DocumentReference {
  return resource as unknown as DocumentReference
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

/** What a profile demands and our own rules too is one fault, and so is a code that is wrong and not the CDA's either. */
const repeating: ReadonlySet<string> = new Set(['element-requis', 'cda-contredit'])

function withoutRepeats(faults: readonly Issue[]): Issue[] {
  return faults.filter(
    ({ error, expression }, i) =>
      !repeating.has(error) || !faults.slice(0, i).some((fault) => fault.expression === expression),
  )
}

/** Faults, told where the client sent the document. */
function located(faults: readonly Issue[], at: string): Issue[] {
  return faults.map((fault) => ({
    ...fault,
    expression: (fault.expression ?? 'DocumentReference').replace(/^DocumentReference/, at),
  }))
}
