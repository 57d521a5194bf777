/**
 * Of a published key set, the keys that can verify a token of ours: RSA from 2048 to 8192 bits, and P-256. Symmetric
 * keys, private ones, weak ones and other kinds are left out, as RFC 7517 asks of what is not understood: none of them
 * may ever come near a signature.
 * NOT checked: that a point lies on its curve; the import of the key does, when it is used.
 * @see https://www.rfc-editor.org/rfc/rfc7517#section-5
 */
import type { JSONWebKeySet, JWK } from 'jose'

const maxKeys = 100
/** 256 to 1024 bytes in base64url, the highest bit set. */
const modulus = /^[g-z0-9_-][A-Za-z0-9_-]{341,1365}$/
const exponent = /^[A-Za-z0-9_-]{1,6}$/
const coordinate = /^[A-Za-z0-9_-]{43}$/

/** Undefined for what is no key set, or too large a one. */
export function usableKeys(text: string): JSONWebKeySet | undefined {
  let set: unknown
  try {
    set = JSON.parse(text)
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined
    throw cause
  }
  const keys: unknown = typeof set === 'object' && set !== null ? Reflect.get(set, 'keys') : undefined
  if (!Array.isArray(keys) || keys.length > maxKeys) return undefined
  return { keys: keys.flatMap((key: unknown) => usableKey(key) ?? []) }
}

/** The members that verifying takes, and no others. */
function usableKey(key: unknown): JWK | undefined {
  if (typeof key !== 'object' || key === null || 'd' in key) return undefined
  const text = (name: string): string | undefined => {
    const value: unknown = Reflect.get(key, name)
    return typeof value === 'string' ? value : undefined
  }
  const [kty, crv, n = '', e = '', x = '', y = ''] = ['kty', 'crv', 'n', 'e', 'x', 'y'].map(text)
  const use: unknown = Reflect.get(key, 'use')
  if (use !== undefined && use !== 'sig') return undefined
  const [kid, alg] = [text('kid'), text('alg')]
  const named = { ...(kid === undefined ? {} : { kid }), ...(alg === undefined ? {} : { alg }) }
  if (kty === 'RSA' && modulus.test(n) && exponent.test(e)) return { ...named, kty, n, e }
  if (kty === 'EC' && crv === 'P-256' && coordinate.test(x) && coordinate.test(y))
    return { ...named, kty, crv, x, y }
  return undefined
}
