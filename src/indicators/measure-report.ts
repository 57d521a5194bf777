/**
 * The figures of a measure as a FHIR MeasureReport of type summary. What may not be told stands as a population without a
 * count, whose absence is said (`masked`).
 * @see https://hl7.org/fhir/R4/measurereport.html
 */
import type { JsonObject } from '../fhir/json.ts'
import type { Concept, FigureGroup, Score, Stratifier } from './figures.ts'
import type { Measure } from './measure.ts'
import { canonicalOf, MEASURES_VERSION } from './measures.ts'
import { firstDayOf, lastDayOf, type Month } from './month.ts'

const POPULATION = 'http://terminology.hl7.org/CodeSystem/measure-population'
const EXTENSION = 'https://dmp-fhir.example/StructureDefinition'
const UCUM = 'http://unitsofmeasure.org'

/**
 * @param groups undefined while the month is not counted to its end: the report is then pending
 * @param date instant of the report
 */
export function measureReport(
  measure: Measure,
  month: Month,
  groups: readonly FigureGroup[] | undefined,
  date: string,
): JsonObject {
  return {
    resourceType: 'MeasureReport',
    status: groups ? 'complete' : 'pending',
    type: 'summary',
    measure: `${canonicalOf(measure)}|${MEASURES_VERSION}`,
    date,
    period: { start: firstDayOf(month), end: lastDayOf(month) },
    ...(groups ? { group: groups.map((group) => groupOf(group, measure.scoring)) } : {}),
  }
}

function groupOf(figures: FigureGroup, scoring: Measure['scoring']): JsonObject {
  const { code, since, population, score, stratifiers } = figures
  const isShare = scoring === 'proportion' && 'numerator' in figures
  return {
    ...(since === undefined
      ? {}
      : { extension: [{ url: `${EXTENSION}/obligation-depuis`, valueDate: since }] }),
    code: concept(code),
    population: [
      populationOf(isShare ? 'denominator' : 'initial-population', population),
      ...(isShare ? [populationOf('numerator', figures.numerator)] : []),
    ],
    ...(score ? { measureScore: quantity(score) } : {}),
    ...(stratifiers.length > 0 ? { stratifier: stratifiers.map(stratifierOf) } : {}),
  }
}

function populationOf(code: string, count: number | undefined): JsonObject {
  const role = { code: { coding: [{ system: POPULATION, code }] } }
  if (count !== undefined) return { ...role, count }
  const url = 'http://hl7.org/fhir/StructureDefinition/data-absent-reason'
  return { ...role, _count: { extension: [{ url, valueCode: 'masked' }] } }
}

/** Where it is known to lie between two numbers, the upper one, excluded, with both beside it. */
function quantity({ value, unit, low, high }: Score): JsonObject {
  const unitOf = { unit, system: UCUM, code: unit }
  if (low === undefined || high === undefined) return { value, ...unitOf }
  const range = { low: { value: low, ...unitOf }, high: { value: high, ...unitOf } }
  return {
    extension: [{ url: `${EXTENSION}/intervalle`, valueRange: range }],
    value,
    comparator: '<',
    ...unitOf,
  }
}

function stratifierOf({ levels, cells }: Stratifier): JsonObject {
  return {
    code: levels.map(concept),
    stratum: cells.map(({ at, count }) => {
      const [only, ...more] = at
      const population = [populationOf('initial-population', count)]
      if (only && more.length === 0) return { value: concept(only), population }
      const component = at.map((value, i) => ({ code: concept(levels[i] ?? value), value: concept(value) }))
      return { component, population }
    }),
  }
}

function concept({ system, code, display }: Concept): JsonObject {
  return { coding: [{ system, code, ...(display === undefined ? {} : { display }) }] }
}
