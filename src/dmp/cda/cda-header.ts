/**
 * What the header of a CDA R2 document says, as values: the part that metadata repeat (CI-SIS structuration minimale).
 *
 * NOT checked here: what else CI-SIS demands of a header (cda-rules.ts); value sets; the key of an INS.
 * @see CI-SIS "structuration minimale" 1.2.250.1.213.1.1.1.1
 */

import { type Ins, insKind } from '../identity/ins.ts'
import {
  all,
  type CdaCode,
  type CdaId,
  type CdaPeriod,
  codeOf,
  idOf,
  idsOf,
  isUuid,
  one,
  optional,
  periodOf,
  textOf,
  timeOf,
} from './cda-select.ts'
import { cdaDate } from './cda-time.ts'
import type { CdaBody, CdaElement, CdaFault } from './cda-tree.ts'

export type { CdaCode, CdaId, CdaPeriod }

export type CdaPatient = {
  readonly ids: readonly CdaId[]
  /** Those of `ids` that are an INS, as FHIR writes them. */
  readonly ins: readonly Ins[]
  readonly family?: string
  readonly birthGivenNames?: string
  readonly firstGiven?: string
  /** Administrative gender, in FHIR's codes. */
  readonly gender?: 'male' | 'female' | 'unknown'
  readonly birthDate?: string
  /** COG code of the commune or country of birth. */
  readonly birthPlace?: string
}

export type CdaName = { readonly family?: string; readonly given?: readonly string[] }

export type CdaActor = {
  readonly ids: readonly CdaId[]
  /** Of the person; software and organisations have none. */
  readonly name?: CdaName
  /** Of the participation: when it was written or signed. */
  readonly time?: string
  /** Profession and speciality of an author, as `G15_10/SM26`. */
  readonly code?: CdaCode
  readonly functionCode?: CdaCode
  readonly organisations: readonly CdaId[]
  readonly organisationName?: string
}

export type CdaService = {
  readonly code?: CdaCode
  readonly period: CdaPeriod
  readonly practiceSetting?: CdaCode
  readonly performers?: readonly CdaActor[]
}

/** A document that this one replaces, completes or transforms: RPLC, APND, XFRM. */
export type CdaRelation = {
  readonly type: string
  readonly ids: readonly CdaId[]
  readonly setId?: CdaId
  readonly version?: number
}

export type CdaHeader = {
  readonly templateIds: readonly string[]
  readonly id: CdaId
  readonly setId?: CdaId
  readonly version?: number
  readonly code: CdaCode
  readonly title?: string
  readonly effectiveTime?: string
  readonly confidentiality?: CdaCode
  readonly language?: string
  readonly patient: CdaPatient
  readonly authors: readonly CdaActor[]
  readonly custodian?: { readonly ids: readonly CdaId[]; readonly name?: string }
  readonly legalAuthenticator?: CdaActor
  /** In the order of the document; the main act is the first with a performer. */
  readonly services: readonly CdaService[]
  readonly mainService?: CdaService
  readonly facilityType?: CdaCode
  /** Where the patient was taken care of. */
  readonly facility?: { readonly ids: readonly CdaId[]; readonly name?: string }
  readonly encounter?: CdaPeriod
  readonly encounterIds?: readonly CdaId[]
  /** Orders that it answers (inFulfillmentOf). */
  readonly orders?: readonly CdaId[]
  readonly related?: readonly CdaRelation[]
  /** Ids of the documents that this one replaces (relatedDocument RPLC). */
  readonly replaces: readonly CdaId[]
  readonly body: CdaBody
}

/** What may stand once: a second one would let one reader check this and another show that. */
const singles = [
  ...[
    'id',
    'code',
    'title',
    'effectiveTime',
    'confidentialityCode',
    'languageCode',
    'setId',
    'versionNumber',
  ],
  ...['recordTarget', 'custodian', 'legalAuthenticator', 'componentOf'],
]

export function readCdaHeader(
  root: CdaElement,
  bodies: readonly CdaBody[],
): { readonly header: CdaHeader } | { readonly fault: CdaFault } {
  const repeated = singles.find((name) => all(root, name).length > 1)
  if (repeated !== undefined) return { fault: { reason: 'repeated', at: repeated } }
  const id = idOf(one(root, 'id'))
  const code = codeOf(one(root, 'code'))
  const role = one(root, 'recordTarget', 'patientRole')
  const [body, ...moreBodies] = bodies
  if (moreBodies.length > 0 || all(root, 'recordTarget', 'patientRole').length > 1) {
    return {
      fault: { reason: 'repeated', at: moreBodies.length > 0 ? 'component' : 'recordTarget/patientRole' },
    }
  }
  if (!id) return { fault: { reason: 'incomplete', at: 'id' } }
  if (!code) return { fault: { reason: 'incomplete', at: 'code' } }
  if (!role) return { fault: { reason: 'incomplete', at: 'recordTarget/patientRole' } }
  if (!body) return { fault: { reason: 'incomplete', at: 'component' } }

  const services = all(root, 'documentationOf', 'serviceEvent')
  const main = services.find((service) => one(service, 'performer')) ?? services[0]
  const custodian = one(root, 'custodian', 'assignedCustodian', 'representedCustodianOrganization')
  const legalAuthenticator = one(root, 'legalAuthenticator')
  const encounter = one(root, 'componentOf', 'encompassingEncounter')
  const facility = encounter && one(encounter, 'location', 'healthCareFacility')
  const related = all(root, 'relatedDocument').map(relationOf)
  return {
    header: {
      templateIds: all(root, 'templateId').flatMap((t) => t.attributes.get('root') ?? []),
      id,
      ...optional('setId', idOf(one(root, 'setId'))),
      ...optional('version', versionOf(one(root, 'versionNumber'))),
      code,
      ...optional('title', textOf(one(root, 'title'))),
      ...optional('effectiveTime', timeOf(one(root, 'effectiveTime'))),
      ...optional('confidentiality', codeOf(one(root, 'confidentialityCode'))),
      ...optional('language', one(root, 'languageCode')?.attributes.get('code')),
      patient: patientOf(role),
      authors: all(root, 'author').map((author) => actorOf(author, 'assignedAuthor')),
      ...optional(
        'custodian',
        custodian && { ids: idsOf(custodian), ...optional('name', textOf(one(custodian, 'name'))) },
      ),
      ...optional('legalAuthenticator', legalAuthenticator && actorOf(legalAuthenticator, 'assignedEntity')),
      services: services.map(serviceOf),
      ...optional('mainService', main && serviceOf(main)),
      ...optional('facilityType', codeOf(facility && one(facility, 'code'))),
      ...optional('facility', facility && facilityOf(facility)),
      ...optional('encounter', encounter && periodOf(one(encounter, 'effectiveTime'))),
      ...optional('encounterIds', encounter && idsOf(encounter)),
      orders: all(root, 'inFulfillmentOf', 'order').flatMap(idsOf),
      related,
      replaces: related.flatMap(({ type, ids }) => (type === 'RPLC' ? ids : [])),
      body,
    },
  }
}

