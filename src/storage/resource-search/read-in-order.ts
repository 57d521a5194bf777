/** The rows of a page, in the order of a first key that is a column, a date, a number or a string; without one by id. */
import type { Position } from '../../search/cursor.ts'
import type { SearchExpression } from '../../search/search-expression.ts'
import type { Runner } from '../database.ts'
import type { ResourceRow } from '../resources/resource-row.ts'
import { runSearch } from '../resources/run-search.ts'
import type { Asked } from './asked.ts'
import { pageSegments } from './page-segments.ts'
import { presentForms } from './present-forms.ts'
import { isColumn } from './sort-key.ts'
import { isWalkedInPassing } from './walk-in-passing.ts'

/** `v0`, `v1` …: the values of the sort keys. */
export type FoundRow = ResourceRow & { readonly [value: `v${number}`]: string | number | null }

/** @param after position of the last row of the page before */
export type ReadPage = (
  db: Runner,
  search: SearchExpression,
  of: Asked,
  after: Position | undefined,
  limit: number,
) => Promise<FoundRow[]>

export const readInOrder: ReadPage = async (db, search, of, after, limit) => {
  const [first] = search.sort
  const forms = first && !isColumn(first) ? await presentForms(db, of, first) : []
  const inPassing = await isWalkedInPassing(db, { ...search, count: limit }, of, forms)
  const asked = inPassing ? { ...of, termsInPassing: true as const } : of
  const rows: FoundRow[] = []
  for (const segment of pageSegments(search, asked, after, forms)) {
    const missing = limit - rows.length
    if (missing > 0) rows.push(...(await runSearch<FoundRow>(db, segment.statement(missing))))
  }
  return rows
}
