/**
 * What can be wrong with a submitted document, each question on its own; all answers are told at once.
 * The type and class (D5) and the CDA header (D6) are asked in `dmp/`.
 * @see docs/policy.md D7, D11, I3, I5, V1, V2, V5
 */
import type { DocumentReference } from '@medplum/fhirtypes'
import { checkAnnouncedContent, checkContentType, patientUpload } from '../../../dmp/content-check.ts'
import { authorsOf } from '../../../dmp/document-authors.ts'
import { documentTypeOf } from '../../../dmp/document-type-check.ts'
import type { DocumentTypes } from '../../../dmp/document-types.ts'
import type { Grant } from '../../../dmp/functional-matrix.ts'
import { compareTraits, identityTraits } from '../../../dmp/identity-traits.ts'
import { type Ins, insKind } from '../../../dmp/ins.ts'
import { isMinor } from '../../../dmp/minor.ts'
import { readSecurityLabels } from '../../../dmp/security-labels.ts'
import type { Issue } from '../../../fhir/issue.ts'
import { mayDeposit } from '../../../policy/deposit.ts'
import type { Subject } from '../../../storage/find-subject.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import type { ReceivedContent } from './received-content.ts'
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
  demand(Boolean(document.author?.length), 'author')
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

export function contentFaults(
  document: DocumentReference,
  content: ReceivedContent,
  { caller }: DmpExchange,
): Issue[] {
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

/** The patient sent in `context.sourcePatientInfo` is the record's: the INS, and the traits (rule I3). */
export function traitFaults(document: DocumentReference, subject: Subject): Issue[] {
  const source = document.context?.sourcePatientInfo?.reference
  const index = (document.contained ?? []).findIndex(
    (c) => c.resourceType === 'Patient' && `#${c.id}` === source,
  )
  const patient = document.contained?.[index]
  if (patient?.resourceType !== 'Patient') return []
  const sent = identityTraits(patient)
  const traits: string[] = compareTraits(sent, subject.traits)
  if (![...sent.ins, ...sent.formerIns].every((ins) => isOfRecord(ins, subject))) traits.unshift('identifier')
  if (traits.length === 0) return []
  const expression = `DocumentReference.contained[${index}]`
  const params = { traits: traits.join(', ') }
  return [
    { severity: 'error', type: 'business-rule', error: 'traits-divergents', params, expression, rule: 'I3' },
  ]
}

function isOfRecord(ins: Ins, { ins: known }: Subject): boolean {
  return known.some(({ system, value }) => value === ins.value && insKind(system) === insKind(ins.system))
}

/**
 * An author who names nobody could never be found again, nor could its document be its own. A patient writes as itself
 * alone, and only in its own record.
 */
export function authorFaults(
  document: DocumentReference,
  { caller }: DmpExchange,
  subject: Subject,
): Issue[] {
  const { unresolved, ids, structures, patient, patientIns } = authorsOf(document)
  const fault = (expression: string): Issue => ({
    severity: 'error',
    type: 'business-rule',
    error: 'element-requis',
    params: { name: 'author.identifier (IDNPS, IDNST, INS)' },
    expression,
    rule: 'I5',
  })
  const asAnother = caller.actor === 'PATIENT' && (!patient || ids.length > 0 || structures.length > 0)
  if (asAnother || !patientIns.every((ins) => isOfRecord(ins, subject)))
    return [fault('DocumentReference.author')]
  return unresolved.map(fault)
}

/**
 * V1, V2; V5: a secret connection is for the record of a minor. What replaces a masked document stays masked (D2), hence
 * cannot wait to be announced.
 */
export function labelFaults(
  document: DocumentReference,
  { caller, now }: DmpExchange,
  { subject, replaced }: Pick<Submitted, 'subject' | 'replaced'>,
): Issue[] {
  const { labels, issues } = readSecurityLabels(document.securityLabel)
  const faults = [...issues]
  if (replaced?.stored.facts.masked && labels.invisiblePatient) {
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
