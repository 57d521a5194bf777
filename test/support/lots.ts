/** Submissions of several documents, folders and a Patient, put together of the single ones of builders.ts. */
import type { Bundle, BundleEntry, DocumentReference, List, Resource } from '@medplum/fhirtypes'
import type { InsIdentifier } from '../../src/policy/caller.ts'
import {
  type Changes,
  type DocumentParts,
  freshUniqueId,
  provideBundle,
  subjectReference,
} from './builders.ts'

const mhd = 'https://profiles.ihe.net/ITI/MHD'
const conformant = 'urn:ietf:rfc:3986'

export type LotDocument = Omit<DocumentParts, 'ins'> & {
  /** Content of the document as plain text, where nothing is said of a CDA. */
  readonly text?: string
  readonly relatesTo?: DocumentReference['relatesTo']
  /** A FHIR document in place of the Binary. */
  readonly bundle?: Bundle
}

export type LotFolder = {
  readonly uniqueId?: string
  readonly title?: string
  /** References: `document(0)` of the lot, or to documents that are there. */
  readonly items: readonly string[]
  /** Of a PUT. */
  readonly url?: string
  readonly ifMatch?: string
  readonly changes?: Changes<List>
}

export type LotParts = {
  readonly ins: InsIdentifier
  readonly setId?: string
  readonly documents?: readonly LotDocument[]
  readonly folders?: readonly LotFolder[]
  readonly patient?: BundleEntry
  readonly setChanges?: Partial<List>
}

const urn = (kind: number, n: number): string =>
  `urn:uuid:cccccccc-0000-4000-8000-${String(kind * 1000 + n).padStart(12, '0')}`
/** By which the entries of a lot name each other. */
export const document = (n: number): string => urn(1, n)
export const folder = (n: number): string => urn(3, n)
export const patientUrl = urn(4, 0)

/** In this order: set, each document and its content, folders, the Patient. */
export function lotOf(parts: LotParts): Bundle & { entry: BundleEntry[] } {
  const { ins, documents = [{}], folders = [], patient, setId = freshUniqueId() } = parts
  const made = documents.map((each, n) => documentEntries(ins, each, n))
  const [set] = provideBundle({ ins, uniqueId: setId }).entry
  if (set.resource?.resourceType !== 'List') throw new Error('another order')
  const named = [...documents.map((_, n) => document(n)), ...folders.map((_, n) => folder(n))]
  const resource: List = {
    ...set.resource,
    entry: named.map((reference) => ({ item: { reference } })),
    ...parts.setChanges,
  }
  return {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      { ...set, resource },
      ...made.flat(),
      ...folders.map((each, n) => folderEntry(ins, each, n)),
      ...(patient ? [patient] : []),
    ],
  }
}

function documentEntries(ins: InsIdentifier, each: LotDocument, n: number): BundleEntry[] {
  const { text, relatesTo, bundle, ...parts } = each
  const asText = parts.cda ? {} : { cda: Buffer.from(text ?? `texte ${n}`), contentType: 'text/plain' }
  const [, entry, binary] = provideBundle({ ins, ...asText, ...parts }).entry
  const { resource } = entry
  if (resource?.resourceType !== 'DocumentReference') throw new Error('another order')
  const [content] = resource.content
  const { size: _, hash: __, ...bare } = content?.attachment ?? {}
  const attachment = bundle
    ? { ...bare, contentType: parts.contentType ?? 'application/fhir+json' }
    : content?.attachment
  const contents = [{ ...content, attachment: { ...attachment, url: urn(2, n) } }]
  return [
    {
      ...entry,
      fullUrl: document(n),
      resource: { ...resource, content: contents, ...(relatesTo ? { relatesTo } : {}) },
    },
    bundle
      ? { fullUrl: urn(2, n), resource: bundle as Resource, request: { method: 'POST', url: 'Bundle' } }
      : { ...binary, fullUrl: urn(2, n) },
  ]
}

function folderEntry(ins: InsIdentifier, each: LotFolder, n: number): BundleEntry {
  const { uniqueId, title = 'Suivi de grossesse', items, url, ifMatch, changes } = each
  const resource: List = {
    resourceType: 'List',
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
    ],
    ...(uniqueId === undefined
      ? {}
      : { identifier: [{ use: 'usual', system: conformant, value: `urn:oid:${uniqueId}` }] }),
    status: 'current',
    mode: 'working',
    title,
    code: { coding: [{ system: `${mhd}/CodeSystem/MHDlistTypes`, code: 'folder' }] },
    subject: subjectReference(ins),
    date: '2026-09-18T10:30:00+02:00',
    entry: items.map((reference) => ({ item: { reference } })),
    ...(changes as Partial<List>),
  }
  const request = url
    ? { method: 'PUT' as const, url, ...(ifMatch === undefined ? {} : { ifMatch }) }
    : { method: 'POST' as const, url: 'List' }
  return { fullUrl: folder(n), resource, request }
}

/** A FHIR document of the patient: a Composition, the patient, its author. */
export function fhirDocument(
  ins: InsIdentifier,
  uniqueId: string,
  {
    author,
    type = '11490-0',
    family = 'PAT-TROIS',
    narrative = 'Tout va bien',
    patientIns = ins,
  }: {
    readonly author: string
    readonly type?: string
    readonly family?: string
    readonly narrative?: string
    readonly patientIns?: InsIdentifier
  },
): Bundle {
  const text = {
    status: 'generated' as const,
    div: `<div xmlns="http://www.w3.org/1999/xhtml">${narrative}</div>`,
  }
  const [composition, subject, practitioner] = [urn(5, 0), urn(5, 1), urn(5, 2)]
  return {
    resourceType: 'Bundle',
    identifier: { system: conformant, value: `urn:oid:${uniqueId}` },
    type: 'document',
    timestamp: '2026-09-18T10:30:00+02:00',
    entry: [
      {
        fullUrl: composition,
        resource: {
          resourceType: 'Composition',
          text,
          status: 'final',
          type: { coding: [{ system: 'http://loinc.org', code: type }] },
          subject: { reference: subject },
          date: '2026-09-18T10:30:00+02:00',
          author: [{ reference: practitioner }],
          title: 'Lettre de liaison',
          section: [{ title: 'Synthèse', text }],
        },
      },
      {
        fullUrl: subject,
        resource: {
          resourceType: 'Patient',
          identifier: [{ use: 'official', ...patientIns }],
          name: [{ use: 'official', family, given: ['DOMINIQUE'] }],
          gender: 'female',
          birthDate: '1979-03-28',
        },
      },
      {
        fullUrl: practitioner,
        resource: {
          resourceType: 'Practitioner',
          identifier: [{ system: 'urn:oid:1.2.250.1.71.4.2.1', value: author }],
          name: [{ family: 'MEDECIN', given: ['ANNE'] }],
        },
      },
    ],
  }
}
