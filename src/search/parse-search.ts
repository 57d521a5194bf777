/**
 * Query string → search expression. What is not understood is an error, or, when the client prefers lenient handling,
 * left out and told; never half-answered.
 * @see https://hl7.org/fhir/R4/search.html and http.html#prefer
 */
import { FhirError, refusal } from '../fhir/fhir-error.ts'
import type { Issue } from '../fhir/issue.ts'
import { parseDate } from './parameter-types/date.ts'
import { splitUnescaped, withoutEscapes } from './parameter-types/split.ts'
import { parseToken } from './parameter-types/token.ts'
import type { SearchableParameter, SearchCapability } from './search-capability.ts'
import type { Criterion, PatientSelector, SearchExpression, SortKey } from './search-expression.ts'

export type SearchLimits = {
  readonly defaultCount: number
  readonly maxCount: number
  readonly maxValues: number
}
export const searchLimits: SearchLimits = { defaultCount: 20, maxCount: 100, maxValues: 100 }

/** No code, date or id holds one, and PostgreSQL takes no U+0000 in a text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones refused
const CONTROL = /[\u0000-\u001f\u007f]/

type Pair = readonly [name: string, value: string]
const CONTROLS = ['_count', '_sort', '_total', '_cursor'] as const

/** @throws FhirError 400, naming every parameter at fault */
export function parseSearch(
  capability: SearchCapability,
  pairs: readonly Pair[],
  handling: 'strict' | 'lenient',
  limits: SearchLimits = searchLimits,
): SearchExpression {
  if (pairs.length > limits.maxValues) throw tooMany(limits)
  const state = new SearchBeingRead(capability, limits)
  const faults: Issue[] = []
  const ignored: string[] = []
  for (const pair of pairs) {
    const fault = state.take(pair)
    if (!fault) continue
    const lenient = handling === 'lenient' && IGNORABLE.has(fault.error)
    if (lenient) ignored.push(pair[0])
    else faults.push(fault)
  }
  const [first, ...rest] = faults
  if (first) throw new FhirError('invalid', [first, ...rest])
  return state.finish(ignored)
}

/**
 * Only a parameter nobody knows may be left out. A modifier that is not supported, or a wrong value, belongs to one that is
 * known: to ignore it would widen the answer (https://hl7.org/fhir/R4/search.html#modifiers: SHALL be rejected).
 */
const IGNORABLE: ReadonlySet<string> = new Set(['parametre-inconnu'])

class SearchBeingRead {
  readonly #capability: SearchCapability
  readonly #limits: SearchLimits
  readonly #criteria: Criterion[] = []
  readonly #understood: Pair[] = []
  #patient: PatientSelector | undefined
  #sort: SortKey | undefined
  #count: number
  #total: 'none' | 'accurate' = 'none'
  #cursor: string | undefined

  constructor(capability: SearchCapability, limits: SearchLimits) {
    this.#capability = capability
    this.#limits = limits
    this.#count = limits.defaultCount
  }

  /** Takes one parameter, or says what is wrong with it. */
  take([name, value]: Pair): Issue | undefined {
    if (CONTROL.test(value)) return badValue(name.slice(0, 64), 'U+0020 …')
    const control = CONTROLS.find((c) => c === name)
    if (control) return this.#control(control, value)
    if (PATIENT_NAMES.has(name)) return this.#selectPatient(name, value)
    const [code = '', modifier] = name.split(':')
    const parameter = this.#capability.parameters.get(code)
    if (!parameter) return this.#unknown(code)
    return this.#criterion(parameter, modifier, value)
  }

