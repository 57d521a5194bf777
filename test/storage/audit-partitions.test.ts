/** The monthly partitions of the trace. */
import { randomUUID } from 'node:crypto'
import t from 'tap'
import { createAuditPartitions, monthsFrom } from '../../src/storage/audit-partitions.ts'
import { inTransaction, withOwner } from '../../src/storage/owner-connection.ts'
import { testDatabase } from '../support/database.ts'

const LATER = new Date('2031-11-30T23:59:59Z')
const TABLES = ['audit_2031_11', 'audit_2031_12', 'audit_2032_01', 'audit_2032_02']

/** Every column that is not named gets a value of its type. */
async function insertTrace(
  client: Parameters<Parameters<typeof withOwner>[1]>[0],
  recorded: string,
): Promise<void> {
  const { rows } = await client.query<{ name: string; type: string }>(
    `select a.attname as name, format_type(a.atttypid, null) as type from pg_attribute a
      where a.attrelid = 'audit'::regclass and a.attnum > 0 and not a.attisdropped and a.attnotnull`,
  )
  const values: Record<string, unknown> = {
    uuid: randomUUID(),
    'text[]': [],
    smallint: 200,
    integer: 1,
    bytea: Buffer.of(0),
  }
  const row = rows.map(({ name, type }) => (name === 'recorded' ? recorded : (values[type] ?? '')))
  await client.query(
    `insert into audit (${rows.map(({ name }) => name).join(', ')}) values (${row.map((_, i) => `$${i + 1}`).join(', ')})`,
    row,
  )
}

t.test('the current month and the next three, in UTC, over a new year', async (t) => {
  t.same(
    monthsFrom(LATER, 4).map(({ table }) => table),
    TABLES,
  )
  t.same(monthsFrom(new Date('2032-01-31T00:00:00Z'), 2), [
    { table: 'audit_2032_01', from: '2032-01-01', until: '2032-02-01' },
    { table: 'audit_2032_02', from: '2032-02-01', until: '2032-03-01' },
  ])
})

t.test('ten runners at once make each partition once; a second run makes none', async (t) => {
  await using db = await testDatabase()
  const runs = await Promise.all(Array.from({ length: 10 }, () => createAuditPartitions(db.owner, LATER)))
  t.same(runs.flat().sort(), TABLES)
  t.same(await createAuditPartitions(db.owner, LATER), [])
})

t.test('rows that came before their partition are moved into it, and none is lost', async (t) => {
  await using db = await testDatabase()
  const times = [
    '2031-10-31T23:59:59.999Z',
    '2031-11-01T00:00:00Z',
    '2031-12-31T23:59:59.999Z',
    '2032-01-01T00:00:00Z',
  ]
  await withOwner(db.owner, async (client) => {
    for (const recorded of times) await insertTrace(client, recorded)
    await createAuditPartitions(db.owner, LATER)
    const { rows } = await client.query(
      `select a.tableoid::regclass::text as table, to_char(a.recorded at time zone 'UTC', 'YYYY-MM') as month
         from audit a order by a.recorded`,
    )
    t.same(rows, [
      { table: 'audit_default', month: '2031-10' },
      { table: 'audit_2031_11', month: '2031-11' },
      { table: 'audit_2031_12', month: '2031-12' },
      { table: 'audit_2032_01', month: '2032-01' },
    ])
  })
})

t.test('a long reader makes the run give up, not the traces wait for ever', async (t) => {
  await using db = await testDatabase()
  await withOwner(db.owner, (reader) =>
    inTransaction(reader, async () => {
      await reader.query('select * from audit')
      await t.rejects(createAuditPartitions(db.owner, LATER), { code: '55P03' })
    }),
  )
  t.same(await createAuditPartitions(db.owner, LATER), TABLES)
})
