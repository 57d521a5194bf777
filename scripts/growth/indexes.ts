/** The indexes and keys of a table, taken off before it is filled and put back after: so each is built by one sort. */
import type pg from 'pg'

export type Index = { readonly drop: string; readonly create: string }

export async function indexesOf(client: pg.Client, table: string): Promise<Index[]> {
  const { rows } = await client.query<{ name: string; index: string; key: string | null }>(
    `select c.relname as name, pg_get_indexdef(x.indexrelid) as index,
        (select pg_get_constraintdef(n.oid) from pg_constraint n where n.conindid = x.indexrelid and n.conrelid = x.indrelid) as key
      from pg_index x join pg_class c on c.oid = x.indexrelid
      where x.indrelid = ('public.' || $1)::regclass
      order by x.indisprimary desc, c.relname`,
    [table],
  )
  return rows.map(({ name, index, key }) =>
    key === null
      ? // A partitioned table's own index is told as `on only`; made anew it is made on its partitions too.
        { drop: `drop index ${name}`, create: index.replace(' ON ONLY ', ' ON ') }
      : {
          drop: `alter table ${table} drop constraint ${name}`,
          create: `alter table ${table} add constraint ${name} ${key}`,
        },
  )
}
