/**
 * The key of the server's seal: an elliptic curve key on P-256, for ES256, which every recipient in France can verify
 * (decision 0012). Known by the thumbprint of its public half.
 * @see https://www.rfc-editor.org/rfc/rfc7517 (JWK), https://www.rfc-editor.org/rfc/rfc7638 (thumbprint)
 */
import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { isJsonObject, JsonSyntaxError, parseJson } from '../fhir/json.ts'

/** The public half, its members in the order of their names: as RFC 7638 hashes it. */
export type PublicSealKey = {
  readonly crv: 'P-256'
  readonly kty: 'EC'
  readonly x: string
  readonly y: string
}

export class SealKeyError extends Error {
  override readonly name = 'SealKeyError'
}

/** @param text PEM (PKCS #8 or SEC 1) or a private JWK. @throws SealKeyError when it is no private key on P-256 */
export function readSealKey(text: string): KeyObject {
  const key = parsePrivateKey(text.trim())
  if (key?.asymmetricKeyType !== 'ec' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1')
    throw new SealKeyError('is no private key on the curve P-256, in PEM or as a JWK')
  return key
}

function parsePrivateKey(text: string): KeyObject | undefined {
  try {
    if (!text.startsWith('{')) return createPrivateKey(text)
    const jwk = parseJson(text)
    if (!isJsonObject(jwk)) return undefined
    const { kty, crv, x, y, d } = jwk
    const isComplete = [kty, crv, x, y, d].every((member) => typeof member === 'string')
    return isComplete
      ? createPrivateKey({ format: 'jwk', key: { kty, crv, x, y, d } as Record<string, string> })
      : undefined
  } catch (error) {
    // Whatever is wrong with it, its text must not be told.
    if (error instanceof JsonSyntaxError || (error instanceof Error && 'code' in error)) return undefined
    throw error
  }
}

export function publicSealKey(privateKey: KeyObject): PublicSealKey {
  const { x, y } = createPublicKey(privateKey).export({ format: 'jwk' })
  if (typeof x !== 'string' || typeof y !== 'string') throw new Error('A key on P-256 has x and y')
  return { crv: 'P-256', kty: 'EC', x, y }
}

/** RFC 7638: the key id. */
export function thumbprint({ crv, kty, x, y }: PublicSealKey): string {
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url')
}
