/**
 * What PostgreSQL would do with a statement whatever its values are, and whether each table that is spread by patient_key is
 * looked at for one key alone. `explain (generic_plan)` needs PostgreSQL 16.
 */
import { tablePlacement } from '../../src/storage/table-placement.ts'
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

/** The tables that are looked at, or written, for other than one key given as a parameter. */
export function isBound(plan: Plan, text: string): string[] {
  const loose: string[] = []
  walk(plan, (node) => {
    const table = baseName(node['Relation Name'])
    if (table === undefined || placementOf(table) !== 'record') return
    if (node['Node Type'] === 'ModifyTable') {
      if (node.Operation === 'Insert' && !insertsOneKey(table, text)) loose.push(`insert into ${table}`)
      return
    }
    const told = conditions.map((name) => String(node[name] ?? '')).join(' ')
    // A bare parameter, or null where the caller has given none.
    if (!/\bpatient_key = (?:\$\d+|\(\$\d+\)::uuid|'[0-9a-f-]{36}'::uuid)/.test(told))
      loose.push(`${table} (${told})`)
  })
  return [...new Set(loose)]
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

/** Rows whose first column is one and the same parameter, or `select $1::uuid, …`. */
function insertsOneKey(table: string, text: string): boolean {
  const at = text.search(new RegExp(`insert into ${table}\\b`))
  if (at < 0) return false
  const rest = text.slice(at).replace(/\s+/g, ' ')
  return /^insert into \w+(?: as \w+)? \(patient_key\b[^)]*\) (?:values \(|select )\$\d+::uuid/.test(rest)
}
