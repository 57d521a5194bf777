/** Small correct resources for conformance cases. Nothing in them belongs to a person. */
import type { CodeableConcept, Observation, Patient, Resource } from '@medplum/fhirtypes'

export const CODES = 'https://conformance.example/codes'
export const IDENTIFIERS = 'https://conformance.example/identifiers'

export function patient(fields: Partial<Patient> = {}): Patient {
  return { resourceType: 'Patient', name: [{ family: 'Conformance', given: ['Case'] }], ...fields }
}

export function identified(value: string, fields: Partial<Patient> = {}): Patient {
  return patient({ identifier: [{ system: IDENTIFIERS, value }], ...fields })
}

/** `identifier=…` that finds a resource made by `identified`. */
export function byIdentifier(value: string): string {
  return `identifier=${encodeURIComponent(`${IDENTIFIERS}|${value}`)}`
}

export function concept(code: string, system = CODES): CodeableConcept {
  return { coding: [{ system, code }] }
}

export function observation(fields: Partial<Observation> = {}): Observation {
  return { resourceType: 'Observation', status: 'final', code: concept('any'), ...fields }
}

/** The smallest correct resource of some types, to try the same thing on many. */
export const smallest: readonly Resource[] = [
  { resourceType: 'Patient' },
  { resourceType: 'Practitioner' },
  { resourceType: 'Organization', name: 'Any' },
  { resourceType: 'Location' },
  { resourceType: 'Device' },
  { resourceType: 'Basic', code: concept('basic') },
  { resourceType: 'Group', type: 'person', actual: true },
  { resourceType: 'List', status: 'current', mode: 'working' },
  { resourceType: 'Medication' },
  { resourceType: 'ValueSet', status: 'draft' },
  { resourceType: 'CodeSystem', status: 'draft', content: 'not-present' },
  { resourceType: 'Questionnaire', status: 'draft' },
  { resourceType: 'PlanDefinition', status: 'draft' },
  { resourceType: 'Binary', contentType: 'text/plain', data: 'YQ==' },
  { resourceType: 'Bundle', type: 'collection' },
  { resourceType: 'Encounter', status: 'planned', class: { system: CODES, code: 'any' } },
  {
    resourceType: 'Slot',
    schedule: { display: 'any' },
    status: 'free',
    start: '2020-01-01T00:00:00Z',
    end: '2020-01-01T01:00:00Z',
  },
]
