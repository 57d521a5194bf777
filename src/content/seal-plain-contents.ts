/**
 * Contents that were written before contents were sealed, sealed where they lie, one in each transaction. What does not
 * have its SHA-256 any more is left as it is, and told of.
 */
import { createHash, randomBytes } from 'node:crypto'
import { NO_PATIENT } from '../fhir/id.ts'
import {
  countPlainContents,
  findPlainContents,
  lockPlainContent,
  type PlainContent,
  replacePlainContent,
} from '../storage/contents/content-rotation.ts'
import { insertContentChunk, readPlainPiece } from '../storage/contents/content-rows.ts'
import type { Runner } from '../storage/database.ts'
import { CHUNK_BYTES, chunkCountOf, KEY_BYTES, sealChunk } from './chunk-cipher.ts'
import { contentBinding, settledRecordKey } from './record-key.ts'
import type { Rotation } from './rotate-keys.ts'
import { wrapKey } from './wrap-key.ts'

export type Sealed = { readonly sealed: number; readonly damaged: number; readonly stopped: boolean }

const BATCH = 100

export async function sealPlainContents(rotation: Rotation): Promise<Sealed> {
  const { db, stop, tell, transact } = rotation
  const total = await countPlainContents(db)
  let sealed = 0
  let damaged = 0
  let last: Pick<PlainContent, 'patientKey' | 'sha256'> = { patientKey: NO_PATIENT, sha256: Buffer.alloc(0) }
  for (;;) {
    const plain = await findPlainContents(db, last, BATCH)
    for (const content of plain) {
      if (stop.aborted) return { sealed, damaged, stopped: true }
      const whole = await transact((transaction) => sealOne(transaction, rotation, content)).catch(asDamage)
      if (whole) sealed++
      else damaged++
      last = content
      tell(sealed, total)
    }
    if (plain.length < BATCH) return { sealed, damaged, stopped: stop.aborted }
  }
}

class Damaged extends Error {}

function asDamage(error: unknown): false {
  if (error instanceof Damaged) return false
  throw error
}

async function sealOne(transaction: Runner, { keys }: Rotation, content: PlainContent): Promise<boolean> {
  const { patientKey, sha256, size } = content
  if (!(await lockPlainContent(transaction, content))) return true
  const recordKey = await settledRecordKey(transaction, keys, patientKey)
  const key = randomBytes(KEY_BYTES)
  const hash = createHash('sha256')
  const count = chunkCountOf(size)
  let first: Buffer = Buffer.alloc(0)
  for (let position = 0; position < count; position++) {
    const piece = await readPlainPiece(transaction, patientKey, sha256, position * CHUNK_BYTES, CHUNK_BYTES)
    if (!piece) throw new Error('A content that is held has changed')
    hash.update(piece)
    const sealed = sealChunk(key, position, position === count - 1, piece)
    if (position === 0) first = sealed
    else await insertContentChunk(transaction, patientKey, sha256, position, sealed)
  }
  // The transaction is given up with what it has written.
  if (!hash.digest().equals(sha256)) throw new Damaged()
  const wrappedKey = wrapKey(recordKey, key, contentBinding(patientKey, sha256))
  await replacePlainContent(transaction, content, wrappedKey, first)
  return true
}
