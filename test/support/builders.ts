/**
 * Requests of the main job, right in every part; each part can be replaced. One submission is one document with its set
 * (ITI-65) or the document alone with its bytes (ITI-105).
 */
import { createHash } from 'node:crypto'
import type {
  Bundle,
  BundleEntry,
  CareTeam,
  CodeableConcept,
  Consent,
  DocumentReference,
  Extension,
  List,
  Patient,
  Practitioner,
  PractitionerRole,
} from '@medplum/fhirtypes'
import { cdaDateTime } from '../../src/dmp/cda/cda-time.ts'
import type { InsIdentifier } from '../../src/policy/caller.ts'
import { cdaDefaults, defaultAuthor, syntheticCda } from './synthetic-cda.ts'

/** What a request says otherwise; undefined takes an element away. */
export type Changes<T> = { readonly [K in keyof T]?: T[K] | undefined }

const practitionerSystem = 'urn:oid:1.2.250.1.71.4.2.1'
const structureSystem = 'urn:oid:1.2.250.1.71.4.2.2'
const classSystem = 'https://mos.esante.gouv.fr/NOS/TRE_A03-ClasseDocument/FHIR/TRE-A03-ClasseDocument'
const formatSystem =
  'https://mos.esante.gouv.fr/NOS/TRE_A06-FormatCodeComplementaire/FHIR/TRE-A06-FormatCodeComplementaire'
const facilitySystem = 'https://mos.esante.gouv.fr/NOS/TRE_R02-SecteurActivite/FHIR/TRE-R02-SecteurActivite'
const notOfProfessionals =
  'https://mos.esante.gouv.fr/NOS/TRE_A00-ProducteurDocNonPS/FHIR/TRE-A00-ProducteurDocNonPS'
const settingSystem = 'https://mos.esante.gouv.fr/NOS/TRE_A01-CadreExercice/FHIR/TRE-A01-CadreExercice'
const visibilitySystem =
  'https://mos.esante.gouv.fr/NOS/TRE_A07-StatutVisibiliteDocument/FHIR/TRE-A07-StatutVisibiliteDocument'
const confidentialitySystem = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality'
const mhd = 'https://profiles.ihe.net/ITI/MHD'
const frCore = 'https://hl7.fr/ig/fhir/core'

export const fullUrls = {
  set: 'urn:uuid:aaaaaaaa-0000-4000-8000-000000000001',
  document: 'urn:uuid:aaaaaaaa-0000-4000-8000-000000000002',
  binary: 'urn:uuid:aaaaaaaa-0000-4000-8000-000000000003',
} as const

let made = 0

/** A uniqueId that no other test of this process has. */
export function freshUniqueId(): string {
  return `1.2.250.1.999.${process.pid}.${++made}`
}

export function subjectReference({ system, value }: InsIdentifier): { reference: string } {
  return { reference: `Patient?identifier=${system}|${value}` }
}

/** A qualified identity (rule I1). */
export function patient(
  ins: InsIdentifier,
  {
    family = 'PAT-TROIS',
    gender = 'female',
    birthDate = '1979-03-28',
  }: {
    readonly family?: string
    readonly gender?: 'male' | 'female'
    readonly birthDate?: string
  } = {},
): Patient {
  const place: Extension = {
    url: 'http://hl7.org/fhir/StructureDefinition/patient-birthPlace',
    valueAddress: {
      extension: [
        {
          url: `${frCore}/StructureDefinition/fr-core-address-insee-code`,
          valueCoding: {
            system: 'https://mos.esante.gouv.fr/NOS/TRE_R13-CommuneOM/FHIR/TRE-R13-CommuneOM',
            code: '51215',
          },
        },
      ],
    },
  }
  const reliability: Extension = {
    url: `${frCore}/StructureDefinition/fr-core-identity-reliability`,
    extension: [
      {
        url: 'identityStatus',
        valueCoding: { system: `${frCore}/CodeSystem/fr-core-cs-v2-0445`, code: 'VALI' },
      },
    ],
  }
  const givenNames: Extension = {
    url: `${frCore}/StructureDefinition/fr-core-patient-birth-list-given-name`,
    valueString: 'DOMINIQUE MARIE-LOUISE',
  }
  return {
    resourceType: 'Patient',
    extension: [place, reliability],
    identifier: [{ use: 'official', ...ins }],
    name: [{ use: 'official', family, given: ['DOMINIQUE'], extension: [givenNames] }],
    gender,
    birthDate,
  }
}

