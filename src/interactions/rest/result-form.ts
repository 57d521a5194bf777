/**
 * `_summary` and `_elements`: the form in which resources are wanted, for every interaction that gives any.
 * @see https://hl7.org/fhir/R4/http.html#parameters, search.html#summary, #elements
 */
import { type FhirError, refusal } from '../../fhir/fhir-error.ts'
import { isJsonObject, parseJson, stringifyJson } from '../../fhir/json.ts'
import { project } from '../../projection/project.ts'
import type { SummaryMode } from '../../search/search-expression.ts'
import type { Pairs } from '../query.ts'
import type { RestEngine } from './rest-engine.ts'

export type ResultForm = { readonly summary: SummaryMode; readonly elements: readonly string[] }

const modes: ReadonlySet<string> = new Set(['true', 'text', 'data', 'count', 'false'])

/** Of the parameters of a read; any other is refused. @throws FhirError 400 */
export function readForm(pairs: Pairs): ResultForm {
  const { form, others } = splitForm(pairs)
  const [other] = others
  if (other) throw unknownParameter(other[0], ['_summary', '_elements', '_format', '_pretty'])
  return form
}

/** @throws FhirError 400 for a value that is none */
export function splitForm(pairs: Pairs): { readonly form: ResultForm; readonly others: Pairs } {
  let summary: SummaryMode = 'false'
  let elements: readonly string[] = []
  const others = pairs.filter(([name, value]) => {
    if (name === '_summary') {
      if (!isMode(value)) throw badValue(name, [...modes].join(' | '))
      summary = value
    } else if (name === '_elements') elements = value.split(',').filter((element) => element !== '')
    else return true
    return false
  })
  return { form: { summary, elements }, others }
}

/** The text to serve: the stored one, unless a part of it is asked for. */
export function formed(engine: RestEngine, body: string, { summary, elements }: ResultForm): string {
  const whole = summary === 'false' || summary === 'count'
  if (whole && elements.length === 0) return body
  const resource = parseJson(body)
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

function isMode(text: string): text is SummaryMode {
  return modes.has(text)
}
