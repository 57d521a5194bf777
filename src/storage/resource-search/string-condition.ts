/**
 * A folded string asked, as a condition on the index row `x`.
 * @see https://hl7.org/fhir/R4/search.html#string
 */
import { BEGINNING } from '../search-index/entry-draft.ts'
import { type Sql, sql } from '../sql.ts'

/** As the indexes on search_string have it, to the letter: PostgreSQL compares the expressions. */
export const beginning: Sql = sql`left(x.folded, 64)`

export function startsWith(folded: string): Sql {
  const characters = [...folded]
  const first = characters.slice(0, BEGINNING)
  const after = afterAllThatBegin(first)
  const rest = characters.length > BEGINNING ? sql`and starts_with(x.folded, ${folded}::text)` : sql``
  return after === undefined
    ? sql`(${beginning} >= ${first.join('')}::text ${rest})`
    : sql`(${beginning} >= ${first.join('')}::text and ${beginning} < ${after}::text ${rest})`
}

export function contains(folded: string): Sql {
  return sql`x.folded like ${`%${folded.replace(/[\\%_]/g, '\\$&')}%`}::text`
}

const LAST = 0x10ffff

/** The first text, in the order of code points, behind all that begin with these characters. */
function afterAllThatBegin(characters: readonly string[]): string | undefined {
  const last = characters.findLastIndex((character) => character.codePointAt(0) !== LAST)
  const code = characters[last]?.codePointAt(0)
  if (code === undefined) return undefined
  // Half surrogates are no characters.
  const next = code + 1 === 0xd800 ? 0xe000 : code + 1
  return characters.slice(0, last).join('') + String.fromCodePoint(next)
}
