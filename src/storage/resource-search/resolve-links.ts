/**
 * What links lead to, followed before the search itself where it is little: PostgreSQL cannot know how much it is, and
 * sorts thousands where a page could be read off, or walks a table for the few there are.
 *
 * NOT of one moment: a resource that begins or ceases to meet a criterion meanwhile is in the answer or not.
 */
import type { Criterion } from '../../search/search-expression.ts'
import type { Runner } from '../database.ts'
import type { Asked } from './asked.ts'
import { needsRow } from './criterion-condition.ts'
import { gatherIds, gatherReferring, mostGathered } from './gather-ids.ts'

/** Ends of a chain that are followed. */
const MAX_ENDS = 3000

/** Pages of 8 KB that a look at a link reads, as against one or two for what is gathered. */
const PRICE_OF_A_LOOK = 6

/** @returns criteria that mean the same; a link among them leads to much */
export async function resolveLinks(
  db: Runner,
  criteria: readonly Criterion[],
  of: Asked,
  limit: number,
): Promise<readonly Criterion[]> {
  const links = criteria.filter(isLink)
  if (of.types.length !== 1 || links.length === 0) return criteria
  const most = await mostGathered(db, of, limit, PRICE_OF_A_LOOK)
  const plain = criteria.filter((criterion) => !isLink(criterion))
  for (const link of links) {
    const others = links.filter((criterion) => criterion !== link)
    if (link.kind === 'chain' && plain.some((criterion) => needsRow(criterion, of))) {
      const [seen, found] = divided(plain, (criterion) => needsRow(criterion, of))
      const ids = await byReferences(db, link, seen, of, most)
      if (ids) return [among(ids), ...found, ...others]
    } else if (link.kind === 'chain') {
      const ids = await gatherIds(db, [link], of, most)
      if (ids) return [among(ids), ...plain, ...others]
    }
  }
  // What `_has` leads to is found by opening resources: first what is asked beside it.
  const ids = plain.length > 0 ? await gatherIds(db, plain, of, most) : undefined
  if (ids) return [among(ids), ...links]
  for (const link of links.filter(({ kind }) => kind === 'has')) {
    const found = await gatherIds(db, [link], of, most)
    if (found) return [among(found), ...criteria.filter((criterion) => criterion !== link)]
  }
  return criteria
}

function divided<T>(all: readonly T[], holds: (one: T) => boolean): [T[], T[]] {
  return [all.filter(holds), all.filter((one) => !holds(one))]
}

function among(ids: readonly string[]): Criterion {
  return { kind: 'id', parameter: '_id', values: ids }
}

function isLink({ kind }: Criterion): boolean {
  return kind === 'chain' || kind === 'has'
}

/**
 * The references of a chain are read off their index, with the signatures of what they stand in: of that only what may meet
 * the criteria is opened.
 */
async function byReferences(
  db: Runner,
  { parameter, targets }: Extract<Criterion, { kind: 'chain' }>,
  criteria: readonly Criterion[],
  of: Asked,
  most: number,
): Promise<readonly string[] | undefined> {
  const ends: { type: string; ids: readonly string[] }[] = []
  let count = 0
  for (const { type, criterion } of targets) {
    const target = { ...of, types: [type], depth: of.depth + 1 }
    // Nobody opens these: a chain leads through what is there.
    const ids = await gatherIds(db, [criterion], target, MAX_ENDS - count, 'there')
    if (!ids) return undefined
    count += ids.length
    ends.push({ type, ids })
  }
  return count === 0 ? [] : gatherReferring(db, parameter, ends, criteria, of, most)
}
