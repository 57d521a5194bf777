/**
 * One writer's chain: its checkpoints hang together and are signed, its rows are those that were signed, and what is not
 * signed yet bears right seals.
 * @see docs/audit.md "What is verified"
 */

import type { DedicatedConnection } from '../storage/connection/dedicated-connection.ts'
import { type CheckpointRow, copyRows, readCheckpoints } from '../storage/traces/audit-checkpoints.ts'
import { SEQ_AT } from '../storage/traces/canonical-trace.ts'
import {
  type Checkpoint,
  type CheckSeal,
  type Link,
  NO_SEAL_KEY,
  noDigest,
  openSigned,
  readCheckpoint,
} from './checkpoint.ts'
import { type IntervalRows, readIntervals } from './interval-reader.ts'
import { fault, nameFaults, type TraceFault } from './name-fault.ts'
import type { RetainedWriter } from './retention-mark.ts'
import { isSealed, type TraceSealKey } from './trace-seal.ts'

export type ChainTold = {
  rows: number
  /** Places that were signed as empty: transactions that were rolled back. */
  voids: number
  checkpoints: number
  /** Rows that are not under a checkpoint yet. */
  unsigned: number
  /** Of these, rows whose seal could not be checked: the key is not there. */
  unchecked: number
  /** Places among these without a row: under way, or rolled back. */
  open: number
  /** Rows that were written before there were seals. */
  unsealed: number
  /** Rows that retention has dropped. */
  dropped: number
}

export type ChainCheck = {
  /** Intervals are read by all of them at once: each has a process of PostgreSQL to itself. */
  readonly connections: readonly [DedicatedConnection, ...DedicatedConnection[]]
  readonly check: CheckSeal
  readonly sealKeys: readonly TraceSealKey[]
  /** Of other chains. */
  readonly writers: readonly number[]
  readonly dropped: RetainedWriter | undefined
  /** Only rows signed in this time; milliseconds since 1970. */
  readonly since: number
  readonly until: number
  readonly found: (fault: TraceFault) => void
  readonly linked: (link: Link, by: number) => void
  readonly told: ChainTold
  readonly onRows: () => void
}

const LOWEST = -0x8000_0000
const HIGHEST = 0x7fff_ffff
/** Checkpoints that are read at a time. */
const PAGE = 200
/** Of these so many, and so many rows under them, are read by one connection before it takes the next. */
const BATCH = 40
const BATCH_ROWS = 50_000

export async function verifyChain(writer: number, asked: ChainCheck): Promise<void> {
  const { connections, found, told } = asked
  const [connection] = connections
  const chain = new CheckpointChain(writer, asked)
  for (let after = -1; ; ) {
    const rows = await readCheckpoints(connection, writer, after, PAGE)
    const last = rows.at(-1)
    if (!last) break
    after = last.number
    const intervals = rows.flatMap((row) => chain.next(row) ?? [])
    told.checkpoints += rows.length
    const batches = batchesOf(intervals)
    const read = async (by: DedicatedConnection): Promise<void> => {
      // An interval is held against what is signed alone: it does not matter which is read first.
      for (const batch of batches) {
        await readIntervals(by, batch, (interval, of) => verifyInterval(interval, of, chain.key, asked))
        asked.onRows()
      }
    }
    await Promise.all(connections.map(read))
  }
  if (chain.at < 0) {
    await forRows(asked, writer, LOWEST, HIGHEST, (tuple) =>
      found(fault('inserted', tuple, 'no process is known as its writer')),
    )
    return
  }
  await forRows(asked, writer, LOWEST, 0, (tuple) =>
    found(fault('inserted', tuple, 'no row has such a place')),
  )
  if (asked.until === Number.POSITIVE_INFINITY) await verifyUnsigned(writer, chain, asked)
}

