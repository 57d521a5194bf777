/** One writer's chain in the database: opened before its first row, gone on with by checkpoints, ended. */
import type { Sealer } from '../seal/sealer.ts'
import type { Runner } from '../storage/database.ts'
import {
  type CheckpointRow,
  insertCheckpoint,
  readCheckpoints,
  readHead,
  readHeads,
  sealInTable,
} from '../storage/traces/audit-checkpoints.ts'
import type { ChainWriter } from './chain-writer.ts'
import { type Checkpoint, digestOf, type Link, MAX_ROWS, noDigest, signCheckpoint } from './checkpoint.ts'

/** Another process has gone on with this chain: it is ours no more. */
export class Overtaken extends Error {
  override readonly name = 'Overtaken'
}

/** How long nobody asks what became of a row whose transaction got no answer: PostgreSQL may still be at it. */
const UNKNOWN_MS = 60_000
/** Heads of other chains are signed along that often. */
const LINK_MS = 60_000
const LINKS_AT_OPENING = 200
const LINKS = 50

export class SignedChain {
  readonly writer: ChainWriter
  readonly #sealer: Sealer
  readonly #now: () => number
  #number = -1
  #digest = noDigest
  #until = 0
  #linked = 0
  /** Sent, and not known to be there: sent again as it is. */
  #pending: { readonly row: CheckpointRow; readonly until: number } | undefined

  constructor(writer: ChainWriter, sealer: Sealer, now: () => number) {
    this.writer = writer
    this.#sealer = sealer
    this.#now = now
  }

  /** Before its first row. */
  async open(db: Runner): Promise<void> {
    await this.#sign(db, { from: 1, until: 0, voids: [], tuples: [] }, false, LINKS_AT_OPENING)
  }

  /** Signs all that can be. @throws Overtaken, and what the database says */
  async sign(db: Runner): Promise<void> {
    if (this.#pending) await this.#store(db)
    await this.#resolveUnknown(db)
    for (let rows = this.writer.take(); rows; rows = this.writer.take()) {
      await this.#sign(db, rows, false, LINKS)
      if (rows.until - rows.from + 1 < MAX_ROWS) return
    }
  }

  /** After the last row. What is not known to have been written or not is left to whoever finds the chain without an end. */
  async end(db: Runner): Promise<void> {
    this.writer.end()
    await this.sign(db)
    if (!this.writer.isEmpty) return
    await this.#sign(db, { from: this.#until + 1, until: this.#until, voids: [], tuples: [] }, true, 0)
  }

  /** Whether the database still has it as it was left here. */
  async isOurs(db: Runner): Promise<boolean> {
    if (this.#pending) await this.#store(db)
    const head = await readHead(db, this.writer.writer)
    return head?.number === this.#number && head.digest.equals(this.#digest)
  }

  async #resolveUnknown(db: Runner): Promise<void> {
    for (const seq of this.writer.unknownFor(UNKNOWN_MS))
      this.writer.resolve(seq, await sealInTable(db, this.writer.writer, seq))
  }

  async #sign(
    db: Runner,
    {
      tuples,
      ...seqs
    }: Pick<Checkpoint, 'from' | 'until' | 'voids'> & { readonly tuples: readonly Buffer[] },
    final: boolean,
    links: number,
  ): Promise<void> {
    const at = this.#now()
    const { writer, key } = this.writer
    const checkpoint: Checkpoint = {
      ...seqs,
      writer,
      number: this.#number + 1,
      count: tuples.length,
      digest: digestOf(this.#digest, tuples),
      previous: this.#digest,
      at,
      sealKey: key.id,
      final,
      links: await this.#linksAt(db, at, links),
    }
    const { number, until, digest } = checkpoint
    const jws = signCheckpoint(this.#sealer, checkpoint)
    this.#pending = { row: { writer, number, until_seq: until, recorded: at, final, digest, jws }, until }
    await this.#store(db)
  }

  async #store(db: Runner): Promise<void> {
    const { row, until } = this.#pending ?? {}
    if (!row || until === undefined) return
    if (!(await insertCheckpoint(db, row))) {
      // It may be there from a first attempt whose answer was lost.
      const [there] = await readCheckpoints(db, row.writer, row.number - 1, 1)
      if (there?.jws !== row.jws)
        throw new Overtaken(`The chain of writer ${row.writer} is not ours any more`)
    }
    this.#pending = undefined
    this.#number = row.number
    this.#digest = row.digest
    this.#until = until
    this.writer.release(until)
  }

  async #linksAt(db: Runner, at: number, limit: number): Promise<Link[]> {
    // A clock that was set back must not end the links until it has come as far again.
    const linked = Math.min(this.#linked, at)
    if (limit === 0 || (linked === this.#linked && at - linked < LINK_MS)) return []
    const since = linked - LINK_MS
    const heads = await readHeads(db, limit)
    this.#linked = at
    return heads
      .filter(({ writer, recorded }) => writer !== this.writer.writer && recorded >= since)
      .map(({ writer, number, digest }) => ({ writer, number, digest }))
  }
}
