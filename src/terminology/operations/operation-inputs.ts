/**
 * The input parameters of an operation, from a URL or from a Parameters resource, checked against its definition: what
 * it does not define is refused by name, and so is what it defines and this server does not do.
 * @see https://hl7.org/fhir/R4/operations.html#request
 */
import { refusal } from '../../fhir/fhir-error.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../fhir/json.ts'
import { objectsOf, textOf } from '../element.ts'

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
  request: OperationRequest,
): OperationInputs {
  const given = [...request.pairs.map(fromPair), ...fromBody(definition, request.body)]
  if (given.length > MAX_PARAMETERS)
    throw refusal('invalid', 'trop-long', { params: { what: 'Parameters.parameter', limit: MAX_PARAMETERS } })
  const values = new Map<string, Value[]>(definition.map(({ name }) => [name, []]))
  for (const { name, read } of given) {
    const input = definition.find((candidate) => candidate.name === name)
    if (!input) throw unknownParameter(name, definition)
    if (input.notSupported)
      throw refusal('not-supported', 'non-pris-en-charge', { params: { what: input.name } })
    const list = values.get(input.name) ?? []
    if (input.max === '1' && list.length > 0) throw notCorrect(input, '0..1')
    list.push(read(input))
    values.set(input.name, list)
  }
  return new OperationInputs(values)
}

type Given = { readonly name: string; readonly read: (input: OperationInput) => Value }

function fromPair([name, text]: readonly [string, string]): Given {
  return { name, read: (input) => primitive(input, text) }
}

/** A Parameters resource; or, where the operation takes one resource, that resource itself. */
function fromBody(definition: readonly OperationInput[], body: JsonObject | undefined): readonly Given[] {
  if (body === undefined) return []
  const type = textOf(body, 'resourceType')
  const direct = definition.find((input) => input.type === type)
  if (direct) return [{ name: direct.name, read: () => body }]
  if (type !== 'Parameters')
    throw refusal('invalid', 'type-inattendu', { params: { expected: 'Parameters' } })
  return objectsOf(body, 'parameter').map((parameter) => ({
    name: textOf(parameter, 'name') ?? '',
    read: (input) => fromParameter(input, parameter),
  }))
}

function fromParameter(input: OperationInput, parameter: JsonObject): Value {
  if (input.type === 'ValueSet' || input.type === 'CodeSystem') {
    const { resource } = parameter
    if (isJsonObject(resource) && resource.resourceType === input.type) return resource
    throw notCorrect(input, `resource: ${input.type}`)
  }
  if (input.type === 'Coding' || input.type === 'CodeableConcept') {
    const value = parameter[`value${input.type}`]
    if (isJsonObject(value)) return value
    throw notCorrect(input, `value${input.type}`)
  }
  const expected = `value${input.type.charAt(0).toUpperCase()}${input.type.slice(1)}`
  const [name, value] = Object.entries(parameter).find(([key]) => key.startsWith('value')) ?? ['', null]
  // Clients write a URL as valueUri, valueCanonical or valueString, and mean the same.
  if (name !== expected && !(textual.has(input.type) && textualNames.has(name)))
    throw notCorrect(input, expected)
  return primitive(input, value)
}

const textual: ReadonlySet<string> = new Set(['uri', 'canonical', 'code', 'string', 'dateTime'])
const textualNames: ReadonlySet<string> = new Set([
  ...['valueUri', 'valueUrl', 'valueCanonical', 'valueCode', 'valueString', 'valueId', 'valueDateTime'],
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

function unknownParameter(name: string, definition: readonly OperationInput[]): Error {
  const known = definition.filter((input) => !input.notSupported).map((input) => input.name)
  return refusal('invalid', 'parametre-operation', {
    params: { name: name.slice(0, 64), known: known.join(', ') },
  })
}

function notCorrect({ name }: OperationInput, form: string): Error {
  return refusal('invalid', 'parametre-invalide', { params: { name, form } })
}