/** Checkpoints one by one, each against the one before. */
class CheckpointChain {
  readonly #writer: number
  readonly #asked: ChainCheck
  #head: Pick<Checkpoint, 'number' | 'until' | 'digest' | 'final' | 'at'> = {
    number: -1,
    until: 0,
    digest: noDigest,
    final: false,
    at: 0,
  }
  key: TraceSealKey | undefined
  sealKey = NO_SEAL_KEY

  constructor(writer: number, asked: ChainCheck) {
    this.#writer = writer
    this.#asked = asked
  }

  /** The number of the last; -1 before the first. */
  get at(): number {
    return this.#head.number
  }

  get until(): number {
    return this.#head.until
  }

  get isFinal(): boolean {
    return this.#head.final
  }

  /** @returns the interval whose rows are to be looked at */
  next(row: CheckpointRow): Checkpoint | undefined {
    const opened = openSigned(row.jws, this.#asked.check)
    const checkpoint = opened && readCheckpoint(opened.payload)
    const wrong = !checkpoint
      ? 'it cannot be read'
      : opened.genuineness === 'unknown-key'
        ? 'the key it is signed with is not known'
        : opened.genuineness === 'forged'
          ? 'its signature is not that of what it says'
          : this.#contradiction(row, checkpoint)
    const before = this.#head
    if (wrong !== undefined || !checkpoint) {
      const detail = wrong ?? 'it cannot be read'
      const { number: at, recorded } = row
      this.#asked.found({ kind: 'checkpoint', writer: this.#writer, checkpoint: at, at: recorded, detail })
      // What comes behind is held against what the table says of it.
      this.#head = { ...row, until: row.until_seq, at: recorded }
      return undefined
    }
    this.#head = checkpoint
    if (checkpoint.number === 0) {
      this.sealKey = checkpoint.sealKey
      this.key = this.#asked.sealKeys.find(({ id }) => id === checkpoint.sealKey)
    }
    for (const link of checkpoint.links) this.#asked.linked(link, this.#writer)
    const isAsked = checkpoint.at >= this.#asked.since && before.at <= this.#asked.until
    return isAsked && checkpoint.until >= checkpoint.from ? checkpoint : undefined
  }

  #contradiction(row: CheckpointRow, it: Checkpoint): string | undefined {
    const { number, until, digest, final } = this.#head
    if (final) return 'the chain had ended'
    if (it.number > number + 1 && row.number === it.number)
      return `${it.number - number - 1} checkpoint(s) before it are missing`
    const same =
      it.writer === this.#writer &&
      it.number === number + 1 &&
      it.number === row.number &&
      it.until === row.until_seq &&
      it.at === row.recorded &&
      it.final === row.final &&
      it.digest.equals(row.digest)
    if (!same) return 'the table says otherwise than what is signed'
    const voids = it.voids.reduce((sum, [first, last]) => sum + last - first + 1, 0)
    if (it.from !== until + 1 || it.until < it.from - 1 || it.count + voids !== it.until - it.from + 1)
      return 'its numbers do not fit'
    return it.previous.equals(digest) ? undefined : 'it does not follow the one before it'
  }
}

function verifyInterval(
  interval: Checkpoint,
  rows: IntervalRows,
  key: TraceSealKey | undefined,
  { dropped, found, told, writers }: ChainCheck,
): void {
  told.rows += rows.count
  if (interval.sealKey === NO_SEAL_KEY) told.unsealed += rows.count
  told.voids += interval.until - interval.from + 1 - interval.count
  const partly = dropped?.partly.find(({ number }) => number === interval.number)
  if (dropped && (partly || interval.number <= dropped.wholly)) {
    const count = partly?.count ?? 0
    told.dropped += interval.count - count
    const isRight = rows.count === count && (!partly || rows.digest().equals(partly.digest))
    if (isRight) return
    const { writer, number: checkpoint, at } = interval
    const detail = `of the traces from ${interval.from} to ${interval.until}, which retention has dropped in part, ${rows.count} are left and ${count} should be, as they were`
    found({ kind: 'altered', writer, checkpoint, at, detail })
    return
  }
  if (rows.count === interval.count && rows.digest(interval.previous).equals(interval.digest)) return
  for (const each of nameFaults(interval, rows.tuples(), key, writers)) found(each)
}

/** What came after the last checkpoint: a row by itself. That one is missing cannot be seen. */
async function verifyUnsigned(writer: number, chain: CheckpointChain, asked: ChainCheck): Promise<void> {
  const { found, told } = asked
  let last = chain.until
  const at = Date.now()
  await forRows(asked, writer, chain.until, HIGHEST, (tuple) => {
    told.rows++
    if (chain.isFinal) return found(fault('inserted', tuple, 'the chain of its writer had ended'))
    told.unsigned++
    const seq = tuple.readInt32BE(SEQ_AT)
    if (seq === last) return found(fault('inserted', tuple, 'another row has this place'))
    told.open += seq - last - 1
    last = seq
    if (!chain.key) {
      if (chain.sealKey === NO_SEAL_KEY) told.unsealed++
      else told.unchecked++
    } else if (!isSealed(chain.key, tuple)) {
      const alone = { writer, number: chain.at, from: seq, until: seq, voids: [], at }
      for (const each of nameFaults(alone, [Buffer.from(tuple)], chain.key, asked.writers)) found(each)
    }
  })
}

async function forRows(
  { connections: [connection] }: ChainCheck,
  writer: number,
  above: number,
  upTo: number,
  row: (tuple: Buffer) => void,
): Promise<void> {
  await copyRows(connection, { writer, above, upTo }, row)
}

/** One behind the other, and not too many rows at a time; those in between that are not asked for are left out. */
function* batchesOf(intervals: readonly Checkpoint[]): Generator<readonly Checkpoint[]> {
  let batch: Checkpoint[] = []
  let rows = 0
  for (const interval of intervals) {
    const before = batch.at(-1)
    const isFull = batch.length === BATCH || rows + interval.count > BATCH_ROWS
    if (before && (isFull || before.until + 1 !== interval.from)) {
      yield batch
      batch = []
      rows = 0
    }
    batch.push(interval)
    rows += interval.count
  }
  if (batch.length > 0) yield batch
}
