/**
 * The faults found so far, and where the walk through the resource stands. Bounded: after the last one the walk ends.
 * A fault that two rules find (a profile repeats what its base says) is one.
 */
import type { ErrorCode } from '../fhir/error-catalogue.ts'
import type { Issue, IssueSeverity, IssueType } from '../fhir/issue.ts'

/** Enough to correct a resource, too few to make an answer large. */
export const maxIssues = 50

type Params = Readonly<Record<string, string | number>>

export class Findings {
  readonly issues: Issue[] = []
  readonly #path: (string | number)[] = []
  /** Elements on the way to each issue, those of lists counted once. */
  readonly #levels: number[] = []
  readonly #known = new Set<string>()

  get full(): boolean {
    return this.issues.length >= maxIssues
  }

  get depth(): number {
    return this.#path.length
  }

  /** Elements on the way, those of lists counted once. */
  get level(): number {
    let level = 0
    for (const step of this.#path) if (typeof step === 'string') level++
    return level
  }

  /** Steps down to an element, or to the n-th of a list; `leave` steps back. */
  enter(step: string | number): void {
    this.#path.push(step)
  }

  leave(): void {
    this.#path.pop()
  }

  /** Name of the element around the one where the walk stands. */
  get outer(): string | undefined {
    const names = this.#path.filter((step) => typeof step === 'string')
    return names.at(-2)
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
    params: Params = {},
    below?: string,
    severity: IssueSeverity = 'error',
  ): void {
    if (this.full) return
    const expression = this.expression(below)
    const { profile: _profile, ...told } = params
    const known = JSON.stringify([error, expression, told])
    if (this.#known.has(known)) return
    this.#known.add(known)
    this.#levels.push(this.level + (below === undefined ? 0 : 1))
    this.issues.push({ severity, type, error, params: { name: expression, ...params }, expression })
  }

  /** Whether a fault found since then is of the object where the walk stands or one of its own elements. */
  hasOwnSince(issueCount: number): boolean {
    if (issueCount === this.issues.length) return false
    const nearest = this.level + 1
    return this.#levels.slice(issueCount).some((level) => level <= nearest)
  }
}
