/**
 * What the evaluator asks of type definitions: the type of a value, its line of inheritance and its elements. The types
 * of `definitions/` answer to this; the types of FHIRPath itself (System) are here.
 * @see http://hl7.org/fhirpath/N1/#types-and-reflection and https://hl7.org/fhir/R4/fhirpath.html#types
 */

export type ModelType = {
  readonly name: string
  readonly kind: 'primitive' | 'datatype' | 'nested' | 'resource' | 'system'
  readonly base: ModelType | undefined
  /** By the name of the element (`value`), one step for each JSON property it may stand in (`valueString` …). */
  readonly steps: ReadonlyMap<string, readonly ModelStep[]>
}

export type ModelStep = {
  /** JSON property. */
  readonly name: string
  /** JSON property of the id and extensions of a primitive: `_name`. */
  readonly aside: string
  readonly type: ModelType
}

export type Model = {
  /** A datatype or resource type by its name. */
  type(name: string): ModelType | undefined
}

export type SystemTypeName =
  | 'Boolean'
  | 'String'
  | 'Integer'
  | 'Decimal'
  | 'Date'
  | 'DateTime'
  | 'Time'
  | 'Quantity'

function systemType(name: SystemTypeName): ModelType {
  return { name, kind: 'system', base: undefined, steps: new Map() }
}

export const systemTypes: Readonly<Record<SystemTypeName, ModelType>> = {
  Boolean: systemType('Boolean'),
  String: systemType('String'),
  Integer: systemType('Integer'),
  Decimal: systemType('Decimal'),
  Date: systemType('Date'),
  DateTime: systemType('DateTime'),
  Time: systemType('Time'),
  Quantity: systemType('Quantity'),
}

/** The System type that a FHIR type converts to without being asked. */
const conversions: Readonly<Record<string, SystemTypeName>> = {
  boolean: 'Boolean',
  integer: 'Integer',
  unsignedInt: 'Integer',
  positiveInt: 'Integer',
  decimal: 'Decimal',
  date: 'Date',
  dateTime: 'DateTime',
  instant: 'DateTime',
  time: 'Time',
  Quantity: 'Quantity',
  Age: 'Quantity',
  Count: 'Quantity',
  Distance: 'Quantity',
  Duration: 'Quantity',
  Money: 'Quantity',
  SimpleQuantity: 'Quantity',
}

/** Undefined for types with elements; every other primitive is a String. */
export function systemTypeOf(type: ModelType): SystemTypeName | undefined {
  if (type.kind === 'system') return isSystemTypeName(type.name) ? type.name : undefined
  return conversions[type.name] ?? (type.kind === 'primitive' ? 'String' : undefined)
}

function isSystemTypeName(name: string): name is SystemTypeName {
  return Object.hasOwn(systemTypes, name)
}

/**
 * Whether a type is the named one, or derived from it. A name without namespace is taken for either namespace, since
 * R4's own expressions say `is Boolean` of a FHIR boolean; `FHIR.` and `System.` are taken at their word.
 */
export function isOfType(type: ModelType, name: string): boolean {
  if (name.startsWith('System.')) return type.kind === 'system' && type.name === name.slice(7)
  const isFhir = name.startsWith('FHIR.')
  const plain = isFhir ? name.slice(5) : name
  if (isFhir && type.kind === 'system') return false
  for (let t: ModelType | undefined = type; t; t = t.base) if (t.name === plain) return true
  return !isFhir && systemTypeOf(type) === plain
}
