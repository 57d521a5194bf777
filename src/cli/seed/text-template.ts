/** Texts of which parts vary: compiled from a sample in which each of these parts is a mark that stands nowhere else. */

export type TextTemplate = {
  /** One more than the slots: before, between and behind them. */
  readonly literals: readonly string[]
  /** Which of the values stands between two literals. */
  readonly slots: readonly number[]
}

export type CompileText = (sample: string) => TextTemplate

/** @param marks by the place of their values; one that holds another would not be told from it */
export function textCompiler(marks: readonly string[]): CompileText {
  marks.forEach((mark, i) => {
    if (mark === '' || marks.some((other, j) => i !== j && other.includes(mark)))
      throw new Error(`Mark ${i} is no mark among the others`)
  })
  const anyMark = new RegExp(`(${marks.map((mark) => mark.replace(/[^\w]/g, '\\$&')).join('|')})`)
  const places = new Map(marks.map((mark, i) => [mark, i]))
  return (sample) => {
    // A group in the expression: what it has found stands between the parts.
    const parts = sample.split(anyMark)
    return {
      literals: parts.filter((_, i) => i % 2 === 0),
      slots: parts.flatMap((part, i) => (i % 2 === 1 ? [places.get(part) ?? -1] : [])),
    }
  }
}

export function fillText({ literals, slots }: TextTemplate, values: readonly string[]): string {
  let text = literals[0] ?? ''
  for (let i = 0; i < slots.length; i++) text += values[slots[i] ?? -1] + (literals[i + 1] ?? '')
  return text
}
