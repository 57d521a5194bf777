/**
 * Parameters: what an operation is given and what it answers, by name. A parameter has a value of one type, or a
 * resource, or parts that are parameters in turn; a name may stand more than once.
 * @see https://hl7.org/fhir/R4/parameters.html and https://hl7.org/fhir/R4/operations.html#request
 *
 * Checked: the shape, the number of parameters, one content each (invariant inv-1). Not checked: the values against
 * their types, and which names an operation knows: `refuseUnknown` does the latter.
 */
import { refusal } from './fhir-error.ts'
import { isJsonObject, type JsonObject, type JsonValue } from './json.ts'

export type OperationParameter = {
  readonly name: string
  /** As in the JSON name: `String`, `CodeableConcept`. Absent when there is no value, or in a query, which says no type. */
  readonly type?: string
  readonly value?: JsonValue
  /** id and extensions of a primitive value (`_valueString`). */
  readonly aside?: JsonObject
  readonly resource?: JsonObject
  readonly parts: OperationParameters
  /** FHIRPath of the parameter: `Parameters.parameter[2].part[0]`. */
  readonly expression: string
}

export type OperationParameters = ReadonlyMap<string, readonly [OperationParameter, ...OperationParameter[]]>

/** All parameters together, parts included. */
export const maxParameters = 10_000
const maxDepth = 32

const INTEGER = /^-?\d{1,10}$/
/** A name that may be repeated in an answer; any other text that stands as one may be personal. */
const NAME = /^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/

/** @throws FhirError 400 on anything that is no Parameters resource */
export function readParameters(body: JsonValue): OperationParameters {
  if (!isJsonObject(body) || body.resourceType !== 'Parameters') {
    throw refusal('structure', 'type-inattendu', {
      params: { expected: 'Parameters' },
      expression: 'Parameters',
    })
  }
  return readList(body.parameter, 'Parameters.parameter', { left: maxParameters }, 0)
}

/**
 * The parameters of an operation that is called by GET: all texts, read as booleans or integers where these are asked for.
 * @throws FhirError 413 on too many
 */
export function parametersOfQuery(
  query: Iterable<readonly [name: string, value: string]>,
): OperationParameters {
  const byName = new Map<string, [OperationParameter, ...OperationParameter[]]>()
  let index = 0
  for (const [name, value] of query) {
    if (index >= maxParameters) throw tooMany('parameters', maxParameters)
    const parameter = { name, value, parts: new Map(), expression: `Parameters.parameter[${index++}]` }
    const same = byName.get(name)
    if (same) same.push(parameter)
    else byName.set(name, [parameter])
  }
  return byName
}

/** The only parameter of that name; undefined when there is none. @throws FhirError 400 when there are several */
export function singleParameter(
  parameters: OperationParameters,
  name: string,
): OperationParameter | undefined {
  const [first, second] = parameters.get(name) ?? []
  if (second) {
    throw refusal('invalid', 'cardinalite', {
      params: { name, min: 0, max: 1 },
      expression: second.expression,
    })
  }
  return first
}

/** The text of the only parameter of that name, of any type that is written as a string. @throws FhirError 400 */
export function textParameter(parameters: OperationParameters, name: string): string | undefined {
  const parameter = singleParameter(parameters, name)
  if (parameter === undefined) return undefined
  if (typeof parameter.value === 'string') return parameter.value
  throw notOfType(parameter, 'string')
}

/** @throws FhirError 400 */
export function booleanParameter(parameters: OperationParameters, name: string): boolean | undefined {
  const parameter = singleParameter(parameters, name)
  if (parameter === undefined) return undefined
  const { value, type } = parameter
  if (typeof value === 'boolean') return value
  if (type === undefined && (value === 'true' || value === 'false')) return value === 'true'
  throw notOfType(parameter, 'boolean')
}

/** @throws FhirError 400 */
export function integerParameter(parameters: OperationParameters, name: string): number | undefined {
  const parameter = singleParameter(parameters, name)
  if (parameter === undefined) return undefined
  const { value, type } = parameter
  if (typeof value === 'number' && Number.isInteger(value)) return value
  if (type === undefined && typeof value === 'string' && INTEGER.test(value)) return Number(value)
  throw notOfType(parameter, 'integer')
}

