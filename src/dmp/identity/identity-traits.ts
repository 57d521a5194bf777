/**
 * Who a patient is: the traits of a qualified identity, read from an FR Core Patient, checked, and compared.
 *
 * NOT checked: that the traits belong to the matricule (only the teleservice INSi knows), and that the given names
 * agree between two sources (rule I3 compares name at birth, sex and date of birth).
 * @see rules I1 to I3; FR Core `fr-core-patient-ins` 2.1.0 and 2.2.0
 */
import type { Extension, Patient } from '@medplum/fhirtypes'
import { parseFhirDate } from '../../fhir/date.ts'
import { fold } from '../../fhir/fold.ts'
import type { Issue } from '../../fhir/issue.ts'
import { type Ins, insKind, readIns } from './ins.ts'

const frCore = 'https://hl7.fr/ig/fhir/core/StructureDefinition'
export const identityExtensions = {
  birthGivenNames: `${frCore}/fr-core-patient-birth-list-given-name`,
  reliability: `${frCore}/fr-core-identity-reliability`,
  inseeCode: `${frCore}/fr-core-address-insee-code`,
  birthPlace: 'http://hl7.org/fhir/StructureDefinition/patient-birthPlace',
} as const

/** A commune or country of birth by its code (COG): five characters, 99999 when unknown. */
const placeCode = /^(?:\d{5}|2[AB]\d{3})$/

export type IdentityTraits = {
  /** The matricules in use, then those kept as history (`use` = old); not checked. */
  readonly ins: readonly Ins[]
  readonly formerIns: readonly Ins[]
  /** Family name at birth. */
  readonly family?: string
  /** The list of given names of the birth certificate, as one text. */
  readonly birthGivenNames?: string
  readonly firstGiven?: string
  readonly gender?: string
  readonly birthDate?: string
  readonly birthPlace?: string
  /** VALI when the identity was validated (fr-core-cs-v2-0445). */
  readonly reliability?: string
}

export type ComparedTraits = Pick<IdentityTraits, 'family' | 'gender' | 'birthDate'>

/**
 * What a sender says of a patient, each in its own words where several were sent: names at birth are those of `use`
 * official or maiden, or, without any, those that do not say what they are.
 */
export function saidTraits({ name = [], gender, birthDate }: Patient): readonly ComparedTraits[] {
  const atBirth = name.filter(({ use }) => use === 'official' || use === 'maiden')
  const families = (atBirth.length > 0 ? atBirth : name.filter(({ use }) => use === undefined)).flatMap(
    ({ family }) => family ?? [],
  )
  const others = { ...present('gender', gender), ...present('birthDate', birthDate) }
  return families.length === 0 ? [others] : families.map((family) => ({ family, ...others }))
}

export function identityTraits(patient: Patient): IdentityTraits {
  const matricules = (patient.identifier ?? []).flatMap(({ system = '', value = '', use }) =>
    insKind(system) ? [{ system, value, old: use === 'old' }] : [],
  )
  const ins = (old: boolean): Ins[] =>
    matricules.filter((m) => m.old === old).map(({ system, value }) => ({ system, value }))
  const name = patient.name?.find((n) => n.use === 'official')
  const birthGivenNames = extension(name?.extension, identityExtensions.birthGivenNames)?.valueString
  const birthPlace = extension(patient.extension, identityExtensions.birthPlace)?.valueAddress
  const statuses = (patient.extension ?? [])
    .filter((e) => e.url === identityExtensions.reliability)
    .flatMap((e) => extension(e.extension, 'identityStatus')?.valueCoding?.code ?? [])
  return {
    ins: ins(false),
    formerIns: ins(true),
    ...present('family', name?.family),
    ...present('birthGivenNames', birthGivenNames),
    ...present('firstGiven', name?.given?.[0]),
    ...present('gender', patient.gender),
    ...present('birthDate', patient.birthDate),
    ...present(
      'birthPlace',
      extension(birthPlace?.extension, identityExtensions.inseeCode)?.valueCoding?.code,
    ),
    ...present('reliability', statuses.includes('VALI') ? 'VALI' : statuses[0]),
  }
}

/** What an identity lacks to be a qualified one (rule I1), one issue per trait. */
export function checkQualifiedIdentity(patient: Patient, allowTestIns: boolean): Issue[] {
  const traits = identityTraits(patient)
  const missing = (name: string, expression: string): Issue => ({
    severity: 'error',
    type: 'business-rule',
    error: 'ins-non-qualifiee',
    params: { missing: name },
    expression,
    rule: 'I1',
  })
  const issues: Issue[] = []
  const demand = (met: boolean, name: string, expression: string): void => {
    if (!met) issues.push(missing(name, expression))
  }
  const distinct = new Set(traits.ins.map((ins) => `${ins.system}|${ins.value}`))
  demand(distinct.size === 1, 'identifier (INS)', 'Patient.identifier')
  ;(patient.identifier ?? []).forEach((identifier, i) => {
    if (!insKind(identifier.system ?? '')) return
    const read = readIns(identifier, allowTestIns, `Patient.identifier[${i}]`)
    if ('issue' in read) issues.push(read.issue)
  })
  const official = "Patient.name.where(use='official')"
  demand(isText(traits.family), 'name[official].family', `${official}.family`)
  demand(isText(traits.firstGiven), 'name[official].given', `${official}.given`)
  demand(isText(traits.birthGivenNames), 'birth-list-given-name', `${official}.extension`)
  demand(traits.gender === 'male' || traits.gender === 'female', 'gender', 'Patient.gender')
  demand(parseFhirDate(traits.birthDate ?? '')?.precision === 'day', 'birthDate', 'Patient.birthDate')
  demand(placeCode.test(traits.birthPlace ?? ''), 'patient-birthPlace (COG)', 'Patient.extension')
  demand(traits.reliability === 'VALI', 'identityReliability VALI', 'Patient.extension')
  return issues
}

/**
 * The traits that differ (rule I3). A trait that one side does not give is not compared: callers who demand all three
 * check the sender's identity first.
 */
export function compareTraits(a: ComparedTraits, b: ComparedTraits): ('family' | 'gender' | 'birthDate')[] {
  const differ = (x: string | undefined, y: string | undefined, form: (text: string) => string): boolean =>
    x !== undefined && y !== undefined && form(x) !== form(y)
  const same = (text: string): string => text
  const differences: ('family' | 'gender' | 'birthDate')[] = []
  if (differ(a.family, b.family, foldName)) differences.push('family')
  if (differ(a.gender, b.gender, same)) differences.push('gender')
  if (differ(a.birthDate, b.birthDate, same)) differences.push('birthDate')
  return differences
}

/** `Le Goff-d’Œuvre` and `LEGOFF D'OEUVRE` are one name: no case, accents, hyphens, apostrophes or spaces. */
export function foldName(name: string): string {
  return fold(name).replaceAll(' ', '')
}

function extension(extensions: readonly Extension[] | undefined, url: string): Extension | undefined {
  return extensions?.find((e) => e.url === url)
}

function isText(value: string | undefined): boolean {
  return value !== undefined && value.trim() !== ''
}

function present<K extends string>(key: K, value: string | undefined): { [P in K]?: string } {
  const trait: { [P in K]?: string } = {}
  if (value !== undefined) trait[key] = value
  return trait
}
