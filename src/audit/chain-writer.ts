/**
 * The chain of one process, as long as it lives in memory: gives each trace its number and its seal, and remembers what
 * became of it until a checkpoint has signed it. What a checkpoint signs is what was sealed here, not what the table holds by
 * then: a row that somebody takes away in between is missed.
 * @see docs/audit.md "The chain"
 */

import type { Uuid } from '../fhir/id.ts'
import type { TransactionEnd } from '../storage/database.ts'
import { canonicalTrace } from '../storage/traces/canonical-trace.ts'
import type { Seat, TraceChain } from '../storage/traces/insert-traces.ts'
import type { TraceColumns } from '../storage/traces/trace-columns.ts'
import { type CheckpointRows, MAX_ROWS, type Seqs } from './checkpoint.ts'
import type { TraceSealKey } from './trace-seal.ts'

/** Traces that are not under a checkpoint yet; past that none is taken: memory is bounded while the database is away. */
const MAX_PLACES = 100_000
const MAX_SEQ = 0x7fff_ffff
/** No transaction of this server lasts so long: its end was not told. */
const TOO_LONG_MS = 600_000

type Place = {
  readonly seq: number
  readonly id: Uuid
  state: 'open' | TransactionEnd
  /** The row as it was sealed; of several attempts that may each have been committed, each. */
  tuples: readonly Buffer[]
  /** When it got its seat, or its end was told, by a clock that never jumps. */
  since: number
}

export class ChainWriter implements TraceChain {
  readonly writer: number
  readonly key: TraceSealKey
  readonly #elapsed: () => number
  readonly #ofTrace = new Map<Uuid, Place>()
  #places: Place[] = []
  #settled = 0
  #last = 0
  #ended = false

  /**
   * @param writer a number that no other process has ever had
   * @param elapsed milliseconds since some moment, whatever is done to the time of day: a row whose transaction is under way
   *   must not be taken for an old one because somebody has set the clock
   */
  constructor(writer: number, key: TraceSealKey, elapsed: () => number) {
    this.writer = writer
    this.key = key
    this.#elapsed = elapsed
  }

  /** How many may be signed, at most: those behind one whose end is not known wait for it. */
  get settled(): number {
    return this.#settled
  }

  get isEmpty(): boolean {
    return this.#places.length === 0
  }

  /** No more seats: another chain goes on. */
  end(): void {
    this.#ended = true
  }

  seat(columns: TraceColumns): Seat {
    const there = this.#ofTrace.get(columns.id)
    if (there?.state === 'committed') return this.#seatOf(there)
    const place = there ?? this.#newPlace(columns.id)
    const tuple = canonicalTrace(columns, this.writer, place.seq)
    const seal = this.key.seal(tuple)
    seal.copy(tuple, tuple.length - seal.length)
    // Sealed before it is kept: what cannot be a row takes no place.
    if (place.tuples.length === 0) {
      this.#last = place.seq
      this.#places.push(place)
      this.#ofTrace.set(place.id, place)
    }
    // An attempt that was rolled back left nothing; one whose end is not known may have.
    place.tuples = place.state === 'unknown' ? [...place.tuples, tuple] : [tuple]
    if (place.state === 'rolled back') this.#settled--
    if (place.state !== 'unknown') place.state = 'open'
    place.since = this.#elapsed()
    return this.#seatOf(place)
  }

  /** Of a trace that is there already too: it is inserted once, whatever is asked again. */
  #seatOf(place: Place): Seat {
    const tuple = place.tuples.at(-1)
    if (!tuple) throw new Error('A place without a row')
    return { writer: this.writer, seq: place.seq, tuple, settle: (end) => this.#settle(place, end) }
  }

  #newPlace(id: Uuid): Place {
    if (this.#ended || this.#last >= MAX_SEQ) throw new Error('The chain of traces has ended')
    if (this.#places.length >= MAX_PLACES) throw new Error('Too many traces wait for a checkpoint')
    return { seq: this.#last + 1, id, state: 'open', tuples: [], since: 0 }
  }

  /** Once not known, it stays so until the database is asked: an attempt before this one may have been committed. */
  #settle(place: Place, end: TransactionEnd): void {
    if (place.state === 'unknown') place.since = this.#elapsed()
    if (place.state !== 'open') return
    place.state = end
    place.since = this.#elapsed()
    if (end !== 'unknown') this.#settled++
  }

  /** Numbers whose transaction ended without an answer so long ago, or should have ended long ago. */
  unknownFor(milliseconds: number): readonly number[] {
    const time = this.#elapsed() - milliseconds
    const unknown: number[] = []
    for (const place of this.#places) {
      if (place.state === 'open' && place.since < time - TOO_LONG_MS) place.state = 'unknown'
      if (place.state === 'unknown' && place.since < time) unknown.push(place.seq)
    }
    return unknown
  }

  /** What the database has said of such a one. @param seal undefined: no such row */
  resolve(seq: number, seal: Buffer | undefined): void {
    const place = this.#places.find((each) => each.seq === seq && each.state === 'unknown')
    if (!place) return
    const kept = seal && place.tuples.find((tuple) => tuple.subarray(-seal.length).equals(seal))
    // A row that is not one of ours is what a checkpoint must not cover: it signs ours, and verification finds the other.
    place.state = seal ? 'committed' : 'rolled back'
    if (kept) place.tuples = [kept]
    this.#settled++
  }

  /** The first of them up to one whose end is not known; undefined when there is none. */
  take(): CheckpointRows | undefined {
    const open = this.#places.findIndex(({ state }) => state === 'open' || state === 'unknown')
    const places = this.#places.slice(0, Math.min(open < 0 ? this.#places.length : open, MAX_ROWS))
    const [first] = places
    const last = places.at(-1)
    if (!first || !last) return undefined
    const present = places.filter(({ state }) => state === 'committed')
    return {
      from: first.seq,
      until: last.seq,
      voids: runsOf(places.filter(({ state }) => state === 'rolled back').map(({ seq }) => seq)),
      tuples: present.flatMap(({ tuples }) => tuples.slice(0, 1)),
    }
  }

  /** They are under a checkpoint. */
  release(until: number): void {
    const kept = this.#places.findIndex(({ seq }) => seq > until)
    const released = this.#places.slice(0, kept < 0 ? this.#places.length : kept)
    this.#places = this.#places.slice(released.length)
    this.#settled -= released.length
    for (const place of released) if (this.#ofTrace.get(place.id) === place) this.#ofTrace.delete(place.id)
  }
}

/** 4, 5, 6, 9 as [4, 6] and [9, 9]. @param seqs in order */
export function runsOf(seqs: readonly number[]): Seqs[] {
  const runs: [number, number][] = []
  for (const seq of seqs) {
    const run = runs.at(-1)
    if (run && run[1] === seq - 1) run[1] = seq
    else runs.push([seq, seq])
  }
  return runs
}
