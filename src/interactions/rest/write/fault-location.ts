/**
 * Faults of an entry, told where the client sent it: `Patient.name` becomes `Bundle.entry[3].resource.name`.
 * @see https://hl7.org/fhir/R4/http.html#transaction-response (the entry at fault is to be known)
 */
import { FhirError } from '../../../fhir/fhir-error.ts'
import type { Issue } from '../../../fhir/issue.ts'

/** Runs `work`; what it refuses is refused at `at`, where there is one. */
export function faultsAt<T>(at: string | undefined, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw located(error, at)
  }
}

/** The same error, its issues located; what is no refusal stays as it is. */
export function located(error: unknown, at: string | undefined): unknown {
  if (at === undefined || !(error instanceof FhirError)) return error
  const [first, ...rest] = error.issues
  const moved = new FhirError(error.category, [
    locatedIssue(first, at),
    ...rest.map((i) => locatedIssue(i, at)),
  ])
  moved.cause = error.cause
  return moved
}

function locatedIssue(issue: Issue, at: string): Issue {
  const { expression } = issue
  if (expression === undefined) return { ...issue, expression: at }
  if (expression.startsWith(at)) return issue
  return { ...issue, expression: `${at}.resource${withoutType(expression)}` }
}

/** `Patient.name` → `.name`; a path that begins with an element stays one. */
function withoutType(expression: string): string {
  const type = /^[A-Z][A-Za-z]*(?=\.|\[|$)/.exec(expression)?.[0]
  return type === undefined ? `.${expression}` : expression.slice(type.length)
}
