/**
 * What one coded entry of a section says, as a resource of FHIR: what is in the entry, and nothing that would have to be
 * inferred. An entry that does not say what it is about (an allergy without an agent, as "no known allergy" is often
 * written) is no line; its words stand in the narrative.
 * @see CI-SIS entries 1.2.250.1.213.1.1.3.37 (problem), .41 (allergy), .42 (treatment), .45 (vaccination), .62 (act)
 */
import type {
  AllergyIntolerance,
  CodeableConcept,
  Condition,
  Immunization,
  MedicationStatement,
  Period,
  Procedure,
} from '@medplum/fhirtypes'
import { all, type CdaNode, one, textOf } from './cda-sections.ts'
import { conceptOf, nonEmpty, periodOf, type Reader, referredText } from './cda-values.ts'

export type Line = AllergyIntolerance | Condition | Immunization | MedicationStatement | Procedure
export type LineKind = 'allergy' | 'condition' | 'treatment' | 'act' | 'vaccination'
type Patient = { readonly reference: string }

/** The lines of one entry; none when it is of another kind, or says too little. */
export const linesOf: Readonly<
  Record<LineKind, (reader: Reader, entry: CdaNode, patient: Patient) => Line[]>
> = {
  allergy: (reader, entry, patient) =>
    observationsOf(entry).flatMap(({ act, observation }) => allergy(reader, act, observation, patient)),
  condition: (reader, entry, patient) =>
    observationsOf(entry).flatMap(({ act, observation }) => condition(reader, act, observation, patient)),
  treatment: (reader, entry, patient) =>
    all(entry, 'substanceAdministration').flatMap((given) => treatment(reader, given, patient)),
  act: (reader, entry, patient) => all(entry, 'procedure').flatMap((done) => act(reader, done, patient)),
  vaccination: (reader, entry, patient) =>
    all(entry, 'substanceAdministration').flatMap((given) => vaccination(reader, given, patient)),
}

/** A concern and what it is about; an observation may stand alone. */
function observationsOf(
  entry: CdaNode,
): { readonly act: CdaNode | undefined; readonly observation: CdaNode }[] {
  const alone = all(entry, 'observation').map((observation) => ({ act: undefined, observation }))
  const concerns = all(entry, 'act').flatMap((act) =>
    all(act, 'entryRelationship', 'observation').map((observation) => ({ act, observation })),
  )
  return [...alone, ...concerns]
}

const CLINICAL = 'http://terminology.hl7.org/CodeSystem/'
const concerns: ReadonlyMap<string, 'active' | 'inactive' | 'resolved'> = new Map([
  ['active', 'active'],
  ['suspended', 'inactive'],
  ['aborted', 'inactive'],
  ['completed', 'resolved'],
])

/** What the status observation (LOINC 33999-4) says, else the status of the concern. */
function clinicalStatus(
  act: CdaNode | undefined,
  observation: CdaNode,
  system: string,
): { readonly status: string; readonly concept: CodeableConcept } | undefined {
  const told = all(observation, 'entryRelationship', 'observation')
    .filter((one_) => one(one_, 'code')?.attributes.get('code') === '33999-4')
    .map((one_) => one(one_, 'value')?.attributes.get('code'))
    .find((code) => code === 'active' || code === 'inactive' || code === 'resolved')
  const status = told ?? concerns.get(one(act, 'statusCode')?.attributes.get('code') ?? '')
  if (status === undefined) return undefined
  return { status, concept: { coding: [{ system: `${CLINICAL}${system}`, code: status }] } }
}

function isNegated({ attributes }: CdaNode): boolean {
  return attributes.get('negationInd') === 'true'
}

function allergy(
  reader: Reader,
  act: CdaNode | undefined,
  observation: CdaNode,
  patient: Patient,
): AllergyIntolerance[] {
  const agent = all(observation, 'participant', 'participantRole', 'playingEntity')[0]
  const name = nonEmpty(agent ? textOf(one(agent, 'name') ?? agent) : '')
  const code =
    conceptOf(reader, one(agent, 'code')) ??
    conceptOf(reader, one(observation, 'value')) ??
    (name === undefined ? undefined : { text: name })
  const status = clinicalStatus(act, observation, 'allergyintolerance-clinical')
  if (!code || !status) return []
  const start = periodOf(observation)?.start
  const kind = conceptOf(reader, one(observation, 'code'))
  return [
    {
      resourceType: 'AllergyIntolerance',
      clinicalStatus: status.concept,
      ...(isNegated(observation)
        ? {
            verificationStatus: {
              coding: [{ system: `${CLINICAL}allergyintolerance-verification`, code: 'refuted' }],
            },
          }
        : {}),
      code,
      patient,
      ...(start === undefined ? {} : { onsetDateTime: start }),
      ...(kind
        ? { note: [{ text: kind.text ?? kind.coding?.[0]?.display ?? kind.coding?.[0]?.code ?? '' }] }
        : {}),
    },
  ]
}

