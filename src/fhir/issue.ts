/**
 * One thing that is wrong with a request, before it is put into words.
 * @see https://hl7.org/fhir/R4/operationoutcome.html and the value set issue-type
 */
import type { ErrorCode, Params } from './error-catalogue.ts'

export type IssueSeverity = 'fatal' | 'error' | 'warning' | 'information'

/** `OperationOutcome.issue.code`, the codes of issue-type that this server uses. */
export type IssueType =
  | 'invalid'
  | 'structure'
  | 'required'
  | 'value'
  | 'invariant'
  | 'security'
  | 'login'
  | 'expired'
  | 'forbidden'
  | 'suppressed'
  | 'not-supported'
  | 'duplicate'
  | 'multiple-matches'
  | 'not-found'
  | 'deleted'
  | 'too-long'
  | 'too-costly'
  | 'code-invalid'
  | 'business-rule'
  | 'conflict'
  | 'transient'
  | 'timeout'
  | 'throttled'
  | 'exception'
  | 'informational'

export type Issue = {
  readonly severity: IssueSeverity
  readonly type: IssueType
  /** Key of the catalogue: gives the text in French and English. */
  readonly error: ErrorCode
  /**
   * What the catalogue's text names in braces. Never a matricule or a person's name (rule I4): element names, codes,
   * parameter names, limits; words in both languages.
   */
  readonly params?: Params
  /** FHIRPath of the faulty element, as `DocumentReference.content[0].attachment.hash`. */
  readonly expression?: string
  /** The rule of docs/policy.md that decided, when one did. */
  readonly rule?: string
}