  finish(ignored: readonly string[]): SearchExpression {
    const given = new Set(this.#understood.map(([name]) => name.split(':')[0]))
    for (const [code, value] of this.#capability.defaults) if (!given.has(code)) this.take([code, value])
    if (this.#capability.patientRequired && !this.#patient) {
      throw refusal('required', 'patient-requis')
    }
    return {
      type: this.#capability.type,
      ...(this.#patient ? { patient: this.#patient } : {}),
      criteria: this.#criteria,
      sort: this.#sort ?? this.#capability.defaultSort,
      count: this.#count,
      total: this.#total,
      ...(this.#cursor === undefined ? {} : { cursor: this.#cursor }),
      understood: this.#understood,
      ignored,
    }
  }

  #control(name: (typeof CONTROLS)[number], value: string): Issue | undefined {
    if (name === '_cursor') {
      this.#cursor = value
      return undefined
    }
    const fault = this.#applyControl(name, value)
    if (!fault) this.#understood.push([name, value])
    return fault
  }

  #applyControl(name: '_count' | '_sort' | '_total', value: string): Issue | undefined {
    if (name === '_count') {
      if (!/^\d{1,9}$/.test(value)) return badValue(name, '0, 1, 2 …')
      this.#count = Math.min(Number(value), this.#limits.maxCount)
      return undefined
    }
    if (name === '_total') {
      if (value !== 'none' && value !== 'accurate') return badValue(name, 'none | accurate')
      this.#total = value
      return undefined
    }
    const descending = value.startsWith('-')
    const parameter = descending ? value.slice(1) : value
    if (!this.#capability.sortable.has(parameter)) {
      return badValue(name, [...this.#capability.sortable].map((code) => `${code} | -${code}`).join(' | '))
    }
    this.#sort = { parameter, descending }
    return undefined
  }

  #selectPatient(name: string, value: string): Issue | undefined {
    if (this.#patient) return badValue(name, 'patient × 1')
    if (name === 'patient' || name === 'subject') {
      const id = /^(?:(?:https?:\/\/.{1,300}\/)?Patient\/)?([A-Za-z0-9\-.]{1,64})$/.exec(value)?.[1]
      if (!id) return badValue(name, 'Patient/[id]')
      this.#patient = { kind: 'id', id }
      return undefined
    }
    const token = parseToken(value)
    if (!token?.system || !token.code) return badValue(name, '[system]|[value]')
    this.#patient = { kind: 'identifier', system: token.system, value: token.code }
    return undefined
  }

  #criterion(parameter: SearchableParameter, modifier: string | undefined, value: string): Issue | undefined {
    const not = modifier === 'not' && parameter.kind === 'token'
    if (modifier !== undefined && !not) {
      return issue('modificateur-non-pris-en-charge', {
        name: parameter.code,
        modifier: modifier.slice(0, 32),
      })
    }
    const texts = splitUnescaped(value, ',')
    if (texts.length > this.#limits.maxValues)
      return badValue(parameter.code, `≤ ${this.#limits.maxValues} × [value],[value]`)
    const criterion = readCriterion(parameter, texts, not)
    if (!criterion) return badValue(parameter.code, expectedForm[parameter.kind])
    this.#criteria.push(criterion)
    this.#understood.push([modifier === undefined ? parameter.code : `${parameter.code}:${modifier}`, value])
    return undefined
  }

  #unknown(code: string): Issue {
    const known = [
      ...(this.#capability.patientRequired ? ['patient', 'patient.identifier'] : []),
      ...this.#capability.parameters.keys(),
      ...CONTROLS.slice(0, 3),
    ]
    return issue('parametre-inconnu', {
      name: code.slice(0, 64),
      type: this.#capability.type,
      known: known.join(', '),
    })
  }
}

const PATIENT_NAMES: ReadonlySet<string> = new Set([
  'patient',
  'subject',
  'patient.identifier',
  'patient:identifier',
  'patient:Patient.identifier',
  'subject.identifier',
  'subject:identifier',
  'subject:Patient.identifier',
])

const expectedForm = {
  token: '[code], [system]|[code], [system]|, |[code]',
  date: 'ge2026-01-31, lt2026-01-31T12:00:00Z …',
  id: '[id]',
} as const satisfies Record<Criterion['kind'], string>

function readCriterion(
  parameter: SearchableParameter,
  texts: readonly string[],
  not: boolean,
): Criterion | undefined {
  switch (parameter.kind) {
    case 'token': {
      const values = texts.map(parseToken)
      return values.every((v) => v !== undefined)
        ? { kind: 'token', parameter: parameter.code, not, values }
        : undefined
    }
    case 'date': {
      const values = texts.map((text) => parseDate(withoutEscapes(text)))
      return values.every((v) => v !== undefined)
        ? { kind: 'date', parameter: parameter.code, values }
        : undefined
    }
    case 'id':
      return texts.every((t) => t !== '')
        ? { kind: 'id', parameter: parameter.code, values: texts }
        : undefined
  }
}

function issue(error: Issue['error'], params: Record<string, string>): Issue {
  return {
    severity: 'error',
    type: error === 'parametre-invalide' ? 'value' : 'not-supported',
    error,
    params,
  }
}

function badValue(name: string, form: string): Issue {
  return issue('parametre-invalide', { name, form })
}

function tooMany(limits: SearchLimits): FhirError {
  return refusal('invalid', 'trop-long', { params: { what: 'parameters', limit: limits.maxValues } })
}
