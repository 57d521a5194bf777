/**
 * What a clone's columns are, as SQL: the base row's, in whose texts the names of its record are exchanged. Which columns hold
 * such names is found by looking, so a new column or table needs no line here.
 */
import type pg from 'pg'
import { BASE_ARC } from './base-records.ts'

export type Column = { readonly name: string; readonly expression: string }

type Described = { readonly name: string; readonly type: string }

/** What names a record in a text, and what takes its place. */
const names = [
  ['k.base_id', 'k.new_id'],
  ['k.base_key::text', 'k.new_key::text'],
  ['k.base_ins', 'k.new_ins'],
  [`'${BASE_ARC}'`, 'k.new_arc'],
] as const

/** Columns that say more than a text can: `b` is the base row, `k` its clone. */
const special: Readonly<Record<string, string>> = {
  patient_key: 'k.new_key',
  'record_key.wrapped': 'k.wrapped',
  'record_key.master': 'k.master',
  // The reader is authorised in all records, but listed (TD0.4) with one in a hundred; the others list the rest.
  'standing.actor': `case when hashtext(k.new_ins) % 100 = 0 then b.actor
    else b.actor || '.' || abs(hashtext(k.new_ins)) % 5000 end`,
  // Traces of no writer (as those from before there were seals): nobody counts or verifies them.
  'audit.writer': '0',
  'audit.seq': 'b.seq + k.clone * 1000',
  // Of this month, which has a partition.
  'audit.id': `(to_hex_time || substr(b.id::text, 14))::uuid`,
}

export async function cloneColumns(client: pg.Client, table: string, now: Date): Promise<Column[]> {
  const { rows } = await client.query<Described>(
    `select a.attname as name, format_type(a.atttypid, a.atttypmod) as type from pg_attribute a
      where a.attrelid = ('public.' || $1)::regclass and a.attnum > 0 and not a.attisdropped order by a.attnum`,
    [table],
  )
  const columns: Column[] = []
  for (const { name, type } of rows) {
    const own = special[`${table}.${name}`] ?? special[name]
    const expression =
      own === undefined ? await exchanged(client, table, name, type) : own.replace('to_hex_time', timeOf(now))
    columns.push({ name, expression })
  }
  return columns
}

async function exchanged(client: pg.Client, table: string, name: string, type: string): Promise<string> {
  if (!/^(text|jsonb)(\[\])?$/.test(type)) return `b.${name}`
  const { rows } = await client.query<Record<string, boolean | null>>(
    `select ${names.map(([from], i) => `bool_or(strpos(b.${name}::text, ${from}) > 0) as n${i}`)}
      from growth.${table} b join growth.clone k on k.base_key = b.patient_key and k.clone = 0`,
  )
  const found = names.filter((_, i) => rows[0]?.[`n${i}`] === true)
  if (found.length === 0) return `b.${name}`
  const text = found.reduce((inner, [from, to]) => `replace(${inner}, ${from}, ${to})`, `b.${name}::text`)
  return type === 'text' ? text : `(${text})::${type}`
}

/** The first 48 bits of an id of then, as a UUID begins. */
function timeOf(now: Date): string {
  const hex = now.getTime().toString(16).padStart(12, '0')
  return `'${hex.slice(0, 8)}-${hex.slice(8)}'`
}
