/** One encounter and what came of it: measures, diagnoses, documents. Pieces refer to each other by the urns given. */
import type { JsonObject } from '../fhir/json.ts'
import {
  bloodPressure,
  diagnoses,
  documentTypes,
  encounterClasses,
  ICD_10,
  LOINC,
  type Measure,
  measures,
  UCUM,
} from './clinical-tables.ts'
import { dateOf, dateTimeOf } from './made-up-time.ts'
import type { Random } from './seeded-random.ts'

/** References of an encounter: of its patient and itself, and the staff. */
export type Setting = {
  readonly patient: string
  readonly encounter: string
  readonly practitioner: string
  readonly organization: string
}

type Coded = readonly [code: string, display: string]
const TERMINOLOGY = 'http://terminology.hl7.org/CodeSystem'
const concept = (system: string, [code, display]: Coded): JsonObject => ({
  coding: [{ system, code, display }],
})
const plain = (system: string, code: string): JsonObject => ({
  coding: [{ system: `${TERMINOLOGY}/${system}`, code }],
})

export function encounter(at: Setting, day: number, random: Random): JsonObject {
  const [code, display] = random.pickRanked(encounterClasses)
  const start = 8 * 60 + random.below(10 * 60)
  const minutes = code === 'IMP' ? (1 + random.below(9)) * 24 * 60 : 15 + random.below(180)
  return {
    resourceType: 'Encounter',
    status: 'finished',
    class: { system: `${TERMINOLOGY}/v3-ActCode`, code, display },
    subject: { reference: at.patient },
    participant: [{ individual: { reference: at.practitioner } }],
    period: { start: dateTimeOf(day, start), end: dateTimeOf(day, start + minutes) },
    serviceProvider: { reference: at.organization },
  }
}

export function observation(at: Setting, day: number, random: Random): JsonObject {
  const pressure = random.chance(0.12)
  const measure = random.pickRanked(measures)
  const when = dateTimeOf(day, 8 * 60 + random.below(11 * 60))
  return {
    resourceType: 'Observation',
    status: random.chance(0.98) ? 'final' : 'amended',
    category: [plain('observation-category', pressure ? 'vital-signs' : measure.category)],
    code: concept(LOINC, pressure ? bloodPressure.whole : measure.code),
    subject: { reference: at.patient },
    encounter: { reference: at.encounter },
    effectiveDateTime: when,
    issued: when,
    performer: [{ reference: at.practitioner }],
    ...(pressure ? { component: pressures(random) } : { valueQuantity: quantityOf(measure, random) }),
  }
}

function pressures(random: Random): JsonObject[] {
  const of = (code: Coded, value: number): JsonObject => ({
    code: concept(LOINC, code),
    valueQuantity: quantity(value, 'mm[Hg]'),
  })
  return [
    of(bloodPressure.systolic, 95 + random.below(75)),
    of(bloodPressure.diastolic, 55 + random.below(45)),
  ]
}

/** The sum of three even chances is round about the mean, as measures are. */
function quantityOf({ mean, spread, decimals, unit }: Measure, random: Random): JsonObject {
  const deviation = (random.next() + random.next() + random.next() - 1.5) * 2
  const value = Math.max(mean + deviation * spread, mean / 10)
  return quantity(Number(value.toFixed(decimals)), unit)
}

function quantity(value: number, code: string): JsonObject {
  return { value, unit: code, system: UCUM, code }
}

export function condition(at: Setting, day: number, random: Random): JsonObject {
  const active = random.chance(0.7)
  return {
    resourceType: 'Condition',
    clinicalStatus: plain('condition-clinical', active ? 'active' : 'resolved'),
    verificationStatus: plain('condition-ver-status', 'confirmed'),
    category: [plain('condition-category', 'encounter-diagnosis')],
    code: concept(ICD_10, random.pickRanked(diagnoses)),
    subject: { reference: at.patient },
    encounter: { reference: at.encounter },
    onsetDateTime: dateOf(day),
    recordedDate: dateOf(day),
    recorder: { reference: at.practitioner },
  }
}

/** @param name makes the document's identifier and address its own */
export function documentReference(at: Setting, day: number, name: string, random: Random): JsonObject {
  const [code, display] = random.pickRanked(documentTypes)
  const date = dateTimeOf(day, 8 * 60 + random.below(12 * 60))
  const size = 4_000 + random.below(200_000)
  return {
    resourceType: 'DocumentReference',
    masterIdentifier: { system: 'urn:ietf:rfc:3986', value: `urn:oid:1.2.250.1.213.1.1.9999.${name}` },
    status: random.chance(0.95) ? 'current' : 'superseded',
    type: concept(LOINC, [code, display]),
    subject: { reference: at.patient },
    date,
    author: [{ reference: at.practitioner }],
    custodian: { reference: at.organization },
    securityLabel: [plain('v3-Confidentiality', random.chance(0.97) ? 'N' : 'R')],
    content: [
      {
        attachment: {
          contentType: random.chance(0.6) ? 'application/pdf' : 'text/xml',
          language: 'fr-FR',
          url: `https://documents.example/${name}`,
          size,
          title: display,
          creation: date,
        },
      },
    ],
    context: { encounter: [{ reference: at.encounter }], period: { start: dateOf(day), end: dateOf(day) } },
  }
}
