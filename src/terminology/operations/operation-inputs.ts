/**
 * The input parameters of an operation, from a URL or from a Parameters resource, checked against its definition: what
 * it does not define is refused by name, and so is what it defines and this server does not do.
 * @see https://hl7.org/fhir/R4/operations.html#request
 */
import { refusal } from '../../fhir/fhir-error.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../fhir/json.ts'
import {
  type OperationParameter,
  type OperationParameters,
  parametersOfQuery,
  readParameters,
  refuseUnknown,
} from '../../fhir/operation-parameters.ts'

export type PrimitiveInput = 'uri' | 'canonical' | 'code' | 'string' | 'dateTime' | 'boolean' | 'integer'
export type DatatypeInput = 'Coding' | 'CodeableConcept'
export type ResourceInput = 'ValueSet' | 'CodeSystem'

export type OperationInput = {
  readonly name: string
  readonly type: PrimitiveInput | DatatypeInput | ResourceInput
  readonly max: '1' | '*'
  /** Defined by FHIR and not done here. To ignore it would answer another question. */
  readonly notSupported?: true
}

/** What came with the request, in any combination: the query, and a resource. */
export type OperationRequest = {
  readonly pairs: readonly (readonly [string, string])[]
  readonly body?: JsonObject | undefined
}

const MAX_PARAMETERS = 100
const MAX_TEXT = 2048

type Value = string | boolean | number | JsonObject

export class OperationInputs {
  readonly #values: ReadonlyMap<string, readonly Value[]>

  constructor(values: ReadonlyMap<string, readonly Value[]>) {
    this.#values = values
  }

  text(name: string): string | undefined {
    return this.texts(name)[0]
  }
  texts(name: string): readonly string[] {
    return (this.#values.get(name) ?? []).filter((value) => typeof value === 'string')
  }
  flag(name: string): boolean | undefined {
    return this.#values.get(name)?.find((value) => typeof value === 'boolean')
  }
  whole(name: string): number | undefined {
    return this.#values.get(name)?.find((value) => typeof value === 'number')
  }
  object(name: string): JsonObject | undefined {
    return this.#values.get(name)?.find((value) => typeof value === 'object')
  }
  /** In the order of the definition, primitive ones only. */
  *primitives(): Generator<readonly [name: string, value: string | boolean | number]> {
    for (const [name, values] of this.#values)
      for (const value of values) if (typeof value !== 'object') yield [name, value]
  }
}

/** @throws FhirError for a parameter that is unknown, given too often, of another type, or not supported */
export function readInputs(
  definition: readonly OperationInput[],
  { pairs, body }: OperationRequest,
): OperationInputs {
  const direct = body && definition.find((input) => input.type === body.resourceType)
  const given = [parametersOfQuery(pairs), body && !direct ? readParameters(body) : none]
  const known = definition.filter((input) => !input.notSupported).map((input) => input.name)
  const all = given.flatMap((parameters) => [...parameters.values()].flat())
  if (all.length > MAX_PARAMETERS)
    throw refusal('invalid', 'trop-long', { params: { what: 'Parameters.parameter', limit: MAX_PARAMETERS } })
  const values = new Map<string, Value[]>(definition.map(({ name }) => [name, []]))
  const add = (input: OperationInput, value: Value): void => {
    const list = values.get(input.name) ?? []
    if (input.max === '1' && list.length > 0) throw notCorrect(input, '0..1')
    list.push(value)
    values.set(input.name, list)
  }
  for (const parameters of given) {
    for (const { name, notSupported } of definition)
      if (notSupported && parameters.has(name))
        throw refusal('not-supported', 'non-pris-en-charge', { params: { what: name } })
    refuseUnknown(parameters, known)
    for (const input of definition)
      for (const parameter of parameters.get(input.name) ?? []) add(input, readValue(input, parameter))
  }
  // Where an operation takes one resource, the body may be that resource itself.
  if (body && direct) add(direct, body)
  return new OperationInputs(values)
}

const none: OperationParameters = new Map()

function readValue(input: OperationInput, { type, value, resource }: OperationParameter): Value {
  if (input.type === 'ValueSet' || input.type === 'CodeSystem') {
    if (resource?.resourceType === input.type) return resource
    throw notCorrect(input, `resource: ${input.type}`)
  }
  if (input.type === 'Coding' || input.type === 'CodeableConcept') {
    if (type === input.type && isJsonObject(value)) return value
    throw notCorrect(input, type === undefined ? `POST Parameters, ${input.type}` : `value${input.type}`)
  }
  const expected = `${input.type.charAt(0).toUpperCase()}${input.type.slice(1)}`
  // Clients write a URL as valueUri, valueCanonical or valueString, and mean the same. A query says no type.
  const fits = type === undefined || type === expected || (textual.has(input.type) && textualTypes.has(type))
  if (!fits || value === undefined) throw notCorrect(input, `value${expected}`)
  return primitive(input, value)
}

const textual: ReadonlySet<string> = new Set(['uri', 'canonical', 'code', 'string', 'dateTime'])
const textualTypes: ReadonlySet<string> = new Set([
  ...['Uri', 'Url', 'Canonical', 'Code', 'String', 'Id', 'DateTime'],
])

/** Of a URL every value is text; of a resource it has its JSON type. */
function primitive(input: OperationInput, value: JsonValue): Value {
  switch (input.type) {
    case 'boolean':
      if (typeof value === 'boolean') return value
      if (value === 'true' || value === 'false') return value === 'true'
      throw notCorrect(input, 'true | false')
    case 'integer': {
      const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value
      if (typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 && number < 1e9)
        return number
      throw notCorrect(input, '0 … 999999999')
    }
    case 'uri':
    case 'canonical':
    case 'code':
    case 'string':
    case 'dateTime':
      if (typeof value === 'string' && value.trim() !== '' && value.length <= MAX_TEXT) return value
      throw notCorrect(input, `${input.type}, 1 … ${MAX_TEXT}`)
    default:
      throw notCorrect(input, `POST Parameters, ${input.type}`)
  }
}

function notCorrect({ name }: OperationInput, form: string): Error {
  return refusal('invalid', 'parametre-invalide', { params: { name, form } })
}
