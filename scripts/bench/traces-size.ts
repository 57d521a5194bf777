/**
 * Bytes of a trace on the disk: the row, the indexes, and the room that pages keep; of each kind of request alone, and of the
 * mix. Written as a server writes them, so the indexes have grown and are not packed.
 */
import type { Connection } from '../../src/embedded-postgres/bootstrap.ts'
import type { Uuid } from '../../src/fhir/id.ts'
import { insertTraces, type TraceChain } from '../../src/storage/traces/insert-traces.ts'
import { type Kind, kindOf, kinds, madeUpPatients, madeUpTrace, nationalMix } from './made-up-traces.ts'
import { aligned } from './report.ts'
import { type TracesDatabase, withWriting } from './traces-database.ts'
import { withClient } from './with-client.ts'

const MOST = 200_000
const BATCH = 500
const TARGET = 400

export type SizeOfTraces = { readonly of: Kind | 'the mix'; readonly rows: number; readonly indexes: number }

export async function measureSize(database: TracesDatabase, traces: number): Promise<SizeOfTraces[]> {
  const count = Math.min(MOST, traces)
  const patients = madeUpPatients(Math.max(1, Math.floor(count / 100)), Date.now())
  const sizes: SizeOfTraces[] = []
  for (const of of [...kinds, 'the mix'] as const) {
    await withClient(database.owner, (client) => client.query('truncate audit'))
    await withWriting(database, async ({ db, chain }) => {
      for (let n = 0; n < count; n += BATCH) {
        const rows = Array.from({ length: Math.min(BATCH, count - n) }, (_, i) =>
          rowOf(of === 'the mix' ? kindOf(nationalMix, n + i) : of, patients, chain),
        )
        await insertTraces(db.apart, rows)
        if (n % 5_000 === 0) await chain.sign()
      }
    })
    sizes.push({ of, ...(await sizeOf(database.owner, count)) })
  }
  await withClient(database.owner, (client) => client.query('truncate audit, audit_checkpoint'))
  return sizes
}

export function tellSize(sizes: readonly SizeOfTraces[]): void {
  console.log('\nbytes of a trace on the disk')
  const rows = sizes.map(({ of, rows, indexes }) => [
    of,
    rows.toFixed(0),
    indexes.toFixed(0),
    (rows + indexes).toFixed(0),
  ])
  console.log(aligned([['', 'row', 'indexes', 'together'], ...rows]))
  for (const { of, rows, indexes } of sizes) {
    if (of !== 'read' && of !== 'the mix') continue
    const met = rows + indexes <= TARGET ? 'met' : 'NOT met'
    console.log(`${of}: target at most ${TARGET} ${met}`)
  }
}

function rowOf(kind: Kind, patients: readonly Uuid[], chain: TraceChain) {
  const patientKey = patients[Math.floor(Math.random() * patients.length)]
  if (!patientKey) throw new Error('No patient')
  return madeUpTrace({ kind, patientKey, at: Date.now(), chain })
}

async function sizeOf(owner: Connection, count: number): Promise<{ rows: number; indexes: number }> {
  return withClient(owner, async (client) => {
    const { rows } = await client.query<{ data: string; indexes: string; n: string }>(
      `select sum(pg_table_size(i.inhrelid)) as data, sum(pg_indexes_size(i.inhrelid)) as indexes,
              (select count(*) from audit) as n
         from pg_inherits i where i.inhparent = 'audit'::regclass`,
    )
    const [size] = rows
    if (Number(size?.n) !== count) throw new Error(`${size?.n} traces are there instead of ${count}`)
    return { rows: Number(size?.data) / count, indexes: Number(size?.indexes) / count }
  })
}
