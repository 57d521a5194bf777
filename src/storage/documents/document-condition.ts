/**
 * The second reader of a DocumentScope: the condition on `document d` that `holds` states in memory.
 * Every `from document` that serves a caller goes through it (rule V7).
 */
import type { DocumentScope } from '../../policy/document-scope.ts'
import { arrayText } from '../connection/bind-values.ts'
import { joinSql, type Sql, sql } from '../sql.ts'

export function documentCondition(scope: DocumentScope): Sql {
  const own = sql`d.authors && ${scope.self}::text[]`
  const conditions: Sql[] = []
  if (scope.types !== 'every') conditions.push(sql`d.type = any (${typesText(scope.types)}::text[])`)
  if (scope.onlyOwn) conditions.push(own)
  if (scope.masked === 'none') conditions.push(sql`not d.masked`)
  if (scope.masked === 'own') conditions.push(sql`(not d.masked or ${own})`)
  if (!scope.invisiblePatient) conditions.push(sql`not d.invisible_patient`)
  if (scope.invisibleLegal === 'hidden') conditions.push(sql`not d.invisible_legal`)
  if (scope.invisibleLegal === 'only') conditions.push(sql`d.invisible_legal`)
  if (!scope.withdrawn) conditions.push(sql`(d.status = 'current' and not d.archived)`)
  return conditions.length > 0 ? joinSql(conditions, ' and ') : sql`true`
}

/** A matrix gives the same set each time: some hundred types, written out once. */
const written = new WeakMap<ReadonlySet<string>, string>()

function typesText(types: ReadonlySet<string>): string {
  const known = written.get(types)
  if (known !== undefined) return known
  const text = arrayText([...types])
  written.set(types, text)
  return text
}
