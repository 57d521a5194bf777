/**
 * Goes on with the chain of a process that died: signs what it left, and ends it. Only what bears a right seal is signed: an
 * alteration must not become the truth because its writer is gone.
 * @see docs/audit.md "A writer that dies"
 */

import type { Sealer } from '../seal/sealer.ts'
import type { DedicatedConnection } from '../storage/connection/dedicated-connection.ts'
import {
  copyRows,
  insertCheckpoint,
  lastRow,
  readCheckpoints,
  readHead,
} from '../storage/traces/audit-checkpoints.ts'
import { SEQ_AT } from '../storage/traces/canonical-trace.ts'
import { runsOf } from './chain-writer.ts'
import {
  type Checkpoint,
  type CheckSeal,
  digestOf,
  MAX_ROWS,
  NO_SEAL_KEY,
  openSigned,
  readCheckpoint,
  signCheckpoint,
} from './checkpoint.ts'
import { isSealed, type TraceSealKey } from './trace-seal.ts'

export type Finishing = {
  readonly sealer: Sealer
  readonly check: CheckSeal
  readonly keys: readonly TraceSealKey[]
  readonly now: () => number
}

/** Why a chain is left as it is, for the operator. */
export class UnfinishedChain extends Error {
  override readonly name = 'UnfinishedChain'
}

/**
 * By whoever holds the writer's lock. Checkpoints it makes are there at once: if it stops half way the next one goes on.
 * @throws UnfinishedChain when what is there cannot be signed
 */
export async function finishChain(
  connection: DedicatedConnection,
  writer: number,
  { sealer, check, keys, now }: Finishing,
): Promise<void> {
  const [opening] = await readCheckpoints(connection, writer, -1, 1)
  const head = await readHead(connection, writer)
  const opened = opening && openSigned(opening.jws, check)
  const checkpoint = opened?.genuineness === 'genuine' ? readCheckpoint(opened.payload) : undefined
  if (!head || head.final || !checkpoint) throw unfinished(writer, 'its opening is not genuine')
  const key = keys.find(({ id }) => id === checkpoint.sealKey)
  if (!key && checkpoint.sealKey !== NO_SEAL_KEY)
    throw unfinished(writer, 'it was sealed with another master key')
  const last = (await lastRow(connection, writer))?.seq ?? 0
  let { number, digest: previous, until_seq: until } = head
  for (;;) {
    const from = until + 1
    const upTo = Math.min(until + MAX_ROWS, Math.max(last, until))
    const tuples = await rowsOf(connection, { writer, above: until, upTo }, key)
    const next: Checkpoint = {
      writer,
      number: number + 1,
      from,
      until: upTo,
      count: tuples.length,
      voids: runsOf(missing(from, upTo, tuples)),
      digest: digestOf(previous, tuples),
      previous,
      at: now(),
      sealKey: checkpoint.sealKey,
      final: upTo >= last,
      links: [],
    }
    const { final, digest, at } = next
    const jws = signCheckpoint(sealer, next)
    const row = { writer, number: next.number, until_seq: upTo, recorded: at, final, digest, jws }
    if (!(await insertCheckpoint(connection, row))) throw unfinished(writer, 'somebody else goes on with it')
    if (final) return
    number = next.number
    previous = digest
    until = upTo
  }
}

async function rowsOf(
  connection: DedicatedConnection,
  range: Parameters<typeof copyRows>[1],
  key: TraceSealKey | undefined,
): Promise<Buffer[]> {
  const tuples: Buffer[] = []
  let isWrong = false
  await copyRows(connection, range, (tuple) => {
    if (key && !isSealed(key, tuple)) isWrong = true
    tuples.push(Buffer.from(tuple))
  })
  const seqs = new Set(tuples.map(seqOf))
  if (isWrong || seqs.size !== tuples.length) throw unfinished(range.writer, 'a trace of it was altered')
  return tuples
}

function seqOf(tuple: Buffer): number {
  return tuple.readInt32BE(SEQ_AT)
}

function missing(from: number, until: number, tuples: readonly Buffer[]): number[] {
  const there = new Set(tuples.map(seqOf))
  const seqs: number[] = []
  for (let seq = from; seq <= until; seq++) if (!there.has(seq)) seqs.push(seq)
  return seqs
}

function unfinished(writer: number, why: string): UnfinishedChain {
  return new UnfinishedChain(
    `The chain of traces of writer ${writer} cannot be ended: ${why} (dmp audit verify)`,
  )
}