/** @throws FhirError 400 on a name that the operation does not know: a misspelt one would be passed over in silence */
export function refuseUnknown(parameters: OperationParameters, known: readonly string[]): void {
  for (const [name, [{ expression }]] of parameters) {
    if (known.includes(name)) continue
    throw refusal('not-supported', 'parametre-operation', {
      params: { name: NAME.test(name) ? name : expression, known: known.join(', ') },
      expression,
    })
  }
}

export type AnswerParameter = {
  readonly name: string
  /** Type as in the JSON name, and the value: `['Boolean', true]`. */
  readonly value?: readonly [type: string, value: JsonValue]
  readonly resource?: JsonObject
  readonly part?: readonly AnswerParameter[]
}

export function writeParameters(parameters: readonly AnswerParameter[]): JsonObject {
  // An empty list is no FHIR: the element is left out.
  if (parameters.length === 0) return { resourceType: 'Parameters' }
  return { resourceType: 'Parameters', parameter: parameters.map(writeParameter) }
}

function writeParameter({ name, value, resource, part }: AnswerParameter): JsonObject {
  const written: JsonObject = { name }
  if (value) written[`value${value[0]}`] = value[1]
  if (resource) written.resource = resource
  if (part && part.length > 0) written.part = part.map(writeParameter)
  return written
}

type Budget = { left: number }

function readList(
  list: JsonValue | undefined,
  expression: string,
  budget: Budget,
  depth: number,
): OperationParameters {
  const byName = new Map<string, [OperationParameter, ...OperationParameter[]]>()
  if (list === undefined) return byName
  if (!Array.isArray(list)) throw malformed(expression, 'array')
  if (depth >= maxDepth) throw tooMany('Parameters.parameter.part (depth)', maxDepth)
  for (const [i, item] of list.entries()) {
    if (budget.left-- <= 0) throw tooMany('Parameters.parameter', maxParameters)
    const parameter = readOne(item, `${expression}[${i}]`, budget, depth)
    const same = byName.get(parameter.name)
    if (same) same.push(parameter)
    else byName.set(parameter.name, [parameter])
  }
  return byName
}

const VALUE = /^value[A-Z]/

function readOne(item: JsonValue, expression: string, budget: Budget, depth: number): OperationParameter {
  if (!isJsonObject(item)) throw malformed(expression, 'object')
  const { name, resource, part } = item
  if (typeof name !== 'string' || name === '') throw malformed(`${expression}.name`, 'string')
  if (resource !== undefined && !isJsonObject(resource)) throw malformed(`${expression}.resource`, 'Resource')
  // `_valueString` alone is a value too: one that has extensions only.
  const types = new Set(Object.keys(item).map((key) => (key.startsWith('_') ? key.slice(1) : key)))
  const [valueName, secondName] = [...types].filter((key) => VALUE.test(key))
  const contents = [valueName, resource, part].filter((content) => content !== undefined)
  if (contents.length > 1 || secondName !== undefined)
    throw malformed(expression, 'value[x] | resource | part')
  const parts = readList(part, `${expression}.part`, budget, depth + 1)
  if (valueName === undefined) return { name, ...(resource ? { resource } : {}), parts, expression }
  const value = item[valueName]
  const aside = item[`_${valueName}`]
  if (aside !== undefined && !isJsonObject(aside)) throw malformed(`${expression}.value`, 'Element')
  return {
    name,
    type: valueName.slice('value'.length),
    ...(value === undefined ? {} : { value }),
    ...(aside === undefined ? {} : { aside }),
    parts,
    expression,
  }
}

function malformed(expression: string, datatype: string): Error {
  return refusal('structure', 'type-attendu', { params: { name: expression, datatype }, expression })
}

function notOfType({ expression }: OperationParameter, datatype: string): Error {
  return malformed(`${expression}.value`, datatype)
}

function tooMany(what: string, limit: number): Error {
  return refusal('too-long', 'trop-long', { params: { what, limit } })
}
