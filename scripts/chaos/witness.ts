/** What clients saw of a run: each request with its answer and its time, and the figures of a fault that follow from them. */

export type Kind = 'push' | 'read' | 'search' | 'retrieve' | 'patch' | 'livez' | 'readyz'
/** What is promised to clients; the other two are for whoever operates. */
export const workKinds: readonly Kind[] = ['push', 'read', 'search', 'retrieve', 'patch']

export const OK = 'ok'
/** No answer within the time that a client gives it. */
export const HANGS = 'no answer'
/** The connection was refused, or broke. */
export const BROKEN = 'connection broken'

export type Seen = {
  readonly kind: Kind
  readonly requestId: string
  /** Milliseconds of `performance.now()`. */
  readonly began: number
  readonly ended: number
  /** OK, BROKEN, HANGS, or the status and the error's code. */
  readonly outcome: string
  /** undefined: nothing came. */
  readonly status: number | undefined
}

export type Window = { readonly began: number; readonly ended: number }

export type Figures = {
  readonly requests: number
  /** While the fault lasted: how many of each kind succeeded. */
  readonly served: Readonly<Record<string, number>>
  /** From the beginning of the fault on: how many of each outcome but OK. */
  readonly outcomes: Readonly<Record<string, number>>
  /** Of all that were under way during the fault or after it. */
  readonly longestMs: number
  readonly longestKind: Kind | undefined
  /** From the fault's end to the first success; undefined: there was none. */
  readonly firstSuccessMs: number | undefined
  /** To the first success of the kind that took longest to come back. */
  readonly allKindsMs: number | undefined
  /** To the last failure; 0: none after the end. */
  readonly lastFailureMs: number
  readonly readyMs: number | undefined
}

export class Witness {
  readonly seen: Seen[] = []
  /** Answers that were wrong: more than a failure. */
  readonly lies: string[] = []

  figures({ began, ended }: Window): Figures {
    const during = this.seen.filter((each) => each.ended >= began)
    const work = during.filter(({ kind }) => workKinds.includes(kind))
    const failures = work.filter(({ outcome }) => outcome !== OK)
    const longest = work.reduce<Seen | undefined>(
      (most, each) => (took(each) > took(most) ? each : most),
      undefined,
    )
    const firsts = workKinds.map((kind) =>
      firstSuccess(
        work.filter((each) => each.kind === kind),
        ended,
      ),
    )
    const known = firsts.filter((each) => each !== undefined)
    return {
      requests: work.length,
      served: countOf(
        work
          .filter((each) => each.outcome === OK && each.began >= began && each.ended <= ended)
          .map(({ kind }) => kind),
      ),
      outcomes: countOf(failures.map(({ outcome }) => outcome)),
      longestMs: took(longest),
      longestKind: longest?.kind,
      firstSuccessMs: known.length > 0 ? Math.min(...known) : undefined,
      allKindsMs: known.length === firsts.length ? Math.max(...known) : undefined,
      lastFailureMs: Math.max(0, ...failures.map((each) => each.ended - ended)),
      readyMs: firstSuccess(
        during.filter(({ kind }) => kind === 'readyz'),
        ended,
      ),
    }
  }
}

function took(seen: Seen | undefined): number {
  return seen ? seen.ended - seen.began : 0
}

function firstSuccess(seen: readonly Seen[], since: number): number | undefined {
  const ends = seen.filter(({ outcome, ended }) => outcome === OK && ended >= since).map(({ ended }) => ended)
  return ends.length > 0 ? Math.min(...ends) - since : undefined
}

export function countOf(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1
  return counts
}