/** `urn:oid:` and the root, `^` and the extension when there is one: the XDS uniqueId as FHIR writes it. */
export function cdaUniqueId({ root, extension }: CdaId): string {
  const urn = isUuid(root) ? `urn:uuid:${root.toLowerCase()}` : `urn:oid:${root}`
  return extension === undefined ? urn : `${urn}^${extension}`
}

function patientOf(role: CdaElement): CdaPatient {
  const patient = one(role, 'patient')
  const names = patient ? all(patient, 'name') : []
  const isBirthName = (name: CdaElement): boolean =>
    all(name, 'family').some((family) => family.attributes.get('qualifier') === 'BR')
  const name = names.find(isBirthName) ?? names[0]
  const part = (tag: string, qualifier: string | undefined): string | undefined =>
    textOf(name && all(name, tag).find((e) => e.attributes.get('qualifier') === qualifier))
  const genders = { M: 'male', F: 'female', UN: 'unknown' } as const
  const gender = codeOf(patient && one(patient, 'administrativeGenderCode'))?.code
  const birth = patient && one(patient, 'birthTime')?.attributes.get('value')
  const ids = idsOf(role)
  return {
    ids,
    ins: ids.flatMap(({ root, extension }) =>
      insKind(root) && extension !== undefined ? [{ system: `urn:oid:${root}`, value: extension }] : [],
    ),
    ...optional('family', part('family', 'BR')),
    ...optional('birthGivenNames', part('given', undefined)),
    ...optional('firstGiven', part('given', 'BR')),
    ...optional('gender', gender === 'M' || gender === 'F' || gender === 'UN' ? genders[gender] : undefined),
    ...optional('birthDate', birth === undefined ? undefined : cdaDate(birth)),
    ...optional('birthPlace', textOf(patient && one(patient, 'birthplace', 'place', 'addr', 'county'))),
  }
}

function actorOf(participation: CdaElement, entityName: string): CdaActor {
  const entity = one(participation, entityName)
  const organisation = entity && one(entity, 'representedOrganization')
  return {
    ids: entity ? idsOf(entity) : [],
    ...optional('name', nameOf(entity && one(entity, 'assignedPerson'))),
    ...optional('time', timeOf(one(participation, 'time'))),
    ...optional('code', codeOf(entity && one(entity, 'code'))),
    ...optional('functionCode', codeOf(one(participation, 'functionCode'))),
    organisations: organisation ? idsOf(organisation) : [],
    ...optional('organisationName', textOf(organisation && one(organisation, 'name'))),
  }
}

/** The organisation in charge names a facility whose location has no name. */
function facilityOf(facility: CdaElement): NonNullable<CdaHeader['facility']> {
  const provider = one(facility, 'serviceProviderOrganization')
  const own = idsOf(facility)
  const name = textOf(one(facility, 'location', 'name')) ?? textOf(provider && one(provider, 'name'))
  return { ids: own.length > 0 || !provider ? own : idsOf(provider), ...optional('name', name) }
}

function relationOf(related: CdaElement): CdaRelation {
  const parent = one(related, 'parentDocument')
  return {
    type: related.attributes.get('typeCode') ?? '',
    ids: parent ? idsOf(parent) : [],
    ...optional('setId', idOf(parent && one(parent, 'setId'))),
    ...optional('version', versionOf(parent && one(parent, 'versionNumber'))),
  }
}

function versionOf(element: CdaElement | undefined): number | undefined {
  const text = element?.attributes.get('value') ?? ''
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined
}

function nameOf(person: CdaElement | undefined): CdaName | undefined {
  const name = person && one(person, 'name')
  if (!name) return undefined
  const family = textOf(one(name, 'family'))
  const given = all(name, 'given').flatMap((part) => textOf(part) ?? [])
  if (family === undefined && given.length === 0) return undefined
  return { ...optional('family', family), ...(given.length > 0 ? { given } : {}) }
}

function serviceOf(service: CdaElement): CdaService {
  const setting = ['performer', 'assignedEntity', 'representedOrganization', 'standardIndustryClassCode']
  return {
    ...optional('code', codeOf(one(service, 'code'))),
    period: periodOf(one(service, 'effectiveTime')),
    ...optional('practiceSetting', codeOf(one(service, ...setting))),
    performers: all(service, 'performer').map((performer) => actorOf(performer, 'assignedEntity')),
  }
}
