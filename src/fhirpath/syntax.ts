/**
 * The syntax tree of a FHIRPath expression.
 * @see http://hl7.org/fhirpath/N1/#expressions and its grammar in Appendix B
 */
import type { JsonValue } from '../fhir/json.ts'
import type { SystemTypeName } from './model.ts'

export type BinaryOperator =
  | '+'
  | '-'
  | '*'
  | '/'
  | '&'
  | 'div'
  | 'mod'
  | '|'
  | '<'
  | '>'
  | '<='
  | '>='
  | '='
  | '!='
  | '~'
  | '!~'
  | 'in'
  | 'contains'
  | 'and'
  | 'or'
  | 'xor'
  | 'implies'

export type Syntax =
  | { readonly op: 'literal'; readonly type: SystemTypeName; readonly value: JsonValue }
  | { readonly op: 'empty' | '$this' | '$index' | '$total' }
  /** `%resource`, `%ucum`, `%'vs-name'`. */
  | { readonly op: 'constant'; readonly name: string }
  /** `of` absent: of the focus. */
  | { readonly op: 'member'; readonly of: Syntax | undefined; readonly name: string }
  | {
      readonly op: 'call'
      readonly of: Syntax | undefined
      readonly name: string
      readonly args: readonly Syntax[]
    }
  | { readonly op: 'index'; readonly of: Syntax; readonly index: Syntax }
  | { readonly op: 'negate'; readonly of: Syntax }
  | { readonly op: 'is' | 'as'; readonly of: Syntax; readonly type: string }
  | {
      readonly op: 'binary'
      readonly operator: BinaryOperator
      readonly left: Syntax
      readonly right: Syntax
    }

/** An expression that cannot be compiled: not FHIRPath, or a part of it that is not understood here. */
export class FhirPathSyntaxError extends Error {
  override readonly name = 'FhirPathSyntaxError'
}

/** An expression that has no result on this input: several values where one is asked for, or too much work. */
export class FhirPathError extends Error {
  override readonly name = 'FhirPathError'
}
