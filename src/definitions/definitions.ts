/**
 * FHIR definitions in the compact form that scripts/build-definitions.js compiles. Defaults are left out of the JSON:
 * `min` 0, `max` 1, `choice` false.
 * @see https://hl7.org/fhir/R4/structuredefinition.html, searchparameter.html, compartmentdefinition.html
 */

export const searchParamTypes = [
  'number',
  'date',
  'string',
  'token',
  'reference',
  'composite',
  'quantity',
  'uri',
  'special',
] as const
export type SearchParamType = (typeof searchParamTypes)[number]

/** How a type is written in JSON: a value, an object, an object with `resourceType`. `nested` are backbone elements. */
export type TypeKind = 'primitive' | 'datatype' | 'nested' | 'resource'

/** An invariant (`ElementDefinition.constraint`). */
export type CompiledConstraint = {
  readonly key: string
  readonly human: string
  /** FHIRPath. */
  readonly expression: string
  /** Best practice: severity `warning`. */
  readonly warning?: true
}

export type CompiledElement = {
  /** Without `[x]`: `value` for a choice. */
  readonly name: string
  readonly choice?: true
  readonly min?: number
  readonly max?: number | '*'
  readonly summary?: true
  readonly modifier?: true
  /** Names of types, or paths of nested types (`List.entry`), also where the definition says contentReference. */
  readonly types: readonly string[]
  /** Resource types that a Reference may lead to; absent: any. */
  readonly targets?: readonly string[]
  /** URL of the value set of a required binding. */
  readonly binding?: string
  /** Besides those of its types. */
  readonly constraints?: readonly CompiledConstraint[]
}

export type CompiledType = {
  readonly kind: TypeKind
  readonly abstract?: true
  readonly base?: string
  /** Its own elements; those of `base` come before them. */
  readonly elements: readonly CompiledElement[]
  /** Its own; those of `base` hold too. */
  readonly constraints?: readonly CompiledConstraint[]
}

export type SearchParameterComponent = { readonly definition: string; readonly expression: string }

export type SearchParameterDefinition = {
  readonly url: string
  readonly code: string
  readonly base: readonly string[]
  readonly type: SearchParamType
  /** FHIRPath; absent for parameters that search no element (`_text`, `_content`, `_query`). */
  readonly expression?: string
  readonly target?: readonly string[]
  readonly component?: readonly SearchParameterComponent[]
}

export type Definitions = {
  readonly fhirVersion: string
  readonly types: Readonly<Record<string, CompiledType>>
  /** Value set of a required binding → code system → codes. */
  readonly valueSets: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>
  /** Value sets of required bindings whose codes are not known here, and why: these bindings are not checked. */
  readonly valueSetsNotChecked: Readonly<Record<string, string>>
  readonly searchParameters: readonly SearchParameterDefinition[]
  /** Compartment → resource type → codes of the parameters that make a resource part of it. */
  readonly compartments: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>
}
