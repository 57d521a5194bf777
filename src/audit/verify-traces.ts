/**
 * Whether the traces are those that were written: every chain, and that none is gone (rule T3). It reads, and changes
 * nothing; the server may go on meanwhile.
 * @see docs/audit.md "Verifying"
 *
 * NOT found: that the newest rows of a chain are gone, before a checkpoint has signed them or another chain has named it;
 * and what somebody does who has the keys of the seal as well.
 */

import type { DedicatedConnection } from '../storage/connection/dedicated-connection.ts'
import {
  readCheckpoints,
  rowsOfRetention,
  writersOfCheckpoints,
  writersOfRows,
} from '../storage/traces/audit-checkpoints.ts'
import { type CheckSeal, type Link, openSigned } from './checkpoint.ts'
import type { TraceFault } from './name-fault.ts'
import { type RetentionMark, readRetention } from './retention-mark.ts'
import type { TraceSealKey } from './trace-seal.ts'
import { type ChainTold, verifyChain } from './verify-chain.ts'

export type VerifyOptions = {
  /** Whose public keys are trusted: `readKeyRing(db, attests).check`, or `ringOfKeys` of a file. */
  readonly check: CheckSeal
  /** None: rows are held against what is signed alone, and a fault names the interval where its row cannot be told. */
  readonly sealKeys: readonly TraceSealKey[]
  /** More connections to read rows by, to the same database: with one, this process and PostgreSQL wait for each other in turn. */
  readonly beside?: readonly DedicatedConnection[]
  /** This chain alone. */
  readonly writer?: number
  /** Only what was signed in this time; milliseconds since 1970. */
  readonly since?: number
  readonly until?: number
  readonly onProgress?: (progress: Progress) => void
}

export type Progress = { readonly rows: number; readonly writers: number; readonly ofWriters: number }

export type Verification = Readonly<ChainTold> & {
  readonly writers: number
  /** The earliest first; empty when all is sound. */
  readonly faults: readonly TraceFault[]
  /** How many more there are. */
  readonly more: number
}

const MAX_FAULTS = 100

export async function verifyTraces(
  connection: DedicatedConnection,
  options: VerifyOptions,
): Promise<Verification> {
  for (;;) {
    const mark = await newestMark(connection, options.check)
    const verification = await verifyOnce(connection, options, mark)
    const isSound = verification.faults.length === 0
    // Retention may have dropped meanwhile what was still to be read.
    if (isSound || (await newestMark(connection, options.check))?.number === mark?.number) return verification
  }
}

async function verifyOnce(
  connection: DedicatedConnection,
  {
    check,
    sealKeys,
    beside = [],
    writer: one,
    since = 0,
    until = Number.POSITIVE_INFINITY,
    onProgress,
  }: VerifyOptions,
  mark: RetentionMark | undefined,
): Promise<Verification> {
  const known = await writersOfCheckpoints(connection)
  const all = [...new Set([...known, ...(await writersOfRows(connection))])].sort((a, b) => a - b)
  const writers = one === undefined ? all : all.filter((writer) => writer === one)
  const told: ChainTold = {
    rows: 0,
    voids: 0,
    checkpoints: 0,
    unsigned: 0,
    unchecked: 0,
    open: 0,
    unsealed: 0,
    dropped: 0,
  }
  const faults = new Faults()
  const links = new Map<number, Link & { readonly by: number }>()
  let done = 0
  const onRows = (): void => onProgress?.({ rows: told.rows, writers: done, ofWriters: writers.length })
  for (const writer of writers) {
    await verifyChain(writer, {
      connections: [connection, ...beside],
      check,
      sealKeys,
      writers: known,
      dropped: mark?.writers.find((of) => of.writer === writer),
      since,
      until,
      found: (fault) => faults.add(fault),
      linked: (link, by) => {
        if ((links.get(link.writer)?.number ?? -1) < link.number) links.set(link.writer, { ...link, by })
      },
      told,
      onRows,
    })
    done++
    onRows()
  }
  for (const link of links.values()) await verifyLink(connection, link, faults)
  return { ...told, writers: writers.length, faults: faults.earliest, more: faults.more }
}

/** That a chain still is what another has seen of it. */
async function verifyLink(
  connection: DedicatedConnection,
  { writer, number, digest, by }: Link & { readonly by: number },
  faults: Faults,
): Promise<void> {
  const [there] = await readCheckpoints(connection, writer, number - 1, 1)
  if (there?.number === number && there.digest.equals(digest)) return
  const detail = `writer ${by} has signed that this checkpoint was there, and it is not, or is another`
  faults.add({ kind: 'checkpoint', writer, checkpoint: number, detail })
}

async function newestMark(
  connection: DedicatedConnection,
  check: CheckSeal,
): Promise<RetentionMark | undefined> {
  const [row] = await rowsOfRetention(connection)
  if (!row) return undefined
  const opened = openSigned(row.jws, check)
  const mark = opened?.genuineness === 'genuine' ? readRetention(opened.payload) : undefined
  // One that is not genuine excuses nothing: what it says was dropped is then missing.
  return mark?.number === row.number ? mark : undefined
}

/** The earliest of all, and how many: a table that was emptied has millions. */
class Faults {
  #kept: TraceFault[] = []
  #count = 0

  add(fault: TraceFault): void {
    this.#count++
    this.#kept.push(fault)
    if (this.#kept.length > 2 * MAX_FAULTS) this.#kept = this.#sorted()
  }

  get earliest(): readonly TraceFault[] {
    return this.#sorted()
  }

  get more(): number {
    return Math.max(this.#count - MAX_FAULTS, 0)
  }

  #sorted(): TraceFault[] {
    return [...this.#kept].sort(byTime).slice(0, MAX_FAULTS)
  }
}

function byTime(a: TraceFault, b: TraceFault): number {
  return (a.at ?? 0) - (b.at ?? 0) || a.writer - b.writer || (a.seq ?? 0) - (b.seq ?? 0)
}
