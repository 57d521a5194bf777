/**
 * The key of the seal where none is configured, for trying: derived from the master key, so that every process of a sandbox
 * seals with the same one. In production the seal has a key of its own (config.ts refuses to start).
 * @see https://www.rfc-editor.org/rfc/rfc5869; NIST SP 800-56A §5.6.1.2.1 (extra random bits)
 */
import { createECDH, createPrivateKey, hkdfSync, type KeyObject } from 'node:crypto'

/** The order of P-256. */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

export function derivedSealKey(master: string): KeyObject {
  const seed = Buffer.from(hkdfSync('sha256', master, '', 'dmp seal key', 40))
  const number = (BigInt(`0x${seed.toString('hex')}`) % (ORDER - 1n)) + 1n
  const d = Buffer.from(number.toString(16).padStart(64, '0'), 'hex')
  const curve = createECDH('prime256v1')
  curve.setPrivateKey(d)
  const point = curve.getPublicKey()
  const key = {
    kty: 'EC',
    crv: 'P-256',
    x: point.subarray(1, 33).toString('base64url'),
    y: point.subarray(33).toString('base64url'),
    d: d.toString('base64url'),
  }
  return createPrivateKey({ format: 'jwk', key })
}
