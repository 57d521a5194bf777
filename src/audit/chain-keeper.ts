/**
 * Keeps the chain of this process: signs it every few seconds, ends it when the process stops, and goes on with those of
 * processes that died. It has a connection of its own, whose session holds the writer's lock: as long as it does nobody else
 * touches the chain, however long the process is paused.
 * @see docs/audit.md
 */
import { randomInt } from 'node:crypto'
import type { Sealer } from '../seal/sealer.ts'
import type { ConnectionSettings } from '../storage/connection/connection-settings.ts'
import { type DedicatedConnection, openDedicated } from '../storage/connection/dedicated-connection.ts'
import {
  insertCheckpoint,
  lockWriter,
  openWriters,
  readHead,
  unlockWriter,
} from '../storage/traces/audit-checkpoints.ts'
import type { Seat, TraceChain } from '../storage/traces/insert-traces.ts'
import type { TraceColumns } from '../storage/traces/trace-columns.ts'
import { ChainWriter } from './chain-writer.ts'
import { type CheckSeal, digestOf, MAX_ROWS, NO_SEAL_KEY, noDigest, signCheckpoint } from './checkpoint.ts'
import { finishChain } from './finish-chain.ts'
import { Overtaken, SignedChain } from './signed-chain.ts'
import type { TraceSealKey } from './trace-seal.ts'

export type ChainSettings = {
  readonly connection: ConnectionSettings
  /** The key in use, then those of before. */
  readonly keys: readonly [TraceSealKey, ...TraceSealKey[]]
  readonly sealer: Sealer
  /** What a signature is worth, by the keys the database has now. */
  readonly check: () => Promise<CheckSeal>
  readonly now: () => number
  /** Told of what goes wrong beside requests. */
  readonly onFault: (error: unknown) => void
}

/** Rows of before migration 0010. */
export const WRITER_OF_BEFORE = 0

const TICK_MS = 1_000
const SIGN_MS = 10_000
const LOOK_MS = 60_000
/** A chain whose last checkpoint is younger is not looked at: its writer may only have lost its connection. */
const ABANDONED_MS = 300_000
/** Without its connection for longer, a writer stops: another may go on with its chain. */
const ALONE_MS = 30_000
const MAX_INT4 = 0x7fff_ffff
/** What is waited for is waited for by a clock that nobody sets. */
const elapsed = (): number => performance.now()

export class ChainKeeper implements TraceChain {
  readonly #settings: ChainSettings
  #connection: DedicatedConnection
  #chain: SignedChain
  #timer: NodeJS.Timeout | undefined
  #signed: number
  #looked: number
  #busy: Promise<void> = Promise.resolve()
  #isBusy = false
  #closed = false
  /** Chains whose lock was free, with their heads, when they were last looked at. */
  #abandoned = new Map<number, number>()

  private constructor(settings: ChainSettings, connection: DedicatedConnection, chain: SignedChain) {
    this.#settings = settings
    this.#connection = connection
    this.#chain = chain
    this.#signed = elapsed()
    this.#looked = elapsed()
    this.#watch()
    this.#timer = setInterval(() => this.#tick(), TICK_MS)
    this.#timer.unref()
  }

  /** Once it resolves traces can be seated. */
  static async open(settings: ChainSettings): Promise<ChainKeeper> {
    const connection = await openDedicated(settings.connection)
    try {
      await openChainOfBefore(connection, settings)
      return new ChainKeeper(settings, connection, await openChain(connection, settings))
    } catch (error) {
      await connection.close()
      throw error
    }
  }

  seat(columns: TraceColumns): Seat {
    return this.#chain.writer.seat(columns)
  }

  /** Who this process is among the writers. */
  get writer(): number {
    return this.#chain.writer.writer
  }

