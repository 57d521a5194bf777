/** What a test file printed (TAP 14), counted by its top-level tests, with every failure's place and diagnostics. */
import { Parser, type Result } from 'tap-parser'

export type TestOutcome = {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  readonly failures: readonly string[]
  /** Comments of the file that begin with `report:`, such as the counts of a conformance run. */
  readonly reports: readonly string[]
}

export class TestOutcomeReader {
  readonly #failures: string[] = []
  readonly #reports: string[] = []
  #passed = 0
  #failed = 0
  #skipped = 0
  #lastChild: Parser | undefined
  readonly #parser = new Parser()

  constructor() {
    this.#watch(this.#parser, [])
    this.#parser.on('assert', (result: Result) => this.#count(result))
    this.#parser.on('comment', (comment: string) => {
      const [, report] = /^# report: (.*)$/.exec(comment.trimEnd()) ?? []
      if (report !== undefined) this.#reports.push(report)
    })
    this.#parser.on('bailout', (reason: string) => this.#fail(`Bail out! ${reason}`))
  }

  write(text: string): void {
    this.#parser.write(text)
  }

  /** `fault`: what went wrong with the file as a whole, said even when single tests failed. */
  end(fault?: string): TestOutcome {
    this.#parser.end()
    const plan = this.#parser.results?.plan
    // `1..0 # SKIP reason`. Without a reason, or with tap's own, there simply was no test.
    if (plan?.skipAll && plan.skipReason && plan.skipReason !== 'no tests found') this.#skipped++
    // A plan that was not kept, a test point twice: what TAP calls an error without a test point of its own.
    for (const failure of this.#parser.results?.failures ?? []) {
      if ('tapError' in failure && failure.tapError && this.#failed === 0)
        this.#fail(String(failure.tapError))
    }
    if (fault !== undefined) this.#fail(fault)
    if (this.#passed + this.#failed + this.#skipped === 0) this.#fail('The file ran no test')
    return {
      passed: this.#passed,
      failed: this.#failed,
      skipped: this.#skipped,
      failures: this.#failures,
      reports: this.#reports,
    }
  }

  get failed(): boolean {
    return this.#failed > 0
  }

  #fail(reason: string): void {
    this.#failed++
    this.#failures.push(reason)
  }

  #count(result: Result): void {
    const child = this.#lastChild
    this.#lastChild = undefined
    // A test that had only skipped points has checked nothing.
    const nothingRun =
      child?.results != null && child.results.count > 0 && child.results.skip === child.results.count
    if (result.skip !== false || (result.ok && nothingRun)) this.#skipped++
    else if (result.ok && result.todo === false) this.#passed++
    else this.#failed++
  }

  #watch(parser: Parser, path: readonly string[]): void {
    let childFailed = false
    parser.on('child', (child: Parser) => {
      if (parser === this.#parser) this.#lastChild = child
      const before = this.#failures.length
      this.#watch(child, [...path, child.name])
      child.on('complete', () => {
        childFailed = this.#failures.length > before
      })
    })
    parser.on('assert', (result: Result) => {
      // The failure of a test that holds a failed one is told by the inner one.
      if (!result.ok && result.skip === false && !childFailed) {
        this.#failures.push([[...path, result.name].join(' > '), ...diagnosticLines(result.diag)].join('\n'))
      }
      childFailed = false
    })
  }
}

function diagnosticLines(diagnostics: unknown): string[] {
  if (typeof diagnostics !== 'object' || diagnostics === null) return []
  return Object.entries(diagnostics).flatMap(([key, value]) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    return text.includes('\n')
      ? [
          `${key}:`,
          ...text
            .trimEnd()
            .split('\n')
            .map((line) => `  ${line}`),
        ]
      : [`${key}: ${text}`]
  })
}
