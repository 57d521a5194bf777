/**
 * The key of a record: made at its first deposit, wrapped by the master key. It wraps the keys of its contents, so that
 * destroying this one destroys them all.
 */
import { randomBytes } from 'node:crypto'
import type { Uuid } from '../fhir/id.ts'
import { findRecordKey, insertRecordKey, type StoredRecordKey } from '../storage/contents/content-keys.ts'
import type { Runner } from '../storage/database.ts'
import { KEY_BYTES } from './chunk-cipher.ts'
import { type MasterKeys, masterNamed } from './master-key.ts'
import { unwrapKey, wrapKey } from './wrap-key.ts'

/** Within a transaction: two first deposits at once come to one key. */
export async function settledRecordKey(
  transaction: Runner,
  keys: MasterKeys,
  patientKey: Uuid,
): Promise<Buffer> {
  const there = await findRecordKey(transaction, patientKey)
  if (there) return openRecordKey(keys, patientKey, there)
  const key = randomBytes(KEY_BYTES)
  if (await insertRecordKey(transaction, patientKey, sealRecordKey(keys, patientKey, key))) return key
  const other = await findRecordKey(transaction, patientKey)
  if (!other) throw new Error('The key of a record is neither there nor absent')
  return openRecordKey(keys, patientKey, other)
}

export function sealRecordKey({ current }: MasterKeys, patientKey: Uuid, key: Buffer): StoredRecordKey {
  return { wrapped: wrapKey(current.key, key, recordBinding(patientKey)), master: current.name }
}

/** @throws Error when none of the master keys known here has wrapped it, or it has changed */
export function openRecordKey(
  keys: MasterKeys,
  patientKey: Uuid,
  { wrapped, master }: StoredRecordKey,
): Buffer {
  const by = masterNamed(keys, master)
  if (!by) throw new Error(`A record key is wrapped by the master key ${master}, which is not known here`)
  return unwrapKey(by.key, wrapped, recordBinding(patientKey))
}

function recordBinding(patientKey: Uuid): Buffer {
  return Buffer.from(patientKey.replaceAll('-', ''), 'hex')
}

/** What the key of a content is bound to. */
export function contentBinding(patientKey: Uuid, sha256: Buffer): Buffer {
  return Buffer.concat([recordBinding(patientKey), sha256])
}