export type DocumentParts = {
  readonly ins: InsIdentifier
  /** An OID, without `urn:oid:`. */
  readonly uniqueId?: string
  readonly type?: string
  /** LOINC unless said otherwise. */
  readonly typeSystem?: string
  readonly classCode?: string
  /** PS_IdNat of the author. */
  readonly author?: string
  /** Struct_IdNat of an author beside the person. */
  readonly structure?: string
  readonly labels?: readonly ('N' | 'MASQUE_PS' | 'INVISIBLE_PATIENT' | 'INVISIBLE_REPRESENTANTS_LEGAUX')[]
  readonly date?: string
  readonly period?: { readonly start: string; readonly end: string }
  readonly archived?: boolean
  readonly cda?: Buffer
  readonly contentType?: string
  readonly documentChanges?: Changes<DocumentReference>
  readonly setChanges?: Partial<List>
}

type Complete = DocumentParts & { readonly uniqueId: string; readonly cda: Buffer }

function complete(parts: DocumentParts): Complete {
  const uniqueId = parts.uniqueId ?? freshUniqueId()
  const { ins, type = cdaDefaults.type, author = defaultAuthor, structure } = parts
  const cda =
    parts.cda ??
    syntheticCda({ ins, uniqueId, type, author, ...(structure === undefined ? {} : { structure }) })
  return { ...parts, uniqueId, cda }
}

export function practitionerNamed(id: string): Practitioner {
  return {
    resourceType: 'Practitioner',
    id: 'author',
    identifier: [{ system: practitionerSystem, value: id }],
  }
}

/** The author as PDSm has one: a professional in an exercise, by national id. */
export function roleOf(id: string): PractitionerRole {
  return {
    resourceType: 'PractitionerRole',
    id: 'author',
    practitioner: { type: 'Practitioner', identifier: { system: practitionerSystem, value: id } },
  }
}

/** A structure that is an author: an exercise without a person. */
export function structureRole(id: string): PractitionerRole {
  return {
    resourceType: 'PractitionerRole',
    id: 'structure',
    organization: { type: 'Organization', identifier: { system: structureSystem, value: id } },
  }
}

/** The patient as the source knew it. */
export function sourcePatient({ system, value }: InsIdentifier): Patient {
  return { resourceType: 'Patient', id: 'source', identifier: [{ system, value }] }
}

/** What a document of the patient's own says otherwise: PDSm wants an authenticator all the same, here the service. */
export function ofPatient(ins: InsIdentifier): Changes<DocumentReference> {
  const producer = { coding: [{ system: notOfProfessionals, code: 'EXP_PATIENT' }] }
  return {
    contained: [
      sourcePatient(ins),
      {
        resourceType: 'Organization',
        id: 'service',
        identifier: [{ system: structureSystem, value: cdaDefaults.structure }],
      },
    ],
    author: [{ reference: '#source' }],
    authenticator: { reference: '#service' },
    context: {
      period: { start: '2026-09-18T10:30:00+02:00' },
      facilityType: producer,
      practiceSetting: producer,
      sourcePatientInfo: { reference: '#source' },
    },
  }
}

export function label(code: string): CodeableConcept {
  return { coding: [{ system: code === 'N' ? confidentialitySystem : visibilitySystem, code }] }
}

