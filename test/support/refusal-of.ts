/** What a refused call was answered: `422 patch-test`, with the element if one was named; undefined when it was not refused. */
import { FhirError } from '../../src/fhir/fhir-error.ts'

export function refusalOf(call: () => unknown): string | undefined {
  try {
    call()
    return undefined
  } catch (error) {
    if (!(error instanceof FhirError)) throw error
    const [issue] = error.issues
    return `${error.status} ${issue.error}${issue.expression === undefined ? '' : ` @ ${issue.expression}`}`
  }
}
