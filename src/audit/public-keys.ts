/**
 * The public keys of the seal out of a file, for an auditor who has neither the database's word for them nor any secret:
 * the JWK set that a server publishes at /.well-known/dmp-seal-keys.json.
 * @see https://www.rfc-editor.org/rfc/rfc7517#section-5
 */
import { createPublicKey, type KeyObject } from 'node:crypto'
import { isJsonObject, JsonSyntaxError, type JsonValue, parseJson } from '../fhir/json.ts'
import { thumbprint } from '../seal/seal-key.ts'
import { isSealedBy } from '../seal/sealer.ts'
import type { CheckSeal } from './checkpoint.ts'

export class KeySetError extends Error {
  override readonly name = 'KeySetError'
}

/** @param text a JWK set; keys of other kinds in it are left aside @throws KeySetError when it holds none of ours */
export function checkByKeys(text: string): CheckSeal {
  const keys = new Map<string, KeyObject>()
  for (const jwk of keysIn(text)) {
    if (!isJsonObject(jwk)) continue
    const { kty, crv, x, y } = jwk
    if (kty !== 'EC' || crv !== 'P-256' || typeof x !== 'string' || typeof y !== 'string') continue
    const key = { crv, kty, x, y } as const
    // Known by its thumbprint, whatever name the file gives it.
    keys.set(thumbprint(key), publicKey(key))
  }
  if (keys.size === 0) throw new KeySetError('holds no key on the curve P-256')
  return (statement, seal) => {
    const key = keys.get(seal.kid)
    if (!key) return 'unknown-key'
    return isSealedBy(key, statement, seal) ? 'genuine' : 'forged'
  }
}

function publicKey(jwk: Parameters<typeof thumbprint>[0]): KeyObject {
  try {
    return createPublicKey({ format: 'jwk', key: { ...jwk } })
  } catch (cause) {
    throw new KeySetError('holds a key that is none', { cause })
  }
}

function keysIn(text: string): readonly JsonValue[] {
  try {
    const set = parseJson(text)
    const keys = isJsonObject(set) ? set.keys : undefined
    if (Array.isArray(keys)) return keys
  } catch (cause) {
    if (!(cause instanceof JsonSyntaxError)) throw cause
  }
  throw new KeySetError('is no JWK set')
}
