/**
 * Words of a text: each is there, in a form that French writes it in, or begins one that is.
 * @see https://www.postgresql.org/docs/current/textsearch-controls.html
 */
import { refusal } from '../../fhir/fhir-error.ts'
import { joinSql, type Sql, sql } from '../sql.ts'

/** Words of one search: each is looked for by itself. */
const MAX_WORDS = 12

/** What `wordsCondition` looks into. @param folded as src/fhir/fold.ts leaves it: without accents or punctuation */
export function wordsColumn(folded: string): Sql {
  return sql`to_tsvector('french'::regconfig, ${folded}::text) || to_tsvector('simple'::regconfig, ${folded}::text)`
}

/** @param texts alternatives, folded @throws FhirError 400 for too many words */
export function wordsCondition(column: Sql, texts: readonly string[]): Sql {
  const words = texts.map((text) => text.split(' '))
  if (words.reduce((sum, each) => sum + each.length, 0) > MAX_WORDS)
    throw refusal('invalid', 'trop-long', { params: { what: 'mots', limit: MAX_WORDS } })
  const all = words.map((each) =>
    joinSql(
      each.map((word) => sql`${column} @@ (${wordQuery(word)})`),
      ' and ',
    ),
  )
  return sql`(${joinSql(
    all.map((each) => sql`(${each})`),
    ' or ',
  )})`
}

/** A plural that the stemmer of French keeps as it is: `rendus`, `genoux`, `radios`. */
const PLURAL = /[aiou][sx]$/

/** Quoted: whatever is left of a word after folding is text, no operator. */
function wordQuery(word: string): Sql {
  const singular = PLURAL.test(word) ? ` | ${quoted(word.slice(0, -1))}` : ''
  const simple = `${quoted(word)}:*${singular}`
  return sql`plainto_tsquery('french'::regconfig, ${word}::text) || to_tsquery('simple'::regconfig, ${simple}::text)`
}

function quoted(word: string): string {
  return `'${word.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
}
