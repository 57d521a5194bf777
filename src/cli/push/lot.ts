/**
 * Documents of one patient that go together → the body of their request: ITI-65 with one submission set, or ITI-105 for
 * one document. The same documents make the same set again, whoever asks and when (D1).
 * @see https://profiles.ihe.net/ITI/MHD/ITI-65.html, ITI-105.html; ANS PDSm 3.1.1
 */
import type { Bundle, BundleEntry, Coding, DocumentReference, List } from '@medplum/fhirtypes'
import type { Terminology } from '../../dmp/codes/terminology.ts'
import { ContainedActors } from './actors.ts'
import { entryIdentifier, madeOid, madeUuid, uniqueIdentifier } from './identifiers.ts'
import type { DocumentItem, NationalIds } from './item.ts'
import { BodyBuilder, type RequestBody } from './request-body.ts'
import { subjectOf } from './subject.ts'

const MHD = 'https://profiles.ihe.net/ITI/MHD'
const PDSM = 'https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition'
/** JDV_J59 for what is not said: "Type d'activité indifférencié". */
const ANY_ACTIVITY = '97'

export type LotSource = {
  /** OID of the software that sends, as `urn:oid:…`. */
  readonly sourceId: string
  readonly terminology: Terminology
}

export function provideBody(
  documents: readonly [DocumentItem, ...DocumentItem[]],
  source: LotSource,
  now: number,
): RequestBody {
  const builder = new BodyBuilder()
  const entries = documents.flatMap((item): BundleEntry[] => {
    const [first, ...more] = item.document.content
    const binary = binaryUrl(item)
    const document: DocumentReference = {
      ...item.document,
      meta: { profile: [profileOf(item.document)] },
      identifier: [entryIdentifier(item.uniqueId), ...(item.document.identifier ?? [])],
      content: first ? [{ ...first, attachment: { ...first.attachment, url: binary } }, ...more] : [],
    }
    const contentType = first?.attachment.contentType ?? 'application/octet-stream'
    return [
      {
        fullUrl: documentUrl(item),
        resource: document,
        request: { method: 'POST', url: 'DocumentReference' },
      },
      {
        fullUrl: binary,
        resource: {
          resourceType: 'Binary',
          contentType,
          data: builder.data(item.content),
        },
        request: { method: 'POST', url: 'Binary' },
      },
    ]
  })
  const bundle: Bundle = {
    resourceType: 'Bundle',
    meta: { profile: [`${PDSM}/pdsm-comprehensive-provide-document-bundle`] },
    type: 'transaction',
    entry: [
      {
        fullUrl: `urn:uuid:${madeUuid('set', ...namesOf(documents))}`,
        resource: submissionSet(documents, source, now),
        request: { method: 'POST', url: 'List' },
      },
      ...entries,
    ],
  }
  return builder.build(bundle)
}

/** Its profile takes one event at most; the server takes all of them from a CDA itself. */
export function publishBody({ document, content }: DocumentItem): RequestBody {
  const builder = new BodyBuilder()
  const [first, ...more] = document.content
  const { event: _, ...context } = document.context ?? {}
  return builder.build({
    ...document,
    context,
    meta: { profile: [`${PDSM}/pdsm-simplified-publish`] },
    content: first
      ? [{ ...first, attachment: { ...first.attachment, data: builder.data(content) } }, ...more]
      : [],
  })
}

function submissionSet(
  documents: readonly [DocumentItem, ...DocumentItem[]],
  { sourceId, terminology }: LotSource,
  now: number,
): List {
  const [first] = documents
  const actors = new ContainedActors()
  const source = actors.role(sender(first.sender))
  const uniqueId = madeOid('set', ...namesOf(documents))
  return {
    resourceType: 'List',
    meta: { profile: [`${PDSM}/pdsm-submissionset-comprehensive`] },
    contained: actors.resources,
    extension: [
      {
        url: `${MHD}/StructureDefinition/ihe-designationType`,
        valueCodeableConcept: { coding: [activityOf(first, terminology)] },
      },
      {
        url: `${MHD}/StructureDefinition/ihe-sourceId`,
        valueIdentifier: { system: 'urn:ietf:rfc:3986', value: sourceId },
      },
    ],
    identifier: [uniqueIdentifier(uniqueId), entryIdentifier(uniqueId)],
    status: 'current',
    mode: 'working',
    code: { coding: [{ system: `${MHD}/CodeSystem/MHDlistTypes`, code: 'submissionset' }] },
    subject: subjectOf(first.ins),
    date: new Date(now).toISOString(),
    source,
    entry: documents.map((item) => ({ item: { reference: documentUrl(item) } })),
  }
}

/** What is said; else the sector of the facility where J59 has it. */
function activityOf({ activity, document }: DocumentItem, terminology: Terminology): Coding {
  const { concepts } = terminology.contentTypes
  const [facility] = document.context?.facilityType?.coding ?? []
  const found =
    concepts.find(({ code }) => code === activity) ??
    (facility && terminology.contentTypes.find(facility)) ??
    concepts.find(({ code }) => code === ANY_ACTIVITY)
  if (!found) throw new Error('JDV_J59 has lost its undifferentiated activity')
  return found
}

/**
 * PDSm as published (January 2026) wants a professional or a structure to have signed; MHD does not. A vaccination record
 * that the patient signs is held to MHD.
 */
function profileOf({ authenticator }: DocumentReference): string {
  return authenticator
    ? `${PDSM}/pdsm-comprehensive-document-reference`
    : `${MHD}/StructureDefinition/IHE.MHD.Comprehensive.DocumentReference`
}

function sender({ person, structure }: NationalIds): NationalIds {
  return { ...(person ? { person } : {}), ...(structure ? { structure } : {}) }
}

/** What a set is known by: its documents, in whatever order. */
function namesOf(documents: readonly DocumentItem[]): string[] {
  return documents.map(({ uniqueId, content }) => `${uniqueId} ${content.sha256}`).sort()
}

function documentUrl({ uniqueId }: DocumentItem): string {
  return `urn:uuid:${madeUuid('document entry', uniqueId)}`
}

function binaryUrl({ uniqueId }: DocumentItem): string {
  return `urn:uuid:${madeUuid('binary entry', uniqueId)}`
}
