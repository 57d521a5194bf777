/**
 * Many traces in a database, sealed and signed as servers do it, but faster: whole rows by COPY into months without indexes,
 * which are made afterwards. Half of them lie in the month that is, where new ones go; the others in the eleven before it.
 */
import { type Checkpoint, digestOf, MAX_ROWS, noDigest, signCheckpoint } from '../../src/audit/checkpoint.ts'
import type { TraceSealKey } from '../../src/audit/trace-seal.ts'
import { type Uuid, uuidV7 } from '../../src/fhir/id.ts'
import { registerSealKey } from '../../src/seal/key-ring.ts'
import { publicSealKey } from '../../src/seal/seal-key.ts'
import { createSealer, type Sealer } from '../../src/seal/sealer.ts'
import { runnerOn } from '../../src/storage/connection/owner-connection.ts'
import { type CheckpointRow, insertCheckpoint } from '../../src/storage/traces/audit-checkpoints.ts'
import { monthsFrom } from '../../src/storage/traces/audit-partitions.ts'
import { canonicalTrace } from '../../src/storage/traces/canonical-trace.ts'
import { encodeTrace, type TraceColumns } from '../../src/storage/traces/trace-columns.ts'
import { derivedSealKey } from '../../src/wiring/derived-seal-key.ts'
import { randomPool } from '../../src/wiring/random-pool.ts'
import { sealAttests, traceSealKeys } from '../../src/wiring/trace-chain.ts'
import { copyIn } from './copy-in.ts'
import { kindOf, madeUpPatients, madeUpTrace, nationalMix } from './made-up-traces.ts'
import type { TracesDatabase } from './traces-database.ts'
import { withClient } from './with-client.ts'

const MONTHS = 12
const WRITERS = 4
/** Of these each row has its own ids and its own record; the rest of it is one of so many. */
const PATTERNS = 2_000
const OF_A_PATIENT = 100

export async function loadTraces(database: TracesDatabase, count: number): Promise<readonly Uuid[]> {
  const [key] = traceSealKeys(database.keys)
  const seal = derivedSealKey(database.keys.masterKey ?? '')
  const sealer = createSealer(seal)
  const now = new Date()
  const first = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - MONTHS + 1))
  const patients = madeUpPatients(Math.max(1, Math.floor(count / OF_A_PATIENT)), first.getTime())
  const patterns = makePatterns(patients, now.getTime())
  const chains = Array.from(
    { length: WRITERS },
    (_, i) => new LoadedChain(i + 1, key, sealer, first.getTime()),
  )
  await withClient(database.owner, async (client) => {
    const attests = sealAttests(database.keys)
    await registerSealKey(runnerOn(client), publicSealKey(seal), attests, first.getTime())
    await client.query(`set maintenance_work_mem = '256MB'; set synchronous_commit = off`)
    for (const [i, { table, from, until }] of monthsFrom(first, MONTHS).entries()) {
      const begin = Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + i)
      const end = Math.min(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + i + 1), now.getTime())
      const rows = rowsOf({ count: shareOf(i, count), begin, end, patients, patterns, chains })
      await client.query(`drop table if exists ${table}; create table ${table} (like audit)`)
      await copyIn(client, table, rows)
      await client.query(`alter table ${table} add primary key (patient_key, id)`)
      await client.query(`create index on ${table} (writer, seq)`)
      await client.query(
        `alter table audit attach partition ${table} for values from ('${from}') to ('${until}')`,
      )
    }
    for (const chain of chains) for (const row of chain.end()) await insertCheckpoint(runnerOn(client), row)
    await client.query('vacuum analyze audit')
  })
  return patients
}

function shareOf(month: number, count: number): number {
  const former = Math.round(count / 2 / (MONTHS - 1))
  return month < MONTHS - 1 ? former : count - former * (MONTHS - 1)
}

function makePatterns(patients: readonly Uuid[], at: number): TraceColumns[] {
  const chain = {
    seat(): never {
      throw new Error('A pattern is not inserted')
    },
  }
  return Array.from({ length: PATTERNS }, (_, n) =>
    encodeTrace(madeUpTrace({ kind: kindOf(nationalMix, n), patientKey: anyOf(patients), at, chain })),
  )
}

type Month = {
  readonly count: number
  readonly begin: number
  readonly end: number
  readonly patients: readonly Uuid[]
  readonly patterns: readonly TraceColumns[]
  readonly chains: readonly LoadedChain[]
}

/** In the order of time, from each writer in turn. */
function* rowsOf({ count, begin, end, patients, patterns, chains }: Month): Generator<Buffer, undefined> {
  const random = randomPool()
  for (let n = 0; n < count; n++) {
    const at = begin + Math.floor(((end - begin) * n) / count)
    const chain = chains[n % chains.length]
    const pattern = patterns[n % patterns.length]
    if (!chain || !pattern) throw new Error('Nothing to make traces of')
    const id = uuidV7(at, random(10))
    yield chain.add({ ...pattern, patient_key: anyOf(patients), id }, at)
  }
}

function anyOf(patients: readonly Uuid[]): Uuid {
  const patient = patients[Math.floor(Math.random() * patients.length)]
  if (patient === undefined) throw new Error('No patient')
  return patient
}

/** What ChainWriter and SignedChain do for a server, without waiting for anybody. */
class LoadedChain {
  readonly #writer: number
  readonly #key: TraceSealKey
  readonly #sealer: Sealer
  readonly #checkpoints: CheckpointRow[] = []
  #tuples: Buffer[] = []
  #digest = noDigest
  #until = 0
  #at: number

  constructor(writer: number, key: TraceSealKey, sealer: Sealer, at: number) {
    this.#writer = writer
    this.#key = key
    this.#sealer = sealer
    this.#at = at
    this.#sign(false)
  }

  /** @returns the row as COPY takes it */
  add(columns: TraceColumns, at: number): Buffer {
    const tuple = canonicalTrace(columns, this.#writer, this.#until + this.#tuples.length + 1)
    const seal = this.#key.seal(tuple)
    seal.copy(tuple, tuple.length - seal.length)
    this.#tuples.push(tuple)
    this.#at = at
    if (this.#tuples.length === MAX_ROWS) this.#sign(false)
    return tuple
  }

  end(): readonly CheckpointRow[] {
    if (this.#tuples.length > 0) this.#sign(false)
    this.#sign(true)
    return this.#checkpoints
  }

  #sign(final: boolean): void {
    const checkpoint: Checkpoint = {
      writer: this.#writer,
      number: this.#checkpoints.length,
      from: this.#until + 1,
      until: this.#until + this.#tuples.length,
      count: this.#tuples.length,
      voids: [],
      digest: digestOf(this.#digest, this.#tuples),
      previous: this.#digest,
      at: this.#at,
      sealKey: this.#key.id,
      final,
      links: [],
    }
    const { writer, number, until, digest, at } = checkpoint
    const jws = signCheckpoint(this.#sealer, checkpoint)
    this.#checkpoints.push({ writer, number, until_seq: until, recorded: at, final, digest, jws })
    this.#digest = digest
    this.#until = until
    this.#tuples = []
  }
}
