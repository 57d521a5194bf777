/**
 * A CDA document and the metadata it is deposited with must tell one story: patient, document id, type, author.
 *
 * One issue per contradiction. NOT a contradiction: what one side leaves out, but for the patient's INS, the id, the
 * type and an author, which both sides must give; authors of the CDA that the metadata do not repeat; title, dates and
 * codes of the context.
 * @see rule D6; CI-SIS map of the CDA header to XDS metadata
 */
import type { DocumentReference } from '@medplum/fhirtypes'
import type { Issue } from '../fhir/issue.ts'
import type { CdaHeader, CdaId } from './cda-header.ts'
import type { CodeSystems } from './code-systems.ts'
import { authorsOf, type DocumentAuthors } from './document-authors.ts'
import { type ComparedTraits, compareTraits } from './identity-traits.ts'
import { type Ins, insKind } from './ins.ts'
import { practitionerOid, structureOid } from './national-identifiers.ts'

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
  if (!context.recordTraits) return issues
  const traits = compareTraits(header.patient, context.recordTraits)
  if (traits.length === 0) return issues
  const params = { traits: traits.join(', ') }
  const at = 'DocumentReference.content[0].attachment'
  issues.push({
    severity: 'error',
    type: 'business-rule',
    error: 'traits-divergents',
    params,
    expression: at,
    rule: 'I3',
  })
  return issues
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
