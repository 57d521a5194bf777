/**
 * A measure as a FHIR Measure. Its criteria are words for people: what is counted is decided by src/indicators, and no
 * expression of a client is evaluated.
 * @see https://hl7.org/fhir/R4/measure.html
 */
import type { JsonObject } from '../fhir/json.ts'
import type { Measure } from './measure.ts'
import { canonicalOf, MEASURES_DATE, MEASURES_VERSION } from './measures.ts'

const POPULATION = 'http://terminology.hl7.org/CodeSystem/measure-population'
const SCORING = 'http://terminology.hl7.org/CodeSystem/measure-scoring'

export function measureResource(measure: Measure): JsonObject {
  const { id, name, title, description, subject, scoring } = measure
  const roles = scoring === 'cohort' ? ['initial-population'] : ['denominator', 'numerator']
  return {
    resourceType: 'Measure',
    id,
    meta: { versionId: MEASURES_VERSION },
    url: canonicalOf(measure),
    version: MEASURES_VERSION,
    name,
    title,
    status: 'active',
    experimental: false,
    subjectCodeableConcept: { coding: [{ system: 'http://hl7.org/fhir/resource-types', code: subject }] },
    date: MEASURES_DATE,
    description,
    disclaimer:
      'Effectifs de 1 à 10 non publiés, ni déductibles des autres ; mois entiers (UTC), publiés un jour après leur fin.',
    scoring: { coding: [{ system: SCORING, code: scoring }] },
    group: [
      {
        population: roles.map((code) => ({
          code: { coding: [{ system: POPULATION, code }] },
          criteria: { language: 'text/plain', expression: description },
        })),
      },
    ],
  }
}
