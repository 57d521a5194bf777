/** The monthly partitions of the trace. */
import { randomBytes } from 'node:crypto'
import type pg from 'pg'
import t from 'tap'
import { timeOfUuid, type Uuid, uuidV7 } from '../../../src/fhir/id.ts'
import { inTransaction, runnerOn, withOwner } from '../../../src/storage/connection/owner-connection.ts'
import { createAuditPartitions, monthsFrom } from '../../../src/storage/traces/audit-partitions.ts'
import { insertTraces } from '../../../src/storage/traces/insert-traces.ts'
import { firstIdOf } from '../../../src/storage/traces/trace-columns.ts'
import { traceRow } from '../../support/chains.ts'
import { testDatabase } from '../../support/database.ts'
import { testChain } from '../../support/test-chain.ts'

const LATER = new Date('2031-11-30T23:59:59Z')
const TABLES = ['audit_2031_11', 'audit_2031_12', 'audit_2032_01', 'audit_2032_02']

/** A trace of that time. */
async function insertTrace(client: pg.Client, recorded: string): Promise<void> {
  const id = uuidV7(Date.parse(recorded), randomBytes(10))
  await insertTraces(runnerOn(client), [traceRow(testChain(), { id })])
}

const firstId = (day: string) => firstIdOf(Date.parse(day))

t.test('the current month and the next three, in UTC, over a new year', async (t) => {
  t.same(
    monthsFrom(LATER, 4).map(({ table }) => table),
    TABLES,
  )
  t.same(monthsFrom(new Date('2032-01-31T00:00:00Z'), 2), [
    { table: 'audit_2032_01', from: firstId('2032-01-01'), until: firstId('2032-02-01') },
    { table: 'audit_2032_02', from: firstId('2032-02-01'), until: firstId('2032-03-01') },
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
    const { rows } = await client.query<{ table: string; id: Uuid }>(
      'select a.tableoid::regclass::text as table, a.id from audit a order by a.id',
    )
    const told = rows.map(({ table, id }) => ({
      table,
      month: new Date(timeOfUuid(id)).toISOString().slice(0, 7),
    }))
    t.same(told, [
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