function condition(
  reader: Reader,
  act: CdaNode | undefined,
  observation: CdaNode,
  patient: Patient,
): Condition[] {
  const text = referredText(reader, one(observation, 'text', 'reference'))
  const code = conceptOf(reader, one(observation, 'value')) ?? (text === undefined ? undefined : { text })
  if (!code) return []
  const status = clinicalStatus(act, observation, 'condition-clinical')
  const { start, end }: Period = periodOf(observation) ?? {}
  // FHIR: what has ended is not active (con-4).
  const ended = end !== undefined && status !== undefined && status.status !== 'active'
  return [
    {
      resourceType: 'Condition',
      ...(status ? { clinicalStatus: status.concept } : {}),
      ...(isNegated(observation)
        ? {
            verificationStatus: { coding: [{ system: `${CLINICAL}condition-ver-status`, code: 'refuted' }] },
          }
        : {}),
      code,
      subject: patient,
      ...(start === undefined ? {} : { onsetDateTime: start }),
      ...(ended ? { abatementDateTime: end } : {}),
    },
  ]
}

/** The product by its codes, or by its name. */
function productOf(reader: Reader, given: CdaNode): CodeableConcept | undefined {
  const material = all(given, 'consumable', 'manufacturedProduct', 'manufacturedMaterial')[0]
  const name = one(material, 'name')
  const named = name && nonEmpty(textOf(name))
  return conceptOf(reader, one(material, 'code')) ?? (named === undefined ? undefined : { text: named })
}

/** Whether it is taken now, CDA does not say: its statusCode is that of having written it down. */
function treatment(reader: Reader, given: CdaNode, patient: Patient): MedicationStatement[] {
  const product = productOf(reader, given)
  if (!product) return []
  const period = periodOf(given)
  const route = conceptOf(reader, one(given, 'routeCode'))
  return [
    {
      resourceType: 'MedicationStatement',
      status: isNegated(given)
        ? 'not-taken'
        : given.attributes.get('moodCode') === 'INT'
          ? 'intended'
          : 'unknown',
      medicationCodeableConcept: product,
      subject: patient,
      ...(period ? { effectivePeriod: period } : {}),
      ...(route ? { dosage: [{ route }] } : {}),
    },
  ]
}

const procedureStatus: ReadonlyMap<string, Procedure['status']> = new Map([
  ['completed', 'completed'],
  ['active', 'in-progress'],
  ['aborted', 'stopped'],
  ['cancelled', 'not-done'],
])

/** What was done; what is only planned is no antecedent. */
function act(reader: Reader, done: CdaNode, patient: Patient): Procedure[] {
  const text = referredText(reader, one(done, 'text', 'reference'))
  const code = conceptOf(reader, one(done, 'code')) ?? (text === undefined ? undefined : { text })
  if (!code || done.attributes.get('moodCode') !== 'EVN') return []
  const { start, end }: Period = periodOf(done) ?? {}
  const told = procedureStatus.get(one(done, 'statusCode')?.attributes.get('code') ?? '')
  return [
    {
      resourceType: 'Procedure',
      status: isNegated(done) ? 'not-done' : (told ?? 'unknown'),
      code,
      subject: patient,
      ...(start !== undefined && end !== undefined ? { performedPeriod: { start, end } } : {}),
      ...(start !== undefined && end === undefined ? { performedDateTime: start } : {}),
    },
  ]
}

/** Without a date it says so: FHIR demands one. */
function vaccination(reader: Reader, given: CdaNode, patient: Patient): Immunization[] {
  const vaccineCode = productOf(reader, given)
  if (!vaccineCode || given.attributes.get('moodCode') !== 'EVN') return []
  const start = periodOf(given)?.start
  const lot = all(given, 'consumable', 'manufacturedProduct', 'manufacturedMaterial', 'lotNumberText')[0]
  const lotNumber = lot && nonEmpty(textOf(lot))
  const route = conceptOf(reader, one(given, 'routeCode'))
  return [
    {
      resourceType: 'Immunization',
      status: isNegated(given) ? 'not-done' : 'completed',
      vaccineCode,
      patient,
      ...(start === undefined
        ? { occurrenceString: 'Date non renseignée dans le document' }
        : { occurrenceDateTime: start }),
      ...(lotNumber === undefined ? {} : { lotNumber }),
      ...(route ? { route } : {}),
    },
  ]
}
