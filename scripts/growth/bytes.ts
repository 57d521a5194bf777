/** What each table and index takes on disk, in all and for a document. */
import type { Connection } from '../../src/embedded-postgres/bootstrap.ts'
import { withClient } from '../bench/with-client.ts'

export type TableBytes = {
  readonly table: string
  readonly rows: number
  /** The rows themselves, and long values beside them. */
  readonly heap: number
  readonly toast: number
  readonly indexes: Readonly<Record<string, number>>
  readonly total: number
}

export type DatabaseBytes = {
  readonly documents: number
  readonly perDocument: number
  readonly tables: readonly TableBytes[]
}

export async function measureBytes(connection: Connection, documents: number): Promise<DatabaseBytes> {
  return withClient(connection, async (client) => {
    const { rows: tables } = await client.query<TableBytes>(
      `select coalesce(i.inhparent::regclass::text, c.relname) as "table", sum(greatest(c.reltuples, 0))::float8 as rows,
          sum(pg_relation_size(c.oid))::float8 as heap,
          sum(pg_table_size(c.oid) - pg_relation_size(c.oid))::float8 as toast,
          sum(pg_total_relation_size(c.oid))::float8 as total
        from pg_class c left join pg_inherits i on i.inhrelid = c.oid
        where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.reltuples > 0
        group by 1 order by total desc`,
    )
    const { rows: indexes } = await client.query<{ table: string; index: string; bytes: number }>(
      `select coalesce(i.inhparent::regclass::text, t.relname) as "table",
          coalesce(p.inhparent::regclass::text, c.relname) as index, sum(pg_relation_size(c.oid))::float8 as bytes
        from pg_index x join pg_class c on c.oid = x.indexrelid and c.relkind = 'i' join pg_class t on t.oid = x.indrelid
        left join pg_inherits i on i.inhrelid = t.oid left join pg_inherits p on p.inhrelid = c.oid
        where t.relnamespace = 'public'::regnamespace group by 1, 2 order by bytes desc`,
    )
    return {
      documents,
      perDocument: Math.round(tables.reduce((sum, { total }) => sum + total, 0) / documents),
      tables: tables.map((table) => ({
        ...table,
        indexes: Object.fromEntries(
          indexes.filter((index) => index.table === table.table).map(({ index, bytes }) => [index, bytes]),
        ),
      })),
    }
  })
}

export function bytesLines({ documents, perDocument, tables }: DatabaseBytes): string[] {
  const each = (bytes: number): string => (bytes / documents).toFixed(0).padStart(6)
  return [
    `${documents} documents: ${perDocument} bytes a document`,
    '  table                    rows/doc  heap  toast indexes  total (bytes a document)',
    ...tables.map(({ table, rows, heap, toast, indexes, total }) => {
      const indexed = Object.values(indexes).reduce((sum, bytes) => sum + bytes, 0)
      return `  ${table.padEnd(24)} ${(rows / documents).toFixed(2).padStart(6)} ${each(heap)} ${each(toast)} ${each(indexed)} ${each(total)}`
    }),
  ]
}
