/**
 * A page in the order of ids, of what a single criterion finds in the index tables. Its ids are gathered and sorted, and no
 * other resource than those of the page is opened. Where there are too many, resources are walked in their order instead,
 * and each is asked whether it is found: one match then follows soon upon another.
 */
import type { Position } from '../../search/cursor.ts'
import type { Criterion, SearchExpression } from '../../search/search-expression.ts'
import type { Runner } from '../database.ts'
import { resourceColumns } from '../resources/resource-row.ts'
import { type Sql, sql } from '../sql.ts'
import { type Asked, isLive, rowOf } from './asked.ts'
import { foundIds, lookedFor } from './criterion-condition.ts'
import { estimatedMatches, mostGathered } from './gather-ids.ts'
import { isOfThere } from './link-condition.ts'

/** @returns undefined for a search that is none of these */
export function gatherable(search: SearchExpression, of: Asked): Criterion | undefined {
  const [criterion, ...others] = search.criteria
  if (!criterion || others.length > 0 || search.sort.length > 0 || search.types.length !== 1) return undefined
  return foundIds(criterion, of) ? criterion : undefined
}

/** How many ids are gathered at most; 0: none, the page is walked for. */
export async function mostOf(db: Runner, criterion: Criterion, of: Asked, limit: number): Promise<number> {
  // A look reads about five pages of 8 KB, as against one for a row, and fewer for references, which lie in an index.
  if (criterion.kind === 'chain' || criterion.kind === 'reference') return mostGathered(db, of, limit, 16)
  if (criterion.kind !== 'has') return mostGathered(db, of, limit, 4)
  // What refers to a resource is opened either way: six pages to gather it, ten to look for it.
  const most = await mostGathered(db, of, limit, 2)
  const source = { ...of, types: [criterion.type], depth: of.depth + 1 }
  return (await estimatedMatches(db, criterion.criterion, source)) > most ? 0 : most
}

/**
 * Its rows have the columns of a resource, which are null in a single row when there is none, and how many ids were
 * gathered: where it is more than `most`, the page is not to be had so.
 */
export function gatheredPage(
  criterion: Criterion,
  of: Asked,
  after: Position | undefined,
  limit: number,
  most: number,
): Sql {
  const ids = foundIds(criterion, of)
  if (!ids) throw new Error(`${criterion.kind} of ${criterion.parameter} does not find ids`)
  const row = rowOf(of)
  const behind = after ? sql`where s.id > ${after[0]}::text` : sql``
  // Planned for all of them, as in gather-ids.ts.
  return sql`with m (id) as materialized (${ids}), s as materialized (select m.id from m limit ${most + 1}::integer)
    select g.gathered, p.* from (select count(*)::integer as gathered from s) g left join lateral (
      select ${resourceColumns(row)}
        from (select distinct s.id from s ${behind} order by s.id) d join resource ${row} on ${row}.id = d.id
        where ${isLive(of, isOfThere(criterion))} order by d.id limit ${limit}::integer
    ) p on g.gathered <= ${most}::integer`
}

export function walkedPage(criterion: Criterion, of: Asked, after: Position | undefined, limit: number): Sql {
  const row = rowOf(of)
  const behind = after ? sql`and ${row}.id > ${after[0]}::text` : sql``
  return sql`select ${resourceColumns(row)} from resource ${row}
    where ${isLive(of, isOfThere(criterion))} ${behind}
      and ${lookedFor(criterion, of)}
    order by ${row}.id limit ${limit}::integer`
}
