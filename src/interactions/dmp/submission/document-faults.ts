/**
 * What can be wrong with a submitted document, each question on its own; all answers are told at once.
 * The type and class (D5) and the CDA header (D6) are asked in `dmp/`.
 * @see docs/policy.md D7, D9, D11, I3, I5, V1, V2, V5
 */
import type { DocumentReference } from '@medplum/fhirtypes'
import type { DocumentTypes } from '../../../dmp/codes/document-types.ts'
import { authorsOf, readAuthors } from '../../../dmp/documents/document-authors.ts'
import { documentTypeOf } from '../../../dmp/documents/document-type-check.ts'
import { futureFaults } from '../../../dmp/documents/future-date.ts'
import { readSecurityLabels } from '../../../dmp/documents/security-labels.ts'
import { isTooLong, maxUniqueIdLength } from '../../../dmp/documents/unique-id.ts'
import { isMinor } from '../../../dmp/identity/minor.ts'
import type { Grant } from '../../../dmp/matrices/functional-matrix.ts'
import { refusal } from '../../../fhir/fhir-error.ts'
import type { Issue } from '../../../fhir/issue.ts'
import { actorClass, writesAsPatient } from '../../../policy/actor-class.ts'
import { mayDeposit } from '../../../policy/deposit.ts'
import type { Subject } from '../../../storage/records/find-subject.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { isOfRecord, patientFaults, traitFault } from './patient-faults.ts'
import { patientReference } from './subject.ts'
import type { Submitted } from './submitted-document.ts'

export const ATTACHMENT = 'DocumentReference.content[0].attachment'

