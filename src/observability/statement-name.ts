/**
 * What a statement is called where people look for it: what it does, its first table, and six digits that tell it
 * from others of the kind: `select document 3fa91c`. It is made of the text alone, so that it is the same in every process and
 * every release that did not change the statement. The text holds no value: those are parameters (src/storage/sql.ts).
 */
import { createHash } from 'node:crypto'
import { type Sql, textOf } from '../storage/sql.ts'

const names = new WeakMap<readonly string[], string>()

export function statementName(statement: Sql): string {
  const known = names.get(statement.strings)
  if (known !== undefined) return known
  const name = nameOf(textOf(statement))
  names.set(statement.strings, name)
  return name
}

const writes = /\b(insert into|update|delete from)\s+(?:only\s+)?([a-z_][a-z0-9_]*)/
const reads = /\b(?:from|join)\s+([a-z_][a-z0-9_]*)/g
const commonTables =
  /(?:\bwith|,)\s*(?:recursive\s+)?([a-z_][a-z0-9_]*)(?:\([^()]*\))?\s+as\s+(?:not\s+)?(?:materialized\s+)?\(/g
/** What stands where a table may stand, and is none. */
const others: ReadonlySet<string> = new Set(['unnest', 'generate_series', 'lateral', 'json_to_recordset'])

/** What it writes first; else what it reads, in its outermost part where there is something. */
function nameOf(text: string): string {
  const plain = text.replace(/--[^\n]*/g, '').toLowerCase()
  const digits = createHash('sha256').update(text).digest('hex').slice(0, 6)
  // `for update of` and `on conflict do update set` write nothing that is not named before.
  const [, write, written] = writes.exec(plain.replace(/\b(?:key )?update (?:of|set)\b/g, '')) ?? []
  if (write !== undefined && written !== undefined) return `${write.split(' ')[0]} ${written} ${digits}`
  const own = new Set([...others, ...[...plain.matchAll(commonTables)].map(([, name = '']) => name)])
  const tableIn = (part: string): string | undefined =>
    [...part.matchAll(reads)].map(([, name = '']) => name).find((name) => !own.has(name))
  const table = tableIn(outermost(plain)) ?? tableIn(plain)
  return ['select', ...(table === undefined ? [] : [table]), digits].join(' ')
}

function outermost(text: string): string {
  for (let inner = text; ; ) {
    const outer = inner.replace(/\([^()]*\)/g, ' ')
    if (outer === inner) return outer
    inner = outer
  }
}
