/**
 * The bytes of a document, sealed chunk by chunk under a key that no other content has: AES-256-GCM in the STREAM
 * construction, whose nonce is the chunk's position and whether it is the last. A chunk that is changed, moved, left out
 * or cut off does not open, and any chunk opens without the ones before it.
 * @see NIST SP 800-38D; Hoang, Reyhanitabar, Rogaway, Vizár: "Online Authenticated-Encryption and its Nonce-Reuse
 * Misuse-Resistance" (2015), §7 (STREAM)
 */
import { createCipheriv, createDecipheriv } from 'node:crypto'
import { giveBack } from '../storage/give-back.ts'

/** Plain bytes of every chunk but the last. */
export const CHUNK_BYTES = 256 * 1024
export const KEY_BYTES = 32
/** What sealing adds to a chunk. */
export const TAG_BYTES = 16

/** How many chunks a content has: one at least. */
export function chunkCountOf(size: number): number {
  return Math.max(1, Math.ceil(size / CHUNK_BYTES))
}

/** Bytes of all sealed chunks together. */
export function sealedLength(size: number): number {
  return size + chunkCountOf(size) * TAG_BYTES
}

/** @param key of this content alone: a second content under it would reuse nonces */
export function sealChunk(key: Buffer, position: number, isLast: boolean, plain: Buffer): Buffer {
  return seal(key, nonce(position, isLast), plain)
}

/** @throws Error when the bytes are not those that were sealed at this place with this key */
export function openChunk(key: Buffer, position: number, isLast: boolean, sealed: Buffer): Buffer {
  return open(key, nonce(position, isLast), sealed)
}

/** A whole content in its packed form (packed.ts): under a nonce that no chunk has, so that neither opens as the other. */
export function sealPacked(key: Buffer, packed: Buffer): Buffer {
  return seal(key, PACKED, packed)
}

/** A content of one chunk, as it lies in its row. @param smaller its packed form; undefined: it stays as it is */
export function sealWhole(key: Buffer, plain: Buffer, smaller: Buffer | undefined): Buffer {
  return smaller ? sealPacked(key, smaller) : sealChunk(key, 0, true, plain)
}

/** @throws Error when the bytes are not those that were sealed with this key as a packed content */
export function openPacked(key: Buffer, sealed: Buffer): Buffer {
  return open(key, PACKED, sealed)
}

function seal(key: Buffer, nonce: Buffer, plain: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  const body = cipher.update(plain)
  const sealed = Buffer.concat([body, cipher.final(), cipher.getAuthTag()])
  giveBack(body)
  return sealed
}

function open(key: Buffer, nonce: Buffer, sealed: Buffer): Buffer {
  const end = sealed.length - TAG_BYTES
  if (end < 0) throw new Error('A sealed chunk is cut off')
  const decipher = createDecipheriv('aes-256-gcm', key, nonce)
  decipher.setAuthTag(sealed.subarray(end))
  const opened = decipher.update(sealed.subarray(0, end))
  // In this mode nothing is left for the end: it is told whether the bytes are those that were sealed.
  decipher.final()
  return opened
}

function nonce(position: number, isLast: boolean): Buffer {
  const bytes = Buffer.alloc(12)
  bytes.writeUInt32BE(position, 7)
  bytes[11] = isLast ? 1 : 0
  return bytes
}

/** Its first byte is 0 in that of every chunk. */
const PACKED = Buffer.from('010000000000000000000001', 'hex')
