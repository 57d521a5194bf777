/**
 * A PDF, image or text → its metadata: what is said beside it, checked against the code tables, and what its bytes show.
 * @see ANS PDSm 3.1.1; JDV_J66, J60, J61, J04; ASS_A12 (format by media type)
 */
import type { CodeableConcept, DocumentReference } from '@medplum/fhirtypes'
import type { CodeTable, Concept } from '../../dmp/codes/code-table.ts'
import type { Terminology } from '../../dmp/codes/terminology.ts'
import { sniffContentType } from '../../dmp/documents/content-check.ts'
import { withDerivedClass } from '../../dmp/documents/document-type-check.ts'
import { withNormalLabel, withVisibilityLabel } from '../../dmp/documents/security-labels.ts'
import { type Ins, insOids, parseIns } from '../../dmp/identity/ins.ts'
import { ContainedActors, type Role } from './actors.ts'
import type { Measured } from './content-source.ts'
import { replacing } from './describe-cda.ts'
import { madeUuid, uniqueIdentifier } from './identifiers.ts'
import type { Reason } from './item.ts'
import type { Metadata, Person } from './metadata-schema.ts'
import { sourcePatient, subjectOf } from './subject.ts'

export type DescribedPlain = {
  readonly document: DocumentReference
  readonly ins: Ins
  readonly uniqueId: string
  readonly sender: Role
}

const TYPES: ReadonlySet<string> = new Set([
  'application/pdf',
  'image/jpeg',
  'image/tiff',
  'text/rtf',
  'text/plain',
])
/** @see profiles/terminology/code-systems.json, key A02 */
const SPECIALITY_OID = '1.2.250.1.213.1.1.4.5'

export function describePlain(
  metadata: Metadata,
  content: Measured,
  terminology: Terminology,
): DescribedPlain | { readonly reasons: readonly [Reason, ...Reason[]] } {
  const reasons: Reason[] = []
  const missing = (name: string, text = 'is not said: beside the file, or in push.json'): undefined => {
    reasons.push({ code: 'metadata', text: `${name} ${text}`, at: name })
    return undefined
  }
  const contentType = sniffContentType(content.head)
  if (contentType === undefined || !TYPES.has(contentType))
    missing('content', 'is neither PDF, JPEG, TIFF, RTF nor text')
  const { patient, title, date, author } = metadata
  const ins = patient && insOf(patient)
  if (!patient) missing('patient')
  else if (!ins) missing('patient.ins', 'is no matricule: 13 characters and the right key of 2 digits')
  const type = coded(metadata.type, 'type', missing, (code) => {
    const [system, value] = code.includes('|') ? code.split('|') : [undefined, code]
    const { documentTypes } = terminology
    return system === undefined
      ? documentTypes.byCode(code)
      : documentTypes.find({ system, code: value ?? '' })
  })
  const facility = coded(metadata.facility, 'facility', missing, tableLookup(terminology.facilityTypes))
  const setting = coded(metadata.setting, 'setting', missing, tableLookup(terminology.practiceSettings))
  const format = terminology.formatOfMediaType(contentType ?? '')
  if (!title) missing('title')
  if (!date) missing('date')
  if (!author) missing('author')
  const [first, ...rest] = reasons
  if (
    first ||
    !ins ||
    !patient ||
    !type ||
    !facility ||
    !setting ||
    !title ||
    !date ||
    !author ||
    !contentType
  )
    return { reasons: [first ?? { code: 'metadata', text: 'incomplete' }, ...rest] }

  const uniqueId =
    metadata.identifier ?? `urn:uuid:${madeUuid('document', ins.system, ins.value, content.sha256)}`
  const actors = new ContainedActors()
  const authorReference = actors.role(roleOf(author, terminology))
  const custodian = metadata.custodian ?? structureOfAuthor(author)
  const document: DocumentReference = {
    resourceType: 'DocumentReference',
    status: 'current',
    masterIdentifier: uniqueIdentifier(uniqueId),
    type,
    subject: subjectOf(ins),
    ...(isInstant(date) ? { date } : {}),
    author: [authorReference],
    authenticator: actors.role(roleOf(metadata.authenticator ?? author, terminology)),
    ...(custodian ? { custodian: actors.structure(custodian.structure, custodian.name) } : {}),
    ...(metadata.replaces === undefined ? {} : { relatesTo: [replacing(metadata.replaces)] }),
    ...(metadata.description === undefined ? {} : { description: metadata.description }),
    securityLabel: (metadata.labels ?? []).reduce<CodeableConcept[]>(
      withVisibilityLabel,
      withNormalLabel(undefined),
    ),
    content: [
      {
        attachment: {
          contentType,
          language: metadata.language ?? 'fr-FR',
          size: content.size,
          hash: content.sha1Base64,
          title,
          creation: date,
        },
        ...(format ? { format } : {}),
      },
    ],
    context: {
      period: metadata.period ?? { start: date },
      facilityType: facility,
      practiceSetting: setting,
      sourcePatientInfo: actors.add(sourcePatient({ ...traitsOf(patient), ins: [ins] }), 'patient'),
    },
    contained: actors.resources,
  }
  return {
    document: withDerivedClass(document, terminology.documentTypes),
    ins,
    uniqueId,
    sender: roleOf(author, terminology),
  }
}

function coded(
  code: string | undefined,
  name: string,
  missing: (name: string, text?: string) => undefined,
  find: (code: string) => Concept | undefined,
): CodeableConcept | undefined {
  if (code === undefined) return missing(name)
  const concept = find(code)
  if (!concept) return missing(name, 'is no code of its table: docs/push.md names the tables')
  const { system, code: value, display } = concept
  return { coding: [{ system, code: value, display }] }
}

function tableLookup(table: CodeTable): (code: string) => Concept | undefined {
  return (code) => table.concepts.find((concept) => concept.code === code)
}

function insOf({ ins, oid = insOids.NIR }: NonNullable<Metadata['patient']>): Ins | undefined {
  // Whether test numbers are admitted is the server's to say.
  return parseIns(oid, ins, true)
}

function traitsOf({ family, given, firstGiven, gender, birthDate }: NonNullable<Metadata['patient']>) {
  return {
    ...(family === undefined ? {} : { family }),
    ...(firstGiven === undefined ? {} : { firstGiven }),
    ...(given === undefined ? {} : { birthGivenNames: given }),
    ...(gender === undefined ? {} : { gender }),
    ...(birthDate === undefined ? {} : { birthDate }),
  }
}

function roleOf({ ps, structure, structureName, speciality }: Person, terminology: Terminology): Role {
  return {
    person: ps,
    ...(structure === undefined ? {} : { structure }),
    ...(structureName === undefined ? {} : { structureName }),
    ...(speciality === undefined
      ? {}
      : {
          specialty: [{ coding: [{ system: terminology.systems.urlOf(SPECIALITY_OID), code: speciality }] }],
        }),
  }
}

function structureOfAuthor({ structure, structureName }: Person): Metadata['custodian'] {
  return structure === undefined
    ? undefined
    : { structure, ...(structureName === undefined ? {} : { name: structureName }) }
}

/** A day alone is no instant (FHIR): it is then the creation of the attachment, and the server dates its own entry. */
function isInstant(date: string): boolean {
  return date.includes('T')
}
