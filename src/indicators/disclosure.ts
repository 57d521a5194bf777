/**
 * What of a table of counts may be told, so that no number from 1 to 10 can be had from it, not by subtraction either.
 *
 * A table is a tree: a total, its parts, theirs. Only trees are told, and of one population (the documents of a month) several
 * trees only where they share the total alone: what one tells then says nothing of another. Never told: a crossed table
 * whose margins are told too, two spans of time of which one lies in the other, a number that is told otherwise later.
 *
 * Among the parts of a told total: those under 11 are not told, nor is the smallest of the others (all that are as small as it),
 * and nothing of what is under them; the sum of all that is not told is. So each untold part may be the large one, and zero is never
 * told from small. Where no part reaches 11 none is told.
 * INVARIANT (test/indicators/disclosure.test.ts, by going through all small tables): for each part there is a table with the
 * same telling in which it does not lie in 1 to 10; but where 11 is split in two, where only its value stays unknown.
 *
 * NOT protected against: who knows other parts from elsewhere (a hospital its own deposits) knows less uncertain what remains.
 */

/** Numbers under it, but zero, are small. */
export const SMALLEST_TOLD = 11

export type Counted = { readonly count: number; readonly parts?: ReadonlyMap<string, Counted> }

export type Told = {
  readonly count: number
  /** The parts that are told, the largest first. */
  readonly parts: readonly (Told & { readonly key: string })[]
  /** The sum of those that are not; 0 where all are. */
  readonly untold: number
}

/** @returns undefined where not even the total is told */
export function told(counted: Counted): Told | undefined {
  if (counted.count < SMALLEST_TOLD) return undefined
  const parts = [...(counted.parts ?? [])].filter(([, { count }]) => count > 0)
  const shown = tellable(parts)
  const kept = shown.reduce((sum, [, { count }]) => sum + count, 0)
  return {
    count: counted.count,
    parts: shown
      .flatMap(([key, part]) => {
        const inner = told(part)
        return inner ? [{ key, ...inner }] : []
      })
      .sort((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1)),
    untold: parts.length > 0 ? counted.count - kept : 0,
  }
}

type Part = readonly [key: string, part: Counted]

function tellable(parts: readonly Part[]): readonly Part[] {
  const large = parts.filter(([, { count }]) => count >= SMALLEST_TOLD)
  if (large.length === parts.length) return parts
  const cover = Math.min(...large.map(([, { count }]) => count))
  return large.filter(([, { count }]) => count > cover)
}

/**
 * Of a total, how many were reached within a first bound, a second …: at which bounds that may be told. The bounds become
 * known one after the other, and what was told of the first must stay true and safe when the next are told: each is
 * decided by what lies before it alone. Told is a bound by which 11 or more were reached since the last told one, and 11 or
 * more are not yet: one that is not told may always be one at which nothing happened.
 * @param within how many within each bound that is known by now, in order
 * @returns the places of the bounds that are told, with their numbers
 */
export function toldSteps(
  total: number,
  within: readonly number[],
): { readonly place: number; readonly upTo: number }[] {
  if (total < SMALLEST_TOLD) return []
  const steps: { place: number; upTo: number }[] = []
  for (const [place, upTo] of within.entries()) {
    const since = upTo - (steps.at(-1)?.upTo ?? 0)
    if (since >= SMALLEST_TOLD && total - upTo >= SMALLEST_TOLD) steps.push({ place, upTo })
  }
  return steps
}
