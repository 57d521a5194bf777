/**
 * A CDA document → its metadata, all of them from its header by `src/dmp/cda/derive-metadata.ts`, and what a message that
 * carries it adds. What the header does not say stays out, and is the server's to miss.
 * @see CI-SIS map of the CDA header to XDS metadata; ANS PDSm 3.1.1
 */
import type { CodeableConcept, DocumentReference } from '@medplum/fhirtypes'
import { type CdaHeader, cdaUniqueId } from '../../dmp/cda/cda-header.ts'
import { completeFromCda } from '../../dmp/cda/derive-metadata.ts'
import type { Terminology } from '../../dmp/codes/terminology.ts'
import { type VisibilityLabel, withVisibilityLabel } from '../../dmp/documents/security-labels.ts'
import { practitionerOid, structureOid } from '../../dmp/identity/national-identifiers.ts'
import type { Measured } from './content-source.ts'
import { uniqueIdentifier } from './identifiers.ts'
import type { NationalIds, Reason } from './item.ts'
import { subjectOf } from './subject.ts'

export const noIns: Reason = {
  code: 'cda',
  text: 'the header names no INS (an id whose root is 1.2.250.1.213.1.4.8, .9, .10 or .11)',
  at: 'recordTarget/patientRole/id',
}

/**
 * @param replaced uniqueId of what it replaces, where that is said outside the document
 * @returns undefined when it names no INS
 */
export function describeCda(
  header: CdaHeader,
  { size, sha1Base64 }: Measured,
  terminology: Terminology,
  labels: readonly VisibilityLabel[] = [],
  replaced: string | undefined = undefined,
): DocumentReference | undefined {
  const [ins] = header.patient.ins
  if (!ins) return undefined
  const relations = [...header.replaces.map(cdaUniqueId), ...(replaced === undefined ? [] : [replaced])]
  const described: DocumentReference = {
    resourceType: 'DocumentReference',
    status: 'current',
    masterIdentifier: uniqueIdentifier(cdaUniqueId(header.id)),
    subject: subjectOf(ins),
    ...(relations.length > 0 ? { relatesTo: [...new Set(relations)].map(replacing) } : {}),
    content: [{ attachment: { contentType: 'text/xml', size, hash: sha1Base64 } }],
  }
  const document = completeFromCda(described, header, terminology)
  return {
    ...document,
    securityLabel: labels.reduce<CodeableConcept[]>(withVisibilityLabel, document.securityLabel ?? []),
  }
}

export function replacing(uniqueId: string): NonNullable<DocumentReference['relatesTo']>[number] {
  return {
    code: 'replaces',
    target: {
      type: 'DocumentReference',
      identifier: { system: 'urn:ietf:rfc:3986', value: uniqueId },
    },
  }
}

/** National ids of the first author who has one: who sends, when nobody else is said to. */
export function firstAuthor({ authors }: CdaHeader): NationalIds {
  for (const { ids, organisations } of authors) {
    const person = ids.find(({ root }) => root === practitionerOid)?.extension
    const structure = organisations.find(({ root }) => root === structureOid)?.extension
    if (person || structure) return { ...(person ? { person } : {}), ...(structure ? { structure } : {}) }
  }
  return {}
}
