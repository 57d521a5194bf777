/** The numbers of a measure for one month, as they may be told, before they become a MeasureReport or a metric. */
import type { Counted, Told } from './disclosure.ts'

/** A word of a code table. */
export type Concept = { readonly system: string; readonly code: string; readonly display?: string }

export type Cell = {
  /** One word for each level of the stratifier. */
  readonly at: readonly Concept[]
  readonly count: number
}

export type Stratifier = {
  /** What each level is. */
  readonly levels: readonly Concept[]
  readonly cells: readonly Cell[]
}

/** A number with its unit in UCUM; `low` and `high` where it is known to lie between them. */
export type Score = { readonly value: number; readonly unit: string } & Partial<{
  readonly low: number
  readonly high: number
}>

export type FigureGroup = {
  readonly code: Concept
  /** The date since when the law has these documents sent, `YYYY-MM-DD`. */
  readonly since?: string
  /** Undefined: under 11, and not told. */
  readonly population: number | undefined
  /** Absent where the measure has none; undefined where it may not be told. */
  readonly numerator?: number | undefined
  readonly score?: Score
  readonly stratifiers: readonly Stratifier[]
}

export const STRATUM = 'https://dmp-fhir.example/CodeSystem/strate'
export const GROUP = 'https://dmp-fhir.example/CodeSystem/indicateur'

const untold: Concept = {
  system: STRATUM,
  code: 'petits-effectifs',
  display: 'Effectifs non publiés, ensemble',
}

/** Counts by their strata: a tree as deep as the strata are long. */
export function countedTree(
  rows: Iterable<{ readonly stratum: readonly string[]; readonly count: number }>,
): Counted {
  let count = 0
  const below = new Map<string, { readonly stratum: readonly string[]; readonly count: number }[]>()
  for (const row of rows) {
    count += row.count
    const [key, ...rest] = row.stratum
    if (key === undefined) continue
    const known = below.get(key)
    const inner = { stratum: rest, count: row.count }
    if (known) known.push(inner)
    else below.set(key, [inner])
  }
  if (below.size === 0) return { count }
  return { count, parts: new Map([...below].map(([key, inner]) => [key, countedTree(inner)])) }
}

/**
 * A stratifier for each level of a tree: the first by the first level, the second by the first and second … What is not
 * told stands as one stratum, so that the strata add up.
 * @param levels of each level: what it is, and what a key of it means
 */
export function stratify(
  tree: Told | undefined,
  levels: readonly {
    readonly is: Concept
    readonly word: (key: string, at: readonly Concept[]) => Concept
  }[],
): Stratifier[] {
  if (!tree) return []
  return levels.flatMap((_, depth) => {
    const cells = cellsAt(tree, levels.slice(0, depth + 1), [])
    const rest = tree.count - cells.reduce((sum, { count }) => sum + count, 0)
    if (cells.length === 0) return []
    const all =
      rest > 0 ? [...cells, { at: levels.slice(0, depth + 1).map(() => untold), count: rest }] : cells
    return [{ levels: levels.slice(0, depth + 1).map(({ is }) => is), cells: all }]
  })
}

type Level = Parameters<typeof stratify>[1][number]

function cellsAt(tree: Told, [level, ...deeper]: readonly Level[], at: readonly Concept[]): Cell[] {
  if (!level) return [{ at, count: tree.count }]
  return tree.parts.flatMap((part) => cellsAt(part, deeper, [...at, level.word(part.key, at)]))
}
