/** The chain of a process's traces, with the keys its configuration gives: for the server, and for commands that write. */
import { ChainKeeper } from '../audit/chain-keeper.ts'
import { traceSealKey } from '../audit/trace-seal.ts'
import type { Config } from '../config/config.ts'
import { type Attests, readKeyRing, registerSealKey } from '../seal/key-ring.ts'
import { publicSealKey } from '../seal/seal-key.ts'
import { createSealer } from '../seal/sealer.ts'
import type { ConnectionSettings } from '../storage/connection/connection-settings.ts'
import type { Runner } from '../storage/database.ts'
import { derivedSealKey } from './derived-seal-key.ts'
import { derivedKey, masterKey, signer } from './keys.ts'

export type KeyConfig = Pick<Config, 'masterKey' | 'formerMasterKey' | 'dataDir' | 'seal'>

export async function openTraceChain(
  config: KeyConfig,
  connection: ConnectionSettings,
  db: Runner,
  now: () => number,
  onFault: (error: unknown) => void,
): Promise<ChainKeeper> {
  const key = config.seal.key ?? derivedSealKey(masterKey(config.masterKey, config.dataDir))
  const attests = sealAttests(config)
  await registerSealKey(db, publicSealKey(key), attests, now())
  return ChainKeeper.open({
    connection,
    keys: traceSealKeys(config),
    sealer: createSealer(key),
    check: async () => (await readKeyRing(db, attests)).check,
    now,
    onFault,
  })
}

/** With which public keys in the database are told from those that somebody else put there. */
export function sealAttests(config: Omit<KeyConfig, 'seal'>): Attests {
  const { formerMasterKey: former } = config
  const current = signer(masterKey(config.masterKey, config.dataDir), 'seal keys')
  return former === undefined ? [current] : [current, signer(former, 'seal keys')]
}

/** The key that traces are sealed with, then the one of before. */
export function traceSealKeys(config: KeyConfig): ChainKeys {
  const { formerMasterKey: former } = config
  const ofMaster = (master: string) => traceSealKey(derivedKey(master, 'audit seal'))
  const current = ofMaster(masterKey(config.masterKey, config.dataDir))
  return former === undefined ? [current] : [current, ofMaster(former)]
}

type ChainKeys = Parameters<typeof ChainKeeper.open>[0]['keys']
