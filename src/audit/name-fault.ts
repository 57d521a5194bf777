/**
 * What is wrong with the rows of an interval whose digest is not the signed one: each row is looked at by itself, and the
 * first that is not as it was written is named. Without the key of the seals only its place can be, where one is missing or
 * there are two; else the interval.
 * @see docs/audit.md "What is found"
 */
import type { Uuid } from '../fhir/id.ts'
import { ID_AT, SEQ_AT, WRITER_AT } from '../storage/traces/canonical-trace.ts'
import { uuidOf } from '../storage/traces/trace-entities.ts'
import type { Checkpoint, Seqs } from './checkpoint.ts'
import { isSealed, type TraceSealKey } from './trace-seal.ts'

/** `altered`: something in the interval; which row cannot be said. `checkpoint`: not a row but what signs rows. */
export type FaultKind = 'changed' | 'removed' | 'inserted' | 'reordered' | 'altered' | 'checkpoint'

export type TraceFault = {
  readonly kind: FaultKind
  readonly writer: number
  /** Its place; absent where the fault is not in a row. */
  readonly seq?: number
  /** As it stands in the table: a row that was changed may not have had this id before. */
  readonly id?: Uuid
  /** By its id, or by the checkpoint; milliseconds since 1970. */
  readonly at?: number
  readonly checkpoint?: number
  /** For a person who is to look further. */
  readonly detail: string
}

export type Interval = Pick<Checkpoint, 'writer' | 'number' | 'from' | 'until' | 'voids' | 'at'>

/** How many rows are tried at other places: one place is enough to know what was done. */
const MAX_TRIED = 20

/**
 * @param tuples of the interval, in the order of their places
 * @param writers of other chains, from which a row may come
 * @returns at least one
 */
export function nameFaults(
  interval: Interval,
  tuples: readonly Buffer[],
  key: TraceSealKey | undefined,
  writers: readonly number[],
): TraceFault[] {
  const bad = key ? tuples.filter((tuple) => !isSealed(key, tuple)) : []
  const moved = new Map<number, Buffer>()
  for (const tuple of key ? bad.slice(0, MAX_TRIED) : []) {
    const place = key && placeOf(key, tuple, interval, writers)
    if (place !== undefined) moved.set(place, tuple)
  }
  const faults: TraceFault[] = []
  const there = bySeq(tuples)
  for (let seq = interval.from; seq <= interval.until; seq++) {
    const rows = there.get(seq) ?? []
    if (isIn(interval.voids, seq)) {
      for (const row of rows) faults.push(fault('inserted', row, 'its place was signed as empty'))
      continue
    }
    if (rows.length === 0 && !moved.has(seq)) {
      const { writer, number: checkpoint, at } = interval
      faults.push({ kind: 'removed', writer, seq, checkpoint, at, detail: 'no row has this place any more' })
    }
    const [wrong, right] = key ? partition(rows, (row) => !isSealed(key, row)) : [rows.slice(1), rows]
    for (const row of wrong) {
      if ([...moved.values()].includes(row))
        faults.push(fault('reordered', row, 'its seal is right for another place'))
      else if (right.length > 0) faults.push(fault('inserted', row, 'another row has this place'))
      else faults.push(fault('changed', row, 'its seal is not that of what it says'))
    }
    if (key && right.length > 1)
      for (const row of right.slice(1)) faults.push(fault('inserted', row, 'it is there twice'))
  }
  if (faults.length > 0) return faults
  const { writer, number: checkpoint, at } = interval
  const detail = `a trace from ${interval.from} to ${interval.until} is not what was signed`
  return [{ kind: 'altered', writer, checkpoint, at, detail }]
}

export function fault(kind: FaultKind, tuple: Buffer, detail: string): TraceFault {
  const id = uuidOf(tuple.subarray(ID_AT, ID_AT + 16))
  const at = tuple.readUIntBE(ID_AT, 6)
  return { kind, writer: tuple.readInt32BE(WRITER_AT), seq: tuple.readInt32BE(SEQ_AT), id, at, detail }
}

/** For which place its seal is right: of this interval, or the same in another chain. */
function placeOf(
  key: TraceSealKey,
  tuple: Buffer,
  { from, until, writer }: Interval,
  writers: readonly number[],
): number | undefined {
  const tried = Buffer.from(tuple)
  const own = tuple.readInt32BE(SEQ_AT)
  for (let seq = from; seq <= until; seq++) {
    tried.writeInt32BE(seq, SEQ_AT)
    if (seq !== own && isSealed(key, tried)) return seq
  }
  tried.writeInt32BE(own, SEQ_AT)
  for (const other of writers) {
    tried.writeInt32BE(other, WRITER_AT)
    if (other !== writer && isSealed(key, tried)) return own
  }
  return undefined
}

function bySeq(tuples: readonly Buffer[]): ReadonlyMap<number, readonly Buffer[]> {
  const groups = new Map<number, Buffer[]>()
  for (const tuple of tuples) {
    const seq = tuple.readInt32BE(SEQ_AT)
    groups.set(seq, [...(groups.get(seq) ?? []), tuple])
  }
  return groups
}

function partition<Item>(
  items: readonly Item[],
  isFirst: (item: Item) => boolean,
): readonly [Item[], Item[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))]
}

function isIn(runs: readonly Seqs[], seq: number): boolean {
  return runs.some(([first, last]) => seq >= first && seq <= last)
}
