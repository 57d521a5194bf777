/**
 * What the header of a CDA R2 document says, as values: the part that metadata repeat (CI-SIS structuration minimale).
 * Persons' names are read for the patient alone, to compare traits (rule I3).
 *
 * NOT checked: required elements beyond the id, code, patient and body; value sets; the key of an INS.
 * @see CI-SIS "structuration minimale" 1.2.250.1.213.1.1.1.1
 */
import { cdaDate, cdaDateTime } from './cda-time.ts'
import type { CdaBody, CdaElement, CdaFault } from './cda-tree.ts'
import { type Ins, insKind } from './ins.ts'

export type CdaId = { readonly root: string; readonly extension?: string }
/** `system` is an OID. */
export type CdaCode = { readonly code: string; readonly system: string; readonly display?: string }
export type CdaPeriod = { readonly start?: string; readonly end?: string }

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

export type CdaActor = {
  readonly ids: readonly CdaId[]
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
  readonly encounter?: CdaPeriod
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
  const version = Number(one(root, 'versionNumber')?.attributes.get('value'))
  const replaced = all(root, 'relatedDocument').filter((d) => d.attributes.get('typeCode') === 'RPLC')
  return {
    header: {
      templateIds: all(root, 'templateId').flatMap((t) => t.attributes.get('root') ?? []),
      id,
      ...optional('setId', idOf(one(root, 'setId'))),
      ...optional('version', Number.isSafeInteger(version) ? version : undefined),
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
      ...optional(
        'facilityType',
        codeOf(encounter && one(encounter, 'location', 'healthCareFacility', 'code')),
      ),
      ...optional('encounter', encounter && periodOf(one(encounter, 'effectiveTime'))),
      replaces: replaced.flatMap((d) => all(d, 'parentDocument', 'id').flatMap((i) => idOf(i) ?? [])),
      body,
    },
  }
}

/** `urn:oid:` and the root, `^` and the extension when there is one: the XDS uniqueId as FHIR writes it. */
export function cdaUniqueId({ root, extension }: CdaId): string {
  const urn = isUuid(root) ? `urn:uuid:${root.toLowerCase()}` : `urn:oid:${root}`
  return extension === undefined ? urn : `${urn}^${extension}`
}

const isUuid = (root: string): boolean => /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(root)
const isOid = (root: string): boolean => /^[0-2](?:\.(?:0|[1-9]\d*))+$/.test(root)

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
    ...optional('code', codeOf(entity && one(entity, 'code'))),
    ...optional('functionCode', codeOf(one(participation, 'functionCode'))),
    organisations: organisation ? idsOf(organisation) : [],
    ...optional('organisationName', textOf(organisation && one(organisation, 'name'))),
  }
}

function serviceOf(service: CdaElement): CdaService {
  const setting = ['performer', 'assignedEntity', 'representedOrganization', 'standardIndustryClassCode']
  return {
    ...optional('code', codeOf(one(service, 'code'))),
    period: periodOf(one(service, 'effectiveTime')),
    ...optional('practiceSetting', codeOf(one(service, ...setting))),
  }
}

/** The first element of a path; an element with a nullFlavor says nothing, and counts as absent. */
function one(from: CdaElement, ...path: readonly string[]): CdaElement | undefined {
  return first(from, path, 0)
}

function first(from: CdaElement, path: readonly string[], at: number): CdaElement | undefined {
  if (at === path.length) return from
  for (const child of from.children) {
    const found = is(child, path[at]) ? first(child, path, at + 1) : undefined
    if (found) return found
  }
  return undefined
}

function all(from: CdaElement, ...path: readonly string[]): readonly CdaElement[] {
  let reached: readonly CdaElement[] = [from]
  for (const name of path) {
    const next: CdaElement[] = []
    for (const element of reached) for (const child of element.children) if (is(child, name)) next.push(child)
    reached = next
  }
  return reached
}

function is(element: CdaElement, name: string | undefined): boolean {
  return element.name === name && !element.attributes.has('nullFlavor')
}

function idOf(element: CdaElement | undefined): CdaId | undefined {
  const root = element?.attributes.get('root') ?? ''
  const extension = element?.attributes.get('extension')
  if (!isOid(root) && !isUuid(root)) return undefined
  return extension === undefined || extension === '' ? { root } : { root, extension }
}

function idsOf(element: CdaElement): CdaId[] {
  return all(element, 'id').flatMap((id) => idOf(id) ?? [])
}

function codeOf(element: CdaElement | undefined): CdaCode | undefined {
  const code = element?.attributes.get('code')
  if (element === undefined || code === undefined || code === '') return undefined
  const display = element.attributes.get('displayName')
  return { code, system: element.attributes.get('codeSystem') ?? '', ...optional('display', display) }
}

function textOf(element: CdaElement | undefined): string | undefined {
  const text = element?.text.replace(/\s+/g, ' ').trim()
  return text === '' ? undefined : text
}

function timeOf(element: CdaElement | undefined): string | undefined {
  return cdaDateTime(element?.attributes.get('value') ?? '')
}

/** A single value is the start: XDS's serviceStartTime reads it so. */
function periodOf(element: CdaElement | undefined): CdaPeriod {
  if (!element) return {}
  return {
    ...optional('start', timeOf(one(element, 'low')) ?? timeOf(element)),
    ...optional('end', timeOf(one(element, 'high'))),
  }
}

function optional<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  const entry: { [P in K]?: V } = {}
  if (value !== undefined) entry[key] = value
  return entry
}
