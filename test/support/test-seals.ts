/** A seal of a test's own, where nothing else of a server is there. */
import { generateKeyPairSync } from 'node:crypto'
import { createSealer, type Sealer } from '../../src/seal/sealer.ts'

export function testSeals(): { readonly sealer: Sealer } {
  return { sealer: createSealer(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey) }
}
