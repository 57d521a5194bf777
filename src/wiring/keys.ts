/** Keys derived from the master key, one for each purpose; in the sandbox the master key is our own, kept in a file. */
import { createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Sign } from '../search/cursor.ts'

/** @param dataDir where the sandbox's own master key lies, readable by its owner alone */
export function masterKey(configured: string | undefined, dataDir: string): string {
  if (configured !== undefined) return configured
  const file = join(dataDir, 'master-key')
  if (!existsSync(file)) {
    mkdirSync(dataDir, { recursive: true })
    writeFileSync(file, randomBytes(32).toString('hex'), { mode: 0o600, flag: 'wx' })
  }
  chmodSync(file, 0o600)
  return readFileSync(file, 'utf8').trim()
}

/** 32 bytes for one purpose (HKDF, RFC 5869): who has them learns neither the master key nor another of its kind. */
export function derivedKey(master: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', master, '', `dmp ${purpose}`, 32))
}

/** HMAC-SHA-256 with a key derived for `purpose` (HKDF, RFC 5869). */
export function signer(master: string, purpose: string): Sign {
  const key = derivedKey(master, purpose)
  return (text) => createHmac('sha256', key).update(text).digest('base64url')
}
