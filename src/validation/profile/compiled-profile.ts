/**
 * Profiles as the validator walks along them: only what they demand beyond the base specification is left in.
 * @see https://hl7.org/fhir/R4/profiling.html and elementdefinition.html
 */
import type { Constraint } from '../../definitions/constraints.ts'
import type { ValueSetCodes } from '../../definitions/value-set-codes.ts'
import type { JsonValue } from '../../fhir/json.ts'
import type { FhirNode } from '../../fhirpath/node.ts'
import type { Around } from '../around.ts'

export type CompiledProfile = {
  readonly url: string
  /** The type it is of: `Patient`, `Extension`, `HumanName` … */
  readonly type: string
  readonly root: ProfileElement
  /** What the profile says and nobody checks, and why. */
  readonly notChecked: readonly string[]
  /** The set it was compiled with: other profiles that it names are looked up there. */
  readonly among: LoadedProfiles
}

export type LoadedProfiles = {
  /** By its canonical URL, with or without `|version`. */
  profile(url: string): CompiledProfile | undefined
  readonly urls: readonly string[]
}

export type ProfileElement = {
  /** Without `[x]`. */
  readonly name: string
  readonly min: number
  readonly max: number
  /** Absent: any type that the base allows. */
  readonly types: readonly AllowedType[] | undefined
  readonly fixed: JsonValue | undefined
  readonly pattern: JsonValue | undefined
  readonly binding: ValueSetCodes | undefined
  readonly maxLength: number | undefined
  readonly constraints: readonly Constraint[]
  readonly children: readonly ProfileElement[]
  readonly slicing: Slicing | undefined
}

export type AllowedType = {
  readonly name: string
  /** Of the value: it must follow one of them. Empty: no matter. */
  readonly profiles: readonly string[]
  /** Of what a Reference leads to. Absent: no matter. */
  readonly targets: readonly Target[] | undefined
  /** A Reference must lead to a resource that is contained (`aggregation`). */
  readonly contained: boolean
}

export type Target = { readonly url: string; readonly type: string }

export type Slicing = {
  readonly rules: 'open' | 'closed' | 'openAtEnd'
  readonly ordered: boolean
  readonly slices: readonly Slice[]
}

export type Slice = {
  readonly name: string
  readonly element: ProfileElement
  /** Undefined: cannot be told, for want of a definition or of the target of a reference. */
  readonly matches: Match
}

export type Match = (node: FhirNode, around: Around) => boolean | undefined
