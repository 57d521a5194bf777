/**
 * `$everything` of a Patient or an Encounter: the resources of its compartment, page by page, with what they refer to.
 * Its dates are those of the resources (`_since`); care dates (`start`, `end`) are not looked at and are refused.
 * @see https://hl7.org/fhir/R4/patient-operation-everything.html
 */
import { refusal } from '../../../fhir/fhir-error.ts'
import type { JsonObject } from '../../../fhir/json.ts'
import { readParameters } from '../../../fhir/operation-parameters.ts'
import { readResource } from '../../../storage/resources/read-resources.ts'
import type { Answer, Exchange } from '../../exchange.ts'
import type { Input } from '../../input.ts'
import type { Pairs } from '../../query.ts'
import { readBody } from '../../read-body.ts'
import type { RestEngine } from '../rest-engine.ts'
import { unknownParameter } from '../result-form.ts'
import { searchCompartment } from '../search.ts'

const KNOWN = ['_since', '_type', '_count', '_summary', '_elements', '_cursor', '_format', '_pretty']

export async function everything(engine: RestEngine, exchange: Exchange, input: Input): Promise<Answer> {
  const { type, id } = input
  const given = [...input.pairs, ...(input.body ? queryOfParameters(readBody(engine, input.body)) : [])]
  const centre = await readResource(engine.reads, { patientKey: engine.partition, type, id }, engine.reach)
  if (!centre) throw refusal('not-found', 'inconnu')
  if (centre.method === 'DELETE') throw refusal('deleted', 'supprime')
  return searchCompartment(
    engine,
    exchange,
    { ...input, version: '*', pairs: asSearch(given) },
    '$everything',
  )
}

/** Parameters as the query they stand for. @throws FhirError 400 for another resource */
function queryOfParameters(body: JsonObject): Pairs {
  return [...readParameters(body).values()].flat().map(({ name, value }) => [name, String(value)] as const)
}

function asSearch(pairs: Pairs): Pairs {
  return pairs.map(([name, value]) => {
    if (name === 'start' || name === 'end')
      throw refusal('not-supported', 'non-pris-en-charge', { params: { what: `${name} ($everything)` } })
    if (!KNOWN.includes(name)) throw unknownParameter(name, KNOWN)
    return name === '_since' ? ['_lastUpdated', `ge${value}`] : [name, value]
  })
}
