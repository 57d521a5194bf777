/**
 * Contents of a record that nobody has opened before, for who writes the rows of many at once: its key is made, not looked
 * for, and what fits into one row is sealed without waiting for anything.
 *
 * INVARIANT: only within the transaction that opens the record. Whether the same bytes come twice nobody asks here: the
 * primary key refuses the second row.
 */
import { hash } from 'node:crypto'
import type { Uuid } from '../fhir/id.ts'
import type { StoredRecordKey } from '../storage/contents/content-keys.ts'
import type { NewContent } from '../storage/contents/content-rows.ts'
import { CHUNK_BYTES, KEY_BYTES, sealWhole } from './chunk-cipher.ts'
import type { ContentParts } from './content-parts.ts'
import { packedNow } from './packed.ts'
import { randomKey } from './random-key.ts'
import { contentBinding, sealRecordKey } from './record-key.ts'
import { wrapKey } from './wrap-key.ts'

export type WholeContent = NewContent & { readonly sha1Base64: string }

export type NewRecordContents = {
  readonly recordKey: Buffer
  readonly storedKey: StoredRecordKey
  /** @returns undefined for what is kept in several rows, or elsewhere: a deposit does that (deposit.ts) */
  seal(bytes: Buffer): WholeContent | undefined
}

const SHA256_BYTES = 32

export function newRecordContents(
  { keys, elsewhere, packs = true }: ContentParts,
  patientKey: Uuid,
): NewRecordContents {
  const recordKey = randomKey(KEY_BYTES)
  const boundTo = contentBinding(patientKey, Buffer.alloc(SHA256_BYTES))
  const most = Math.min(CHUNK_BYTES, (elsewhere?.fromBytes ?? Number.POSITIVE_INFINITY) - 1)
  return {
    recordKey,
    storedKey: sealRecordKey(keys, patientKey, recordKey),
    seal(bytes) {
      if (bytes.length > most) return undefined
      const key = randomKey(KEY_BYTES)
      const sha256 = hash('sha256', bytes, 'buffer')
      boundTo.set(sha256, boundTo.length - SHA256_BYTES)
      const smaller = packs ? packedNow(bytes) : undefined
      return {
        patientKey,
        size: bytes.length,
        sha1Base64: hash('sha1', bytes, 'base64'),
        sha256,
        wrappedKey: wrapKey(recordKey, key, boundTo),
        bytes: sealWhole(key, bytes, smaller),
      }
    },
  }
}
