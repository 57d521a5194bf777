/**
 * What policy answers. A permit carries the scope of documents it opens; both carry the rules that made them.
 */
import type { Grant } from '../dmp/functional-matrix.ts'
import type { FhirError } from '../fhir/fhir-error.ts'
import type { DocumentScope } from './document-scope.ts'
import type { RuleId } from './rule-ids.ts'

export type Permit = {
  readonly effect: 'permit'
  readonly rules: readonly RuleId[]
  readonly scope: DocumentScope
  /** What the functional right is worth; only `yes` is without condition. */
  readonly grant: Grant
}
export type Deny = {
  readonly effect: 'deny'
  readonly rules: readonly RuleId[]
  readonly refusal: FhirError
}
export type Decision = Permit | Deny
