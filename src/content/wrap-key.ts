/**
 * A key sealed by another, for one purpose: what it is bound to must be named again to open it, so that a row moved to
 * another record, or to another content, does not open.
 * @see NIST SP 800-38D (AES-256-GCM; §8.3: at most 2^32 random nonces under one key)
 */
import { createCipheriv, createDecipheriv } from 'node:crypto'
import { KEY_BYTES } from './chunk-cipher.ts'
import { randomKey } from './random-key.ts'

const NONCE_BYTES = 12
const TAG_BYTES = 16
const WRAPPED_BYTES = NONCE_BYTES + KEY_BYTES + TAG_BYTES

/** Nonce, sealed key, tag. */
export function wrapKey(by: Buffer, key: Buffer, boundTo: Buffer): Buffer {
  const nonce = randomKey(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', by, nonce)
  cipher.setAAD(boundTo)
  return Buffer.concat([nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()])
}

/** @throws Error when it was sealed by another key, for another purpose, or has changed */
export function unwrapKey(by: Buffer, wrapped: Buffer, boundTo: Buffer): Buffer {
  if (wrapped.length !== WRAPPED_BYTES) throw new Error('A wrapped key has not its length')
  const decipher = createDecipheriv('aes-256-gcm', by, wrapped.subarray(0, NONCE_BYTES))
  decipher.setAAD(boundTo)
  decipher.setAuthTag(wrapped.subarray(-TAG_BYTES))
  return Buffer.concat([decipher.update(wrapped.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()])
}
