/**
 * Of which forms (search-index/row-forms.ts) a sort key has any rows. A form costs as much to plan as a search of its own,
 * and most parameters have one: a look into the index is cheaper.
 */
import type { SortKey } from '../../search/search-expression.ts'
import type { Runner } from '../database.ts'
import { inPartition } from '../resources/partition.ts'
import type { RowForm } from '../search-index/row-forms.ts'
import { joinSql, sql } from '../sql.ts'
import { type Asked, termsOf } from './asked.ts'
import { rowKey, sortForms } from './sort-key.ts'

export async function presentForms(db: Runner, of: Asked, key: SortKey): Promise<readonly RowForm[]> {
  const forms = sortForms(key)
  const looks = forms.map(({ form }) => {
    const { table, rows } = rowKey(key, termsOf(of, key.parameter, [form]))
    return sql`exists (select from ${table} x where ${inPartition(sql`x`, of.patientKey)} and ${rows})`
  })
  // Whatever the key, one look into an index each: planned once.
  const [found] = await db.run<{ present: boolean[] }>(
    sql`select array[${joinSql(looks, ', ')}] as present`,
    'generic',
  )
  return forms.filter((_, i) => found?.present[i])
}
