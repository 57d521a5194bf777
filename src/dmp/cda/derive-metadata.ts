/**
 * What a simplified publication (ITI-105) leaves out of the metadata, taken from the header of its CDA. Nothing that
 * was sent is overwritten, and what the header does not say stays out.
 * @see CI-SIS map of the CDA header to XDS metadata; ASS_X16, ASS_A11, ASS_A12
 */
import type { CodeableConcept, DocumentReference, Identifier, Patient, Reference } from '@medplum/fhirtypes'
import type { FormatCoding, Terminology } from '../codes/terminology.ts'
import { Contained } from '../documents/contained.ts'
import { withDerivedClass } from '../documents/document-type-check.ts'
import { confidentialitySystem, withNormalLabel } from '../documents/security-labels.ts'
import { identityExtensions } from '../identity/identity-traits.ts'
import { practitionerOid } from '../identity/national-identifiers.ts'
import type { CdaActor, CdaCode, CdaHeader, CdaId, CdaPatient } from './cda-header.ts'
import { cdaUniqueId } from './cda-header.ts'
import { isInstant } from './cda-time.ts'
import { authorsOfCda, identifierOf, roleOf } from './derive-authors.ts'

/** Templates of CI-SIS and HL7 France that every document has: they tell nothing of its model. */
const commonTemplates = new Set(['2.16.840.1.113883.2.8.2.1', '1.2.250.1.213.1.1.1.1'])

export function completeFromCda(
  document: DocumentReference,
  header: CdaHeader,
  terminology: Terminology,
): DocumentReference {
  const concept = ({ code, system, display }: CdaCode): CodeableConcept => ({
    coding: [
      { system: terminology.systems.urlOf(system), code, ...(display === undefined ? {} : { display }) },
    ],
  })
  const contained = new Contained(document.contained ?? [])
  const typed = withDerivedClass(
    { ...document, type: document.type ?? concept(header.code) },
    terminology.documentTypes,
  )
  const source = once(() => contained.add('source-patient', patientOf(header.patient)))
  const { effectiveTime, custodian, legalAuthenticator } = header
  const completed: DocumentReference = {
    ...typed,
    masterIdentifier: typed.masterIdentifier ?? {
      use: 'usual',
      system: 'urn:ietf:rfc:3986',
      value: cdaUniqueId(header.id),
    },
    securityLabel: typed.securityLabel?.length ? typed.securityLabel : labelsOf(header),
    content: contentOf(typed, header, terminology),
    context: contextOf(typed.context, header, concept, source),
  }
  if (!completed.date && effectiveTime !== undefined && isInstant(effectiveTime))
    completed.date = effectiveTime
  if (!completed.custodian && custodian && custodian.ids.length > 0) {
    completed.custodian = contained.add('custodian', {
      resourceType: 'Organization',
      identifier: custodian.ids.map(identifierOf),
      ...(custodian.name === undefined ? {} : { name: custodian.name }),
    })
  }
  if (!completed.author?.length) {
    const authors = authorsOfCda(header, contained, concept, source)
    if (authors.length > 0) completed.author = authors as NonNullable<DocumentReference['author']>
  }
  if (!completed.authenticator && isProfessional(legalAuthenticator)) {
    const role = roleOf(legalAuthenticator, contained, concept, 'authenticator')
    if (role) completed.authenticator = role as NonNullable<DocumentReference['authenticator']>
  }
  if (contained.resources.length > 0) completed.contained = contained.resources
  return completed
}

/** ASS_A12 by the media type of an unstructured body; ASS_A11 by the template of a structured one. */
export function formatOfCda(header: CdaHeader, terminology: Terminology): FormatCoding | undefined {
  if (header.body.kind === 'unstructured') return terminology.formatOfMediaType(header.body.mediaType ?? '')
  return terminology.formatOfTemplates(header.templateIds.filter((id) => !commonTemplates.has(id)))
}

function contentOf(
  document: DocumentReference,
  header: CdaHeader,
  terminology: Terminology,
): DocumentReference['content'] {
  const [first, ...more] = document.content
  if (!first) return document.content
  const format = formatOfCda(header, terminology)
  const { title, language, effectiveTime } = header
  return [
    {
      ...(format ? { format } : {}),
      ...first,
      attachment: {
        ...(language === undefined ? {} : { language }),
        ...(title === undefined ? {} : { title }),
        ...(effectiveTime === undefined ? {} : { creation: effectiveTime }),
        ...first.attachment,
      },
    },
    ...more,
  ]
}

function contextOf(
  context: DocumentReference['context'],
  header: CdaHeader,
  concept: (code: CdaCode) => CodeableConcept,
  source: () => Reference,
): NonNullable<DocumentReference['context']> {
  const { services, mainService, facilityType, orders = [] } = header
  const event = services.flatMap((service) => (service.code ? [concept(service.code)] : []))
  const period = mainService?.period
  const setting = mainService?.practiceSetting
  return {
    ...(event.length > 0 ? { event } : {}),
    ...(period?.start ? { period: { ...period } } : {}),
    ...(facilityType ? { facilityType: concept(facilityType) } : {}),
    ...(setting ? { practiceSetting: concept(setting) } : {}),
    ...(orders.length > 0 ? { related: orders.map(orderOf) } : {}),
    ...context,
    sourcePatientInfo: context?.sourcePatientInfo ?? (source() as Reference<Patient>),
  }
}

/** An order that the document answers, as XDS's referenceIdList has it. */
function orderOf(id: CdaId): Reference {
  const type = { coding: [{ system: 'urn:ietf:rfc:3986', code: 'urn:ihe:iti:xds:2013:order' }] }
  return { identifier: { type, ...identifierOf(id) } }
}

/** N always (rule V1), and R or V when the header says so. */
function labelsOf({ confidentiality }: CdaHeader): CodeableConcept[] {
  const normal = withNormalLabel(undefined)
  const code = confidentiality?.code
  if (code !== 'R' && code !== 'V') return normal
  return [...normal, { coding: [{ system: confidentialitySystem, code }] }]
}

function patientOf(patient: CdaPatient): Patient {
  const { ins, family, firstGiven, birthGivenNames, gender, birthDate } = patient
  const list = identityExtensions.birthGivenNames
  return {
    resourceType: 'Patient',
    identifier: ins.map(({ system, value }): Identifier => ({ use: 'official', system, value })),
    ...(family === undefined
      ? {}
      : {
          name: [
            {
              use: 'official' as const,
              family,
              ...(firstGiven === undefined ? {} : { given: [firstGiven] }),
              ...(birthGivenNames === undefined
                ? {}
                : { extension: [{ url: list, valueString: birthGivenNames }] }),
            },
          ],
        }),
    ...(gender === undefined ? {} : { gender }),
    ...(birthDate === undefined ? {} : { birthDate }),
  }
}

/** The patient may be the legal authenticator (vaccination history): no profile admits that. */
function isProfessional(actor: CdaActor | undefined): actor is CdaActor {
  return (
    actor?.ids.some(({ root, extension }) => root === practitionerOid && extension !== undefined) ?? false
  )
}

/** Made when it is first asked for, and never again. */
function once<T extends object>(make: () => T): () => T {
  let made: T | undefined
  return () => {
    made ??= make()
    return made
  }
}
