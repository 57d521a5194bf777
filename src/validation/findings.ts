/**
 * The faults found so far, and where the walk through the resource stands. Bounded: after the last one the walk ends.
 */
import type { ErrorCode } from '../fhir/error-catalogue.ts'
import type { Issue, IssueType } from '../fhir/issue.ts'

/** Enough to correct a resource, too few to make an answer large. */
export const maxIssues = 50

export class Findings {
  readonly issues: Issue[] = []
  readonly #path: (string | number)[] = []

  get full(): boolean {
    return this.issues.length >= maxIssues
  }

  get depth(): number {
    return this.#path.length
  }

  /** Steps down to an element, or to the n-th of a list; `leave` steps back. */
  enter(step: string | number): void {
    this.#path.push(step)
  }

  leave(): void {
    this.#path.pop()
  }

  /** FHIRPath of where the walk stands: `DocumentReference.content[0].attachment.hash`. */
  expression(below?: string): string {
    let text = ''
    for (const step of this.#path) {
      if (typeof step === 'number') text += `[${step}]`
      else text += text === '' ? step : `.${step}`
    }
    if (below === undefined) return text
    return text === '' ? below : `${text}.${below}`
  }

  /**
   * @param params what the text of the catalogue names besides `{name}`; never a value of the resource
   * @param below an element that is missing or too much where the walk stands
   */
  add(
    type: IssueType,
    error: ErrorCode,
    params: Readonly<Record<string, string | number>> = {},
    below?: string,
  ): void {
    if (this.full) return
    const expression = this.expression(below)
    this.issues.push({ severity: 'error', type, error, params: { name: expression, ...params }, expression })
  }
}
