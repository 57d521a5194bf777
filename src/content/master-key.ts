/**
 * The key that wraps the keys of records, derived from the operator's secret for this purpose alone (HKDF, RFC 5869), with
 * a name that tells which one it is and nothing else.
 */
import { hkdfSync } from 'node:crypto'
import { KEY_BYTES } from './chunk-cipher.ts'

export type MasterKey = { readonly name: string; readonly key: Buffer }

/** While a new one takes over, two are known: either opens what it has sealed, and only `current` seals. */
export type MasterKeys = { readonly current: MasterKey; readonly former?: MasterKey }

const NAME_BYTES = 8

export function masterKeys(secret: string, formerSecret?: string): MasterKeys {
  const current = derive(secret)
  return formerSecret === undefined ? { current } : { current, former: derive(formerSecret) }
}

function derive(secret: string): MasterKey {
  const material = (purpose: string, bytes: number): Buffer =>
    Buffer.from(hkdfSync('sha256', secret, '', `dmp ${purpose}`, bytes))
  return {
    name: material('name of the key of record keys', NAME_BYTES).toString('hex'),
    key: material('record keys', KEY_BYTES),
  }
}

/** The master key of this name, when it is known here. */
export function masterNamed({ current, former }: MasterKeys, name: string): MasterKey | undefined {
  return [current, former].find((known) => known?.name === name)
}
