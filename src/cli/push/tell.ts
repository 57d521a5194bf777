/**
 * What a person, or a program, sees of a push under way: a bar on a terminal, a line now and then elsewhere, one JSON
 * object a line when asked for.
 */
import { createProgress, type Progress } from '../progress.ts'
import { type Paint, plain } from '../terminal/paint.ts'
import type { Counts, Line } from './report.ts'

export type TellTo = {
  readonly json: boolean
  readonly terminal: boolean
  readonly out: (line: string) => void
  /** As it stands, without an end of line. */
  readonly write: (text: string) => void
  readonly now: () => number
  readonly columns?: () => number
  /** Colours of `out`. */
  readonly paint?: Paint
}

export class Tell {
  readonly #to: TellTo
  readonly #progress: Progress
  readonly #begin: number
  #waiting = ''

  constructor(to: TellTo) {
    this.#to = to
    this.#progress = createProgress(to)
    this.#begin = to.now()
  }

  /** What went as it should is told to programs alone: a person has the bar. */
  document(line: Line): void {
    if (this.#to.json) this.#to.out(JSON.stringify({ event: 'document', ...line }))
    if (this.#to.json) return
    if (line.outcome !== 'refused' && line.outcome !== 'failed') return
    this.#progress.end()
    const [first, ...more] = line.reasons ?? []
    const reason = first ? `${first.code}: ${first.text}${first.at ? ` [${first.at}]` : ''}` : ''
    const { paint = plain } = this.#to
    this.#to.out(`${paint('red', line.outcome)}  ${line.file}  ${reason}`)
    for (const { code, text, at } of more) this.#to.out(`         ${code}: ${text}${at ? ` [${at}]` : ''}`)
  }

  /** @param milliseconds until it is tried again */
  waiting(why: string, milliseconds: number): void {
    this.#waiting = `waiting ${Math.ceil(milliseconds / 1_000)} s (${why})`
    if (this.#to.json)
      this.#to.out(JSON.stringify({ event: 'waiting', why, milliseconds: Math.round(milliseconds) }))
  }

  /** @param total of what is known of so far */
  progress(counts: Counts, total: number): void {
    if (this.#to.json) return
    const done = Object.values(counts).reduce((sum, count) => sum + count, 0)
    const seconds = Math.max(0.001, (this.#to.now() - this.#begin) / 1_000)
    const rate = (counts.sent + counts.there) / seconds
    const parts = [`${done}/${total}`, ...named(counts), `${rate.toFixed(1)}/s`, this.#waiting]
    this.#progress.tell(parts.filter((part) => part !== '').join(' · '), { done, of: total })
    this.#waiting = ''
  }

  end(summary: string, rest: object): void {
    this.#progress.end()
    this.#to.out(this.#to.json ? JSON.stringify({ event: 'end', ...rest }) : summary)
  }
}

const words = {
  sent: 'sent',
  there: 'already at the server',
  known: 'sent before',
  ignored: 'not for the DMP',
  refused: 'refused',
  failed: 'failed',
} as const satisfies Record<keyof Counts, string>

export function named(counts: Counts): string[] {
  return (Object.keys(words) as (keyof Counts)[]).flatMap((name) =>
    counts[name] > 0 ? [`${counts[name]} ${words[name]}`] : [],
  )
}
