/**
 * `$everything` of a Patient or an Encounter: the resources of its compartment, page by page, with what they refer to.
 * `start` and `end` keep to a time of care (care-dates.ts), `_since` to what was changed.
 * @see https://hl7.org/fhir/R4/patient-operation-everything.html, encounter-operation-everything.html
 */
import { type DateInterval, parseFhirDate } from '../../../fhir/date.ts'
import { refusal } from '../../../fhir/fhir-error.ts'
import {
  type OperationParameters,
  parametersOfQuery,
  readParameters,
  refuseUnknown,
} from '../../../fhir/operation-parameters.ts'
import type { Criterion } from '../../../search/search-expression.ts'
import { readResource } from '../../../storage/resources/read-resources.ts'
import type { Answer, Exchange } from '../../exchange.ts'
import type { Input } from '../../input.ts'
import type { Pairs } from '../../query.ts'
import { readBody } from '../../read-body.ts'
import { compartment } from '../compartment.ts'
import type { RestEngine } from '../rest-engine.ts'
import { badValue } from '../result-form.ts'
import { search } from '../search.ts'
import { careDates } from './care-dates.ts'
import { includeReferenced } from './include-referenced.ts'

const OF_SEARCH = ['_type', '_count', '_summary', '_elements', '_cursor']
const DATES: Readonly<Record<string, readonly string[]>> = {
  Patient: ['start', 'end', '_since'],
  Encounter: ['_since'],
}

export async function everything(engine: RestEngine, exchange: Exchange, input: Input): Promise<Answer> {
  const { type, id } = input
  const dates = DATES[type] ?? []
  const given = [parametersOfQuery(input.pairs)]
  if (input.body) given.push(readParameters(readBody(engine, input.body)))
  for (const parameters of given) refuseUnknown(parameters, [...dates, ...OF_SEARCH])
  const asked = dates.flatMap((name) => textsOf(given, name))
  const times = criteriaOf(asked)
  const pairs = OF_SEARCH.flatMap((name) => textsOf(given, name))
  const centre = await readResource(engine.reads, { patientKey: engine.partition, type, id }, engine.reach)
  if (!centre) throw refusal('not-found', 'inconnu')
  if (centre.method === 'DELETE') throw refusal('deleted', 'supprime')
  const within = compartment(engine, type, id)
  const wanted = pairs.some(([name]) => name === '_type')
  return search(engine, exchange, within.types, pairs, {
    path: `${type}/${id}/$everything`,
    within: [within.criterion, ...times],
    asked,
    include: (page, { types }) => includeReferenced(engine, within, page, wanted ? types : undefined),
  })
}

/** Out of the query and the Parameters; `_type` may repeat, and is one list then. @throws FhirError 400 */
function textsOf(given: readonly OperationParameters[], name: string): Pairs {
  const texts = given.flatMap((parameters) =>
    (parameters.get(name) ?? []).map(({ value }) => {
      if (typeof value === 'string' || typeof value === 'number') return String(value)
      throw badValue(name, 'code | integer | date')
    }),
  )
  if (name === '_type') return texts.length > 0 ? [[name, texts.join(',')]] : []
  return texts.map((text) => [name, text])
}

/** @throws FhirError 400 for what is no date, and for one given twice */
function criteriaOf(asked: Pairs): Criterion[] {
  const ranges = new Map<string, DateInterval>()
  for (const [name, value] of asked) {
    // A plus sign that was not percent-encoded arrives as a space.
    const range = parseFhirDate(value.replace(/ (?=\d\d:\d\d$)/, '+'))
    if (!range || ranges.has(name)) throw badValue(name, '1 × 2026-01-31')
    ranges.set(name, range)
  }
  const [start, end, since] = ['start', 'end', '_since'].map((name) => ranges.get(name))
  return [
    ...(start || end
      ? [
          {
            kind: 'care-time' as const,
            parameter: '_care' as const,
            start: start?.start ?? Number.NEGATIVE_INFINITY,
            end: end?.end ?? Number.POSITIVE_INFINITY,
            parameters: careDates,
          },
        ]
      : []),
    ...(since
      ? [{ kind: 'date' as const, parameter: '_lastUpdated', values: [{ prefix: 'ge' as const, ...since }] }]
      : []),
  ]
}