/** What the profiles of PDSm and MHD have in common and R4 leaves open. */
export function formFaults(document: DocumentReference): Issue[] {
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
  if (isTooLong(document.masterIdentifier ?? {})) {
    const params = { what: 'masterIdentifier', limit: maxUniqueIdLength }
    const expression = 'DocumentReference.masterIdentifier'
    faults.push({
      severity: 'error',
      type: 'business-rule',
      error: 'trop-long',
      params,
      expression,
      rule: 'D1',
    })
  }
  demand(document.content.length === 1, 'content')
  demand(Boolean(document.content[0]?.attachment.contentType), 'content[0].attachment.contentType')
  if (document.status !== 'current') faults.push(unsupported('status ≠ current', 'DocumentReference.status'))
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

/**
 * The patient of `context.sourcePatientInfo` is the record's: the INS, and the traits (rule I3). Contained, or named by an
 * INS alone (UnContained); a reference to the record was made by the server itself.
 */
export function traitFaults(document: DocumentReference, subject: Subject): Issue[] {
  const source = document.context?.sourcePatientInfo
  const { system = '', value = '' } = source?.identifier ?? {}
  const at = 'DocumentReference.context.sourcePatientInfo'
  const isOther = source?.reference?.startsWith('Patient/') && source.reference !== patientReference(subject)
  const named =
    isOther || (source?.identifier && !isOfRecord({ system, value }, subject))
      ? [traitFault(['identifier'], isOther ? `${at}.reference` : `${at}.identifier`)]
      : []
  const index = (document.contained ?? []).findIndex(
    (c) => c.resourceType === 'Patient' && `#${c.id}` === source?.reference,
  )
  const patient = document.contained?.[index]
  if (patient?.resourceType !== 'Patient') return named
  return [...named, ...patientFaults(patient, subject, `DocumentReference.contained[${index}]`)]
}

const authorMissing: Issue = {
  severity: 'error',
  type: 'required',
  error: 'element-requis',
  params: { name: 'author' },
  expression: 'DocumentReference.author',
}

/**
 * An author who names nobody could never be found again, nor could its document be its own. A patient writes as itself
 * alone, and only in its own record; who represents the patient, as the patient.
 */
export function authorFaults(
  document: DocumentReference,
  { caller }: DmpExchange,
  subject: Subject,
): Issue[] {
  if (!document.author?.length) return [authorMissing]
  const { unresolved, ids, structures, patient, patientIns } = authorsOf(document)
  const fault = (expression: string): Issue => unnamed('author.identifier (IDNPS, IDNST, INS)', expression)
  const asAnother = writesAsPatient(caller) && (!patient || ids.length > 0 || structures.length > 0)
  if (asAnother || !patientIns.every((ins) => isOfRecord(ins, subject)))
    return [fault('DocumentReference.author')]
  return [...unresolved.map(fault), ...authenticatorFaults(document, caller)]
}

/** A professional vouches for nothing that the patient writes. */
function authenticatorFaults(
  { authenticator, contained = [] }: DocumentReference,
  caller: DmpExchange['caller'],
): Issue[] {
  if (!authenticator || !writesAsPatient(caller)) return []
  const expression = 'DocumentReference.authenticator'
  const { ids } = readAuthors([authenticator], contained, () => undefined, expression)
  return ids.length > 0 ? [notThePatient('authenticator', expression)] : []
}

/** @param element in which a professional stands where the patient writes */
export function notThePatient(element: string, expression: string): Issue {
  return unnamed(`${element} (INS, IDNST)`, expression)
}

function unnamed(name: string, expression: string): Issue {
  return {
    severity: 'error',
    type: 'business-rule',
    error: 'element-requis',
    params: { name },
    expression,
    rule: 'I5',
  }
}

/**
 * V1, V2; V5: a secret connection is for the record of a minor. What replaces a masked document stays masked (D2), hence
 * cannot wait to be announced.
 */
export function labelFaults(
  document: DocumentReference,
  { caller, now }: DmpExchange,
  { subject, replaced, related }: Pick<Submitted, 'subject' | 'replaced' | 'related'>,
): Issue[] {
  const { labels, issues } = readSecurityLabels(document.securityLabel)
  const faults = [...issues]
  const isMasked = replaced?.stored.facts.masked || related.some(({ facts }) => facts.masked)
  if (isMasked && labels.invisiblePatient) {
    const expression = 'DocumentReference.securityLabel'
    faults.push({
      severity: 'error',
      type: 'business-rule',
      error: 'etiquettes-incompatibles',
      expression,
      rule: 'V2',
    })
  }
  if (caller.secretConnection && !isMinor(subject.record.facts.birthDate, now)) {
    const expression = 'DocumentReference.subject'
    faults.push({
      severity: 'error',
      type: 'business-rule',
      error: 'connexion-secrete',
      expression,
      rule: 'V5',
    })
  }
  return faults
}

/**
 * V4, V5: nobody hides from themselves what they deposit: that it waits to be announced is for professionals to say, and a
 * minor's secret is none of the representative's.
 * @throws FhirError 403
 */
export function refuseHiddenFromSelf(
  document: DocumentReference,
  { caller, mode }: DmpExchange,
  { record }: Subject,
  expression: string,
): void {
  const { invisiblePatient, invisibleLegal } = readSecurityLabels(document.securityLabel).labels
  const isHidden = invisiblePatient || (invisibleLegal && caller.actor === 'REPRESENTANT_LEGAL')
  if (!isHidden || !writesAsPatient(caller)) return
  const actor = actorClass(caller, record.facts)
  const params = { right: 'F15', name: 'déposer un document que l’on ne verra pas', actor, mode }
  throw refusal('forbidden', 'droit-fonctionnel', {
    rule: 'F15',
    params,
    expression: `${expression}.securityLabel`,
  })
}

/** Both, whoever says them: the metadata, or the CDA from which they are taken. */
export function dateFaults(document: DocumentReference, { now }: DmpExchange): Issue[] {
  const { creation } = document.content[0]?.attachment ?? {}
  return [
    ...futureFaults(document.date, now, 'DocumentReference.date'),
    ...futureFaults(creation, now, `${ATTACHMENT}.creation`),
  ]
}

/** @param grant what the right to feed is worth to the caller */
export function depositFaults(
  document: DocumentReference,
  types: DocumentTypes,
  { caller, now }: DmpExchange,
  subject: Subject,
  grant: Grant,
): Issue[] {
  const read = documentTypeOf(document.type, types)
  if ('issue' in read) return []
  if (mayDeposit(grant, read.type.depositor, { caller, facts: subject.record.facts, now })) return []
  const params = { type: read.type.code }
  const expression = 'DocumentReference.type'
  return [{ severity: 'error', type: 'business-rule', error: 'type-reserve', params, expression, rule: 'D7' }]
}
