/**
 * A refusal. Throwing one stops the request; the HTTP shell turns it into a status and an OperationOutcome.
 * The categories are closed: one table gives the status and the default issue code of each.
 * @see https://hl7.org/fhir/R4/http.html and the table "Answers" of docs/api.md
 */
import type { ErrorCode } from './error-catalogue.ts'
import type { Issue, IssueType } from './issue.ts'

export const errorCategories = {
  invalid: { status: 400, type: 'invalid' },
  structure: { status: 400, type: 'structure' },
  required: { status: 400, type: 'required' },
  'not-supported': { status: 400, type: 'not-supported' },
  'too-costly': { status: 400, type: 'too-costly' },
  login: { status: 401, type: 'login' },
  expired: { status: 401, type: 'expired' },
  security: { status: 401, type: 'security' },
  forbidden: { status: 403, type: 'forbidden' },
  suppressed: { status: 403, type: 'suppressed' },
  'not-found': { status: 404, type: 'not-found' },
  'method-not-allowed': { status: 405, type: 'not-supported' },
  'not-acceptable': { status: 406, type: 'not-supported' },
  conflict: { status: 409, type: 'conflict' },
  duplicate: { status: 409, type: 'duplicate' },
  deleted: { status: 410, type: 'deleted' },
  'version-conflict': { status: 412, type: 'conflict' },
  'multiple-matches': { status: 412, type: 'multiple-matches' },
  'too-long': { status: 413, type: 'too-long' },
  'unsupported-media-type': { status: 415, type: 'not-supported' },
  'range-not-satisfiable': { status: 416, type: 'invalid' },
  unprocessable: { status: 422, type: 'business-rule' },
  throttled: { status: 429, type: 'throttled' },
  exception: { status: 500, type: 'exception' },
  transient: { status: 503, type: 'transient' },
} as const satisfies Record<string, { status: number; type: IssueType }>

export type ErrorCategory = keyof typeof errorCategories

export class FhirError extends Error {
  override readonly name = 'FhirError'
  readonly category: ErrorCategory
  readonly issues: readonly [Issue, ...Issue[]]

  constructor(category: ErrorCategory, issues: readonly [Issue, ...Issue[]]) {
    super(`${category}: ${issues.map((i) => i.error).join(', ')}`)
    this.category = category
    this.issues = issues
  }

  get status(): number {
    return errorCategories[this.category].status
  }
}

/** One refusal with one issue, its type taken from the category unless `more` says otherwise. */
export function refusal(
  category: ErrorCategory,
  error: ErrorCode,
  more: Partial<Omit<Issue, 'error' | 'severity'>> = {},
): FhirError {
  return new FhirError(category, [
    { severity: 'error', type: errorCategories[category].type, error, ...more },
  ])
}

/** Throws 422 with every fault found, or returns when there is none. */
export function refuseFaults(faults: readonly Issue[]): void {
  const [first, ...rest] = faults.filter((f) => f.severity === 'error' || f.severity === 'fatal')
  if (first) throw new FhirError('unprocessable', [first, ...rest])
}