function documentReference(parts: Complete): DocumentReference {
  const { ins, uniqueId, cda, labels = ['N'], type = cdaDefaults.type, classCode = '10' } = parts
  return {
    resourceType: 'DocumentReference',
    contained: [
      roleOf(parts.author ?? defaultAuthor),
      ...(parts.structure ? [structureRole(parts.structure)] : []),
      sourcePatient(ins),
    ],
    ...(parts.archived === undefined
      ? {}
      : {
          extension: [
            {
              url: 'https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-ext-is-archived',
              valueBoolean: parts.archived,
            },
          ],
        }),
    masterIdentifier: { use: 'usual', system: 'urn:ietf:rfc:3986', value: `urn:oid:${uniqueId}` },
    status: 'current',
    type: { coding: [{ system: parts.typeSystem ?? 'http://loinc.org', code: type }] },
    category: [{ coding: [{ system: classSystem, code: classCode }] }],
    subject: subjectReference(ins),
    date: parts.date ?? '2026-09-18T10:30:00+02:00',
    author: [{ reference: '#author' }, ...(parts.structure ? [{ reference: '#structure' }] : [])],
    authenticator: { reference: '#author' },
    custodian: {
      type: 'Organization',
      identifier: { system: structureSystem, value: parts.structure ?? cdaDefaults.structure },
    },
    securityLabel: labels.map(label),
    content: [
      {
        attachment: {
          contentType: parts.contentType ?? 'text/xml',
          language: 'fr-FR',
          url: fullUrls.binary,
          size: cda.length,
          hash: createHash('sha1').update(cda).digest('base64'),
          title: 'Lettre de liaison',
          creation: creationOf(cda),
        },
        format: { system: formatSystem, code: 'urn:asip:ci-sis:ldl-ses:2017' },
      },
    ],
    context: {
      period: parts.period ?? { start: '2026-09-15T08:00:00+02:00', end: '2026-09-18T10:30:00+02:00' },
      facilityType: { coding: [{ system: facilitySystem, code: 'SA01' }] },
      practiceSetting: { coding: [{ system: settingSystem, code: 'ETABLISSEMENT' }] },
      sourcePatientInfo: { reference: '#source' },
    },
    ...(parts.documentChanges as Partial<DocumentReference>),
  }
}

/** What a CDA says of itself (D6); of another file nothing is known. */
function creationOf(content: Buffer): string {
  const start = content.subarray(0, 20_000).toString('latin1')
  const said = /<effectiveTime value="([^"]+)"/.exec(start)?.[1] ?? ''
  return cdaDateTime(said) ?? '2026-09-18T10:30:00+02:00'
}

function submissionSet(parts: Complete): List {
  return {
    resourceType: 'List',
    contained: [roleOf(parts.author ?? defaultAuthor)],
    extension: [
      {
        url: `${mhd}/StructureDefinition/ihe-designationType`,
        valueCodeableConcept: {
          coding: [
            {
              system: 'https://mos.esante.gouv.fr/NOS/TRE_R209-TypeActivite/FHIR/TRE-R209-TypeActivite',
              code: '03',
            },
          ],
        },
      },
      {
        url: `${mhd}/StructureDefinition/ihe-sourceId`,
        valueIdentifier: { system: 'urn:ietf:rfc:3986', value: 'urn:oid:1.2.250.1.999.1' },
      },
    ],
    identifier: [{ use: 'usual', system: 'urn:ietf:rfc:3986', value: `urn:oid:${parts.uniqueId}.1` }],
    status: 'current',
    mode: 'working',
    code: { coding: [{ system: `${mhd}/CodeSystem/MHDlistTypes`, code: 'submissionset' }] },
    subject: subjectReference(parts.ins),
    date: '2026-09-18T10:30:00+02:00',
    source: { reference: '#author' },
    entry: [{ item: { reference: fullUrls.document } }],
    ...parts.setChanges,
  }
}

export type Provided = Bundle & { readonly entry: [BundleEntry, BundleEntry, BundleEntry, ...BundleEntry[]] }

/** ITI-65: set, document, Binary, in this order. */
export function provideBundle(parts: DocumentParts): Provided {
  const all = complete(parts)
  const { cda, contentType = 'text/xml' } = all
  return {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      { fullUrl: fullUrls.set, resource: submissionSet(all), request: { method: 'POST', url: 'List' } },
      {
        fullUrl: fullUrls.document,
        resource: documentReference(all),
        request: { method: 'POST', url: 'DocumentReference' },
      },
      {
        fullUrl: fullUrls.binary,
        resource: { resourceType: 'Binary', contentType, data: cda.toString('base64') },
        request: { method: 'POST', url: 'Binary' },
      },
    ],
  }
}

/** ITI-105 with all its metadata. */
export function publishedDocument(parts: DocumentParts): DocumentReference {
  const all = complete(parts)
  const document = documentReference(all)
  const [content] = document.content
  if (!content) throw new Error('a document has content')
  const { url: _, ...attachment } = content.attachment
  return {
    ...document,
    content: [{ ...content, attachment: { ...attachment, data: all.cda.toString('base64') } }],
  }
}

