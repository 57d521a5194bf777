/** What the server seals with, and by what it tells seals apart. */
import type { KeyObject, X509Certificate } from 'node:crypto'
import type { Runner } from '../storage/database.ts'
import { type Attests, type KeyRing, readKeyRing, registerSealKey } from './key-ring.ts'
import { publicSealKey } from './seal-key.ts'
import { createSealer, type Sealer } from './sealer.ts'

export type Seals = {
  readonly sealer: Sealer
  /** Authorities whose certificates make the signer of a document a trusted one. */
  readonly anchors: readonly X509Certificate[]
  /** As the database has it now. */
  ring(): Promise<KeyRing>
}

/**
 * Makes the key known, once for all processes that have it.
 * @param attests with secrets that the database does not hold
 * @param now milliseconds since 1970
 */
export async function openSeals(
  db: Runner,
  { key, anchors }: { readonly key: KeyObject; readonly anchors: readonly X509Certificate[] },
  attests: Attests,
  now: number,
): Promise<Seals> {
  await registerSealKey(db, publicSealKey(key), attests, now)
  return { sealer: createSealer(key), anchors, ring: () => readKeyRing(db, attests) }
}
