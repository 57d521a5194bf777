/**
 * A short secret of a record (that of a subscription), sealed with a key derived from the record's own: it turns with the
 * master key, and is destroyed with the record's key.
 * @see NIST SP 800-38D (AES-256-GCM); RFC 5869 (HKDF)
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { KEY_BYTES } from './chunk-cipher.ts'

const NONCE_BYTES = 12
const TAG_BYTES = 16

/** @param about what the secret belongs to: sealed for one, it opens for no other */
export function sealText(recordKey: Buffer, text: string, about: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', purposeKey(recordKey), nonce).setAAD(Buffer.from(about))
  return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
}

/** @throws Error when it was sealed by another key, for something else, or has changed */
export function openText(recordKey: Buffer, sealed: Buffer, about: string): string {
  const opener = createDecipheriv('aes-256-gcm', purposeKey(recordKey), sealed.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  })
  opener.setAAD(Buffer.from(about)).setAuthTag(sealed.subarray(-TAG_BYTES))
  const text = opener.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES))
  return Buffer.concat([text, opener.final()]).toString('utf8')
}

function purposeKey(recordKey: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', recordKey, '', 'dmp secrets of a record', KEY_BYTES))
}