/** ITI-105 with as little as may be said: the server reads the rest in the CDA. */
export function simplifiedPublish(
  parts: Pick<DocumentParts, 'ins' | 'cda' | 'uniqueId' | 'author'>,
): DocumentReference {
  const { uniqueId, cda, author = defaultAuthor, ins } = complete(parts)
  return {
    resourceType: 'DocumentReference',
    masterIdentifier: { use: 'usual', system: 'urn:ietf:rfc:3986', value: `urn:oid:${uniqueId}` },
    status: 'current',
    subject: subjectReference(ins),
    contained: [roleOf(author)],
    author: [{ reference: '#author' }],
    content: [
      { attachment: { contentType: 'text/xml', data: cda.toString('base64'), title: 'Lettre de liaison' } },
    ],
  }
}

export type Choice = 'autorisation' | 'blocage' | 'medecin-traitant'

/** @param patientId the id of the record; `actor`: PS_IdNat (begins with 8) or Struct_IdNat */
export function consent(
  category: Choice,
  patientId: string,
  actor: string,
  period?: { readonly start?: string; readonly end?: string },
): Consent {
  return {
    resourceType: 'Consent',
    status: 'active',
    scope: {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }],
    },
    category: [{ coding: [{ system: 'https://dmp-fhir.example/CodeSystem/choix-patient', code: category }] }],
    patient: { reference: `Patient/${patientId}` },
    policyRule: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'OPTIN' }] },
    provision: {
      type: category === 'blocage' ? 'deny' : 'permit',
      ...(period ? { period } : {}),
      actor: [
        {
          role: {
            coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType', code: 'IRCP' }],
          },
          reference: {
            identifier: { system: actor.length === 12 ? practitionerSystem : structureSystem, value: actor },
          },
        },
      ],
    },
  }
}

export type ChoiceParts = {
  readonly type?: 'permit' | 'deny'
  /** PS_IdNat (12 characters) or Struct_IdNat. */
  readonly actor?: string
  /** INS of a representative or aidant, as a contained RelatedPerson. */
  readonly person?: InsIdentifier
  /** masterIdentifier of a document, without `urn:oid:`. */
  readonly document?: string
  readonly purpose?: readonly string[]
  readonly period?: { readonly start?: string; readonly end?: string }
  readonly status?: 'active' | 'inactive'
  readonly id?: string
}

/** Any choice of the patient, by its category. */
export function choice(category: string, patientId: string, parts: ChoiceParts = {}): Consent {
  const { type = 'permit', actor, person, document, purpose, period, status = 'active', id } = parts
  const role = {
    coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType', code: 'IRCP' }],
  }
  const patientReference = { reference: `Patient/${patientId}` }
  return {
    resourceType: 'Consent',
    ...(id === undefined ? {} : { id }),
    ...(person
      ? {
          contained: [
            {
              resourceType: 'RelatedPerson',
              id: 'personne',
              identifier: [{ system: person.system, value: person.value }],
              patient: patientReference,
            },
          ],
        }
      : {}),
    status,
    scope: {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }],
    },
    category: [{ coding: [{ system: 'https://dmp-fhir.example/CodeSystem/choix-patient', code: category }] }],
    patient: patientReference,
    policyRule: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'OPTIN' }] },
    provision: {
      type,
      ...(period ? { period } : {}),
      ...(actor === undefined
        ? {}
        : {
            actor: [
              {
                role,
                reference: {
                  identifier: {
                    system: actor.length === 12 ? practitionerSystem : structureSystem,
                    value: actor,
                  },
                },
              },
            ],
          }),
      ...(person ? { actor: [{ role, reference: { reference: '#personne' } }] } : {}),
      ...(purpose
        ? {
            purpose: purpose.map((code) => ({
              system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason',
              code,
            })),
          }
        : {}),
      ...(document === undefined
        ? {}
        : {
            data: [
              {
                meaning: 'instance',
                reference: {
                  type: 'DocumentReference',
                  identifier: { system: 'urn:ietf:rfc:3986', value: `urn:oid:${document}` },
                },
              },
            ],
          }),
    },
  }
}

/** @param members PS_IdNat (12 characters) or Struct_IdNat */
export function careTeam(
  patientId: string,
  members: readonly string[],
  more: Partial<CareTeam> = {},
): CareTeam {
  return {
    resourceType: 'CareTeam',
    status: 'active',
    subject: { reference: `Patient/${patientId}` },
    participant: members.map((value) => ({
      member: { identifier: { system: value.length === 12 ? practitionerSystem : structureSystem, value } },
    })),
    ...more,
  }
}
