/**
 * What PostgreSQL would do with a statement whatever its values are, and whether each table that is spread by patient_key is
 * looked at for one key alone. `explain (generic_plan)` needs PostgreSQL 16.
 */
import { tablePlacement } from '../../src/storage/schema/table-placement.ts'
import type { TestApp } from './app.ts'

export type Plan = Readonly<Record<string, unknown>> & {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly Alias?: string
  readonly Operation?: string
  readonly Plans?: readonly Plan[]
}

/** Undefined for what has no plan: begin, commit, set. */
export async function planOf(app: Pick<TestApp, 'query'>, text: string): Promise<Plan | undefined> {
  if (!/^\s*(?:with|select|insert|update|delete)\b/i.test(text)) return undefined
  const rows = await app.query<{ 'QUERY PLAN': readonly { Plan: Plan }[] }>(
    `explain (generic_plan, verbose, costs off, format json) ${text}`,
  )
  return rows[0]?.['QUERY PLAN'][0]?.Plan
}

const conditions = ['Index Cond', 'Recheck Cond', 'Filter', 'Join Filter', 'Hash Cond', 'Merge Cond'] as const

/**
 * The tables that are looked at, or written, for other than one key given as a parameter; a key that is that of a row so bound
 * is as good, as it is to Citus.
 */
export function looseTables(plan: Plan, text: string): string[] {
  const looked: { readonly table: string; readonly alias: string; readonly told: string }[] = []
  const written: string[] = []
  walk(plan, (node) => {
    const table = baseName(node['Relation Name'])
    if (table === undefined || placementOf(table) !== 'record') return
    if (node['Node Type'] !== 'ModifyTable')
      looked.push({
        table,
        alias: baseName(node.Alias) ?? table,
        told: conditions.map((name) => String(node[name] ?? '')).join(' '),
      })
    else if (node.Operation === 'Insert') written.push(table)
  })
  const bound = new Set(looked.filter(({ told }) => BY_PARAMETER.test(told)).map(({ alias }) => alias))
  for (let before = -1; before !== bound.size; ) {
    before = bound.size
    for (const { alias, told } of looked)
      if (boundBy(told).some((other) => bound.has(other))) bound.add(alias)
  }
  return [
    ...new Set([
      ...looked.filter(({ alias }) => !bound.has(alias)).map(({ table }) => table),
      ...written.filter((table) => !insertsOneKey(table, text, bound)).map((table) => `insert into ${table}`),
    ]),
  ]
}

const BY_PARAMETER = /\bpatient_key = (?:\$\d+|'[0-9a-f-]{36}'::uuid)/

/** Whose key a row is asked to have. */
function boundBy(told: string): string[] {
  return [...told.matchAll(/\.patient_key = (\w+)\.patient_key/g)].flatMap(([, other]) => other ?? [])
}

function walk(plan: Plan, look: (node: Plan) => void): void {
  look(plan)
  for (const below of plan.Plans ?? []) walk(below, look)
}

/** A partition stands for the table it is a part of. */
function baseName(name: string | undefined): string | undefined {
  return name?.replace(/^audit_(?:\d{4}_\d\d|default)$/, 'audit')
}

function placementOf(table: string): string | undefined {
  const placements: Readonly<Record<string, string>> = tablePlacement
  return placements[table]
}

/** Rows whose first column is a parameter, or the key of a row that is bound. */
function insertsOneKey(table: string, text: string, bound: ReadonlySet<string>): boolean {
  const at = text.search(new RegExp(`insert into ${table}\\b`))
  const rest = text.slice(at).replace(/\s+/g, ' ')
  const from =
    /^insert into \w+(?: as \w+)? \(patient_key\b[^)]*\) (?:values \(|select )(?:\$\d+::uuid|(\w+)\.patient_key)/.exec(
      rest,
    )
  if (at < 0 || !from) return false
  const [, alias] = from
  // Of two tables with one alias, in two parts of a statement, EXPLAIN numbers one.
  return alias === undefined || [...bound].some((each) => each.replace(/_\d+$/, '') === alias)
}