  /** Signs what there is, now. */
  sign(): Promise<void> {
    return this.#alone(async () => {
      this.#signed = elapsed()
      await this.#chain.sign(this.#connection)
    })
  }

  /**
   * Looks for chains that nobody goes on with, and ends those that were so already at the last look.
   * @param abandonedMs how old their last checkpoint must be
   */
  finishOthers(abandonedMs = ABANDONED_MS): Promise<void> {
    return this.#alone(async () => {
      this.#looked = elapsed()
      const seen = this.#abandoned
      this.#abandoned = new Map()
      for (const writer of await openWriters(this.#connection))
        if (writer !== this.writer) await this.#finishOther(writer, seen, abandonedMs)
    })
  }

  /** When no more traces come. */
  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#timer)
    await this.#busy
    try {
      if (!this.#connection.isLost) await this.#chain.end(this.#connection)
    } catch (error) {
      this.#settings.onFault(error)
    }
    await this.#connection.close()
  }

  #tick(): void {
    if (this.#isBusy || this.#closed || this.#connection.isLost) return
    const { settled } = this.#chain.writer
    const now = elapsed()
    const isDue = now - this.#signed >= SIGN_MS && !this.#chain.writer.isEmpty
    if (isDue || settled >= MAX_ROWS) void this.sign().catch(this.#settings.onFault)
    else if (now - this.#looked >= LOOK_MS) void this.finishOthers().catch(this.#settings.onFault)
  }

  async #finishOther(writer: number, seen: ReadonlyMap<number, number>, abandonedMs: number): Promise<void> {
    const { now, keys, sealer, check, onFault } = this.#settings
    const isOld = writer === WRITER_OF_BEFORE
    const head = await readHead(this.#connection, writer)
    if (!head || (!isOld && now() - head.recorded < abandonedMs)) return
    if (!(await lockWriter(this.#connection, writer))) return
    try {
      if (isOld || seen.get(writer) === head.number)
        await finishChain(this.#connection, writer, { sealer, check: await check(), keys, now })
      else this.#abandoned.set(writer, head.number)
    } catch (error) {
      onFault(error)
    } finally {
      if (!this.#connection.isLost) await unlockWriter(this.#connection, writer)
    }
  }

  /** One thing at a time on the connection. */
  #alone(work: () => Promise<void>): Promise<void> {
    const done = this.#busy.then(async () => {
      if (this.#connection.isLost) return
      this.#isBusy = true
      try {
        await work()
      } catch (error) {
        if (!(error instanceof Overtaken)) throw error
        await this.#beginAnew()
      } finally {
        this.#isBusy = false
      }
    })
    this.#busy = done.catch(() => undefined)
    return done
  }

  async #beginAnew(): Promise<void> {
    this.#chain.writer.end()
    this.#chain = await openChain(this.#connection, this.#settings)
  }

  #watch(): void {
    const connection = this.#connection
    void connection.lost.then(() => {
      if (!this.#closed) return this.#reconnect().catch(this.#settings.onFault)
      return undefined
    })
  }

  /** The same chain when it is still ours, else a new one. */
  async #reconnect(): Promise<void> {
    const since = performance.now()
    const isLate = (): boolean => performance.now() - since > ALONE_MS
    for (let wait = 100; !this.#closed; wait = Math.min(wait * 2, 5_000)) {
      await new Promise((resolve) => setTimeout(resolve, wait).unref())
      if (isLate()) this.#chain.writer.end()
      const connection = await openDedicated(this.#settings.connection).catch(() => undefined)
      if (!connection) continue
      try {
        const isLocked = await lockWriter(connection, this.writer)
        // The session that is gone may hold the lock for a while.
        if (isLocked || isLate()) {
          const isOurs = isLocked && !isLate() && (await this.#chain.isOurs(connection))
          this.#connection = connection
          if (!isOurs) await this.#beginAnew()
          this.#watch()
          return
        }
        await connection.close()
      } catch (error) {
        this.#settings.onFault(error)
        await connection.close().catch(() => undefined)
      }
    }
  }
}

async function openChain(connection: DedicatedConnection, settings: ChainSettings): Promise<SignedChain> {
  const [key] = settings.keys
  for (;;) {
    const writer = randomInt(1, MAX_INT4)
    if (!(await lockWriter(connection, writer))) continue
    if (await readHead(connection, writer)) continue
    const chain = new SignedChain(new ChainWriter(writer, key, elapsed), settings.sealer, settings.now)
    await chain.open(connection)
    return chain
  }
}

/** What was written before there were seals is signed as it is found, so that nothing can be added to it later. */
async function openChainOfBefore(
  connection: DedicatedConnection,
  { sealer, now }: ChainSettings,
): Promise<void> {
  const writer = WRITER_OF_BEFORE
  if (await readHead(connection, writer)) return
  const at = now()
  const digest = digestOf(noDigest, [])
  const jws = signCheckpoint(sealer, {
    writer,
    number: 0,
    from: 1,
    until: 0,
    count: 0,
    voids: [],
    digest,
    previous: noDigest,
    at,
    sealKey: NO_SEAL_KEY,
    final: false,
    links: [],
  })
  await insertCheckpoint(connection, {
    writer,
    number: 0,
    until_seq: 0,
    recorded: at,
    final: false,
    digest,
    jws,
  })
}
