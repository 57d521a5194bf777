/**
 * `_summary` and `_elements`: the form in which resources are wanted, for every interaction that gives any.
 * @see https://hl7.org/fhir/R4/http.html#parameters, search.html#summary, #elements
 */
import { FhirError, refusal } from '../../fhir/fhir-error.ts'
import { isJsonObject, parseJson, stringifyJson } from '../../fhir/json.ts'
import { type StoredText, textOf } from '../../fhir/served-text.ts'
import { project } from '../../projection/project.ts'
import { parseResultParameter } from '../../search/parse-result-parameter.ts'
import type { SummaryMode } from '../../search/search-expression.ts'
import { isFault } from '../../search/search-faults.ts'
import type { Pairs } from '../query.ts'
import type { RestEngine } from './rest-engine.ts'

export type ResultForm = { readonly summary: SummaryMode; readonly elements: readonly string[] }

/** Of the parameters of a read; any other is refused. @throws FhirError 400 */
export function readForm(engine: RestEngine, type: string, pairs: Pairs): ResultForm {
  const { form, others } = splitForm(engine, [type], pairs)
  const [other] = others
  if (other) throw unknownParameter(other[0], ['_summary', '_elements', '_format', '_pretty'])
  return form
}

/**
 * The two out of the parameters of a request, read as a search of these types reads them.
 * @throws FhirError 400 for a value that is none, and for one of them given twice
 */
export function splitForm(
  engine: RestEngine,
  types: readonly string[],
  pairs: Pairs,
): { readonly form: ResultForm; readonly others: Pairs } {
  const given = new Set<string>()
  let form: ResultForm = { summary: 'false', elements: [] }
  const others = pairs.filter(([name, value]) => {
    if (name !== '_summary' && name !== '_elements') return true
    if (given.has(name)) throw badValue(name, `1 × ${name}`)
    const read = parseResultParameter(name, name, value, engine.searchOf(types))
    if (isFault(read)) throw new FhirError('invalid', [read])
    form = { summary: read.shape.summary ?? form.summary, elements: read.shape.elements ?? form.elements }
    given.add(name)
    return false
  })
  return { form, others }
}

/** The text to serve: the stored one, unless a part of it is asked for. */
export function formed<Body extends StoredText>(
  engine: Pick<RestEngine, 'registry'>,
  body: Body,
  { summary, elements }: ResultForm,
): Body | string {
  const whole = summary === 'false' || summary === 'count'
  if (whole && elements.length === 0) return body
  const resource = parseJson(textOf(body))
  if (!isJsonObject(resource)) throw new Error('A stored resource that is no object')
  const what = elements.length > 0 ? { elements } : { summary: summary as 'true' | 'text' | 'data' }
  return stringifyJson(project(resource, what, engine.registry))
}

export function unknownParameter(name: string, known: readonly string[]): FhirError {
  return refusal('not-supported', 'parametre-inconnu', {
    params: { name: name.slice(0, 64), type: '', known: known.join(', ') },
  })
}

export function badValue(name: string, form: string): FhirError {
  return refusal('invalid', 'parametre-invalide', { type: 'value', params: { name, form } })
}
