/**
 * The rows of a page that is sorted by a token. Few matches are gathered and sorted. Of more, the page is what has the
 * first code that there is, in the order of the other keys, then what has the next one, and so on; at last what has none.
 * Codes that few have, as identifiers are, are asked for many at a time.
 *
 * Of what a write costs it takes nothing but the row of a code that nobody had so far (docs/decisions/0017).
 */
import type { Position } from '../../search/cursor.ts'
import type { Criterion, SearchExpression, SortKey } from '../../search/search-expression.ts'
import type { Runner } from '../database.ts'
import { runSearch } from '../resources/run-search.ts'
import { joinSql, type Sql, sql } from '../sql.ts'
import { type Asked, isLive, rowOf } from './asked.ts'
import { allCodes, codesInOrder, type FromCode, type SortCode } from './code-keys.ts'
import { criterionCondition } from './criterion-condition.ts'
import { estimatedRows, gatherIds } from './gather-ids.ts'
import { codeByCode, gatheredInOrder, valuelessInOrder } from './page-segments.ts'
import { type FoundRow, type ReadPage, readInOrder } from './read-in-order.ts'
import { refuseUnsorted } from './unsorted-types.ts'

/** Codes that are asked for together: first so many, then ever more. */
const TOGETHER = 64
const MOST_TOGETHER = 4096
/** Estimates of what an index finds are seldom wrong by more. */
const SURELY_MORE = 4

export const readPage: ReadPage = (db, search, of, after, limit) =>
  search.sort[0]?.code && search.types.length === 1
    ? new PageByCode(db, search, search.sort[0], of).read(after, limit)
    : readInOrder(db, search, of, after, limit)

/** The keys behind that of the code, and the position by them. */
type Rest = { readonly sort: readonly SortKey[]; readonly after: (position: Position) => Position }

function restOf([first, ...others]: readonly SortKey[]): Rest {
  if (others.length > 0 || !first?.descending) return { sort: others, after: ([, ...rest]) => rest }
  // Ties go in the direction of the last key, which here is that of the code.
  return { sort: [{ parameter: '_id', descending: true }], after: ([, ...rest]) => [...rest, ...rest] }
}

class PageByCode {
  readonly #db: Runner
  readonly #search: SearchExpression
  readonly #key: SortKey
  readonly #of: Asked
  /** Whether each code has so many matches that a few of them fill a page. */
  #oneByOne = false
  readonly #rest: Rest

  constructor(db: Runner, search: SearchExpression, key: SortKey, of: Asked) {
    this.#db = db
    this.#search = search
    this.#key = key
    this.#of = of
    this.#rest = restOf(search.sort)
  }

  async read(after: Position | undefined, limit: number): Promise<FoundRow[]> {
    await refuseUnsorted(this.#db, this.#of, this.#search.types[0] ?? '')
    const { prices } = this.#of
    const codes = await estimatedRows(this.#db, allCodes(this.#of, this.#key))
    const most = Math.max(prices.few, Math.ceil(Math.sqrt(limit * codes * prices.code)))
    const matches = await this.#estimatedMatches()
    // To gather is planned for all there are: where that is much, the attempt alone is dear.
    const few = matches <= most * SURELY_MORE
    const ids = few ? await gatherIds(this.#db, this.#search.criteria, this.#of, most) : undefined
    if (ids) {
      const among = { ...this.#search, criteria: [{ kind: 'id', parameter: '_id', values: ids } as const] }
      return this.#found(gatheredInOrder(among, this.#of, after).statement(limit))
    }
    this.#oneByOne = matches > (codes * limit) / prices.oneByOne
    const rows: FoundRow[] = []
    const coded = after?.[0] === null ? [] : this.#coded(after, limit)
    for await (const found of coded) {
      rows.push(...found)
      if (rows.length >= limit) return rows.slice(0, limit)
    }
    const uncoded = valuelessInOrder(
      this.#search,
      this.#of,
      this.#key,
      after?.[0] === null ? after : undefined,
    )
    rows.push(...(await this.#found(uncoded.statement(limit - rows.length))))
    return rows
  }

  /** What has a code, in order, until nobody asks for more. */
  async *#coded(after: Position | undefined, limit: number): AsyncGenerator<readonly FoundRow[]> {
    let from: FromCode | undefined
    const at = after?.[0]
    if (typeof at === 'string') {
      // A page goes on within the code that it ended in.
      const [code] = await this.#codes({ sorts: at, beyond: false }, 1)
      if (code?.sorts === at) yield this.#withCode(code, this.#rest.after(after ?? []), limit)
      from = { sorts: at, beyond: true }
    }
    let together = TOGETHER
    for (;;) {
      const codes = await this.#codes(from, together)
      const single = this.#oneByOne ? codes.slice(0, this.#of.prices.oneByOne) : []
      for (const code of single) yield this.#withCode(code, undefined, limit)
      this.#oneByOne = false
      const others = codes.slice(single.length)
      if (others.length > 0) yield this.#withCodes(others, limit)
      const last = codes.at(-1)
      if (!last || codes.length < together) return
      from = { sorts: last.sorts, beyond: true }
      together = Math.min(together * 4, MOST_TOGETHER)
    }
  }

  #codes(from: FromCode | undefined, limit: number): Promise<SortCode[]> {
    return runSearch(this.#db, codesInOrder(this.#of, this.#key, from, limit))
  }

  /** As a search of its own, in the order of the other keys. */
  async #withCode(
    { code, sorts }: SortCode,
    after: Position | undefined,
    limit: number,
  ): Promise<FoundRow[]> {
    const { parameter, descending } = this.#key
    const criteria: Criterion[] = [
      ...this.#search.criteria,
      { kind: 'token', parameter, not: false, values: [{ code }] },
      { kind: 'first-code', parameter, code: sorts, descending },
    ]
    const search = { ...this.#search, criteria, sort: this.#rest.sort }
    const rows = await readPage(this.#db, search, this.#of, after, limit)
    return rows.map((row) => this.#behind(sorts, row))
  }

  async #withCodes(codes: readonly SortCode[], limit: number): Promise<FoundRow[]> {
    const search = { ...this.#search, sort: this.#rest.sort }
    const statement = codeByCode(search, this.#of, this.#key, codes, limit)
    const rows = await runSearch<FoundRow & { readonly code: string }>(this.#db, statement)
    return rows.map((row) => this.#behind(row.code, row))
  }

  /** The row with the values of all keys: that of the code, then those it has. */
  #behind(sorts: string, row: FoundRow): FoundRow {
    const values = this.#search.sort.map((_, i) => [`v${i}`, i === 0 ? sorts : (row[`v${i - 1}`] ?? null)])
    return { ...row, ...Object.fromEntries(values) }
  }

  async #estimatedMatches(): Promise<number> {
    const { criteria } = this.#search
    const conditions = criteria.map((criterion) => criterionCondition(criterion, this.#of))
    const all = joinSql([isLive(this.#of, true), ...conditions], ' and ')
    return estimatedRows(this.#db, sql`resource ${rowOf(this.#of)} where ${all}`)
  }

  #found(statement: Sql): Promise<FoundRow[]> {
    return runSearch(this.#db, statement)
  }
}
