/**
 * A CDA document and the metadata it is deposited with must tell one story: patient, document id, type, author, creation,
 * language, confidentiality. What it replaces is compared where the record is known.
 *
 * One issue per contradiction. NOT a contradiction: what one side leaves out, but for the patient's INS, the id, the
 * type and an author, which both sides must give; authors of the CDA that the metadata do not repeat; metadata that keep
 * the document closer than its header does; another region of the same language; title and codes of the context.
 * @see rule D6; CI-SIS map of the CDA header to XDS metadata
 */
import type { DocumentReference } from '@medplum/fhirtypes'
import { parseFhirDate } from '../../fhir/date.ts'
import type { Issue } from '../../fhir/issue.ts'
import { parisTime } from '../../fhir/paris-time.ts'
import type { CodeSystems } from '../codes/code-systems.ts'
import { authorsOf, type DocumentAuthors } from '../documents/document-authors.ts'
import { readSecurityLabels } from '../documents/security-labels.ts'
import { type ComparedTraits, compareTraits } from '../identity/identity-traits.ts'
import { type Ins, insKind } from '../identity/ins.ts'
import { practitionerOid, structureOid } from '../identity/national-identifiers.ts'
import type { CdaHeader, CdaId } from './cda-header.ts'

export type CdaContext = {
  /** Every INS under which the record is known, former ones included (rule I2). */
  readonly recordIns: readonly Ins[]
  /** The record's traits, when they are to be compared with the CDA's (rule I3). */
  readonly recordTraits?: ComparedTraits
  readonly systems: CodeSystems
  /** The authors of the metadata, when the caller resolved more than what is contained. */
  readonly authors?: DocumentAuthors
}

export function checkCdaAgainstMetadata(
  header: CdaHeader,
  document: DocumentReference,
  context: CdaContext,
): Issue[] {
  const issues: Issue[] = []
  const contradicts = (holds: boolean, what: string, expression: string): void => {
    if (holds) return
    issues.push({
      severity: 'error',
      type: 'business-rule',
      error: 'cda-contredit',
      params: { what },
      expression: `DocumentReference.${expression}`,
      rule: 'D6',
    })
  }
  contradicts(isPatientOfRecord(header, context.recordIns), 'recordTarget/patientRole/id', 'subject')
  contradicts(namesDocument(document, header.id), 'id', 'masterIdentifier')
  const isType = document.type?.coding?.some(
    ({ system, code }) => code === header.code.code && context.systems.same(system ?? '', header.code.system),
  )
  contradicts(isType ?? false, 'code', 'type')
  const authors = context.authors ?? authorsOf(document)
  contradicts(isAuthored(header, authors), 'author', 'author')
  const { creation, language } = document.content[0]?.attachment ?? {}
  const at = 'content[0].attachment'
  contradicts(isSameTime(header.effectiveTime, creation), 'effectiveTime', `${at}.creation`)
  contradicts(isSameLanguage(header.language, language), 'languageCode', `${at}.language`)
  contradicts(isAsClose(header, document), 'confidentialityCode', 'securityLabel')
  if (!context.recordTraits) return issues
  const traits = compareTraits(header.patient, context.recordTraits)
  if (traits.length === 0) return issues
  const params = { traits: traits.join(', ') }
  issues.push({
    severity: 'error',
    type: 'business-rule',
    error: 'traits-divergents',
    params,
    expression: `DocumentReference.${at}`,
    rule: 'I3',
  })
  return issues
}

/** One may be less exact than the other: a day, and a second of it. */
function isSameTime(said: string | undefined, sent: string | undefined): boolean {
  const there = parseFhirDate(said ?? '', parisTime)
  const here = parseFhirDate(sent ?? '', parisTime)
  return !there || !here || (there.start < here.end && here.start < there.end)
}

function isSameLanguage(said: string | undefined, sent: string | undefined): boolean {
  const primary = (tag: string): string | undefined => tag.split('-')[0]?.toLowerCase()
  return said === undefined || sent === undefined || primary(said) === primary(sent)
}

const closeness = { N: 0, R: 1, V: 2 } as const

/** Metadata without labels get those of the header, or none: `N` is there in any case (rule V1). */
function isAsClose({ confidentiality }: CdaHeader, { securityLabel }: DocumentReference): boolean {
  const code = confidentiality?.code
  if ((code !== 'R' && code !== 'V') || !securityLabel?.length) return true
  return closeness[readSecurityLabels(securityLabel).labels.confidentiality] >= closeness[code]
}

/** Every INS of the header is the record's, and there is one at least: two patients in one document are one too many. */
function isPatientOfRecord({ patient }: CdaHeader, recordIns: readonly Ins[]): boolean {
  const isRecords = (ins: Ins): boolean =>
    recordIns.some((known) => known.value === ins.value && insKind(known.system) === insKind(ins.system))
  return patient.ins.length > 0 && patient.ins.every(isRecords)
}

/**
 * `urn:oid:` or not, `root^extension`, or the root as system and the extension as value: the convention is not fixed.
 * The root alone does not name a document that has an extension.
 */
function namesDocument({ masterIdentifier }: DocumentReference, { root, extension }: CdaId): boolean {
  const bare = (text: string): string => text.replace(/^urn:(?:oid|uuid):/i, '').toLowerCase()
  const value = bare(masterIdentifier?.value ?? '')
  const wanted = root.toLowerCase()
  if (extension === undefined) return value === wanted
  if (bare(masterIdentifier?.system ?? '') === wanted && masterIdentifier?.value === extension) return true
  return value === `${wanted}^${extension.toLowerCase()}`
}

/**
 * Whoever the metadata name as authors wrote the document: every person among the CDA's authors; or, when no person is
 * named, every structure among their organisations; or the patient.
 */
function isAuthored({ authors: cdaAuthors, patient }: CdaHeader, authors: DocumentAuthors): boolean {
  if (authors.unresolved.length > 0) return false
  const ids = cdaAuthors.flatMap((author) => author.ids)
  const numbers = (all: readonly CdaId[], oid: string): ReadonlySet<string> =>
    new Set(all.flatMap((id) => (id.root === oid && id.extension !== undefined ? [id.extension] : [])))
  if (authors.patient) {
    const isPatient = (id: CdaId): boolean =>
      insKind(id.root) !== undefined && patient.ins.some((i) => i.value === id.extension)
    if (!ids.some(isPatient)) return false
  }
  if (authors.ids.length > 0) {
    const persons = numbers(ids, practitionerOid)
    return authors.ids.every((id) => persons.has(id))
  }
  if (authors.structures.length > 0) {
    const structures = numbers(
      [...ids, ...cdaAuthors.flatMap((author) => author.organisations)],
      structureOid,
    )
    return authors.structures.every((id) => structures.has(id))
  }
  return authors.patient
}
