/** What the command lines of the tools have in common: options by their names, numbers within bounds, and what is said otherwise. */
import { type ParseArgsConfig, parseArgs } from 'node:util'

type Known = NonNullable<ParseArgsConfig['options']>

/** To be told as it is, without a stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export class CommandLine {
  readonly #usage: string

  constructor(usage: string) {
    this.#usage = usage
  }

  /** Options, and nothing beside them. @throws UsageError */
  options<O extends Known>(args: readonly string[], options: O) {
    return this.#orUsage(() => parseArgs({ args: [...args], options, strict: true })).values
  }

  /** Options, and words between them. @throws UsageError */
  withWords<O extends Known>(args: readonly string[], options: O) {
    return this.#orUsage(() => parseArgs({ args: [...args], options, strict: true, allowPositionals: true }))
  }

  /** @throws UsageError unless the text is a number within these */
  within(text: string | undefined, fallback: number, min: number, max: number): number {
    const value = text === undefined ? fallback : Number(text)
    if (!(value >= min && value <= max)) throw this.wrong()
    return value
  }

  /** @param fault said before how it is used */
  wrong(fault?: string, options?: ErrorOptions): UsageError {
    return new UsageError(fault === undefined ? this.#usage : `${fault}\n\n${this.#usage}`, options)
  }

  #orUsage<T>(parse: () => T): T {
    try {
      return parse()
    } catch (cause) {
      if (cause instanceof TypeError) throw this.wrong(undefined, { cause })
      throw cause
    }
  }
}
