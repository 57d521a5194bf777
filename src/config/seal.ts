/**
 * The key of the seal, and whose certificates an author's signature may come from.
 * @see docs/seal.md, docs/operations.md "Environment"; docs/policy.md D8
 */
import { type KeyObject, X509Certificate } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { readSealKey, SealKeyError } from '../seal/seal-key.ts'
import { ConfigError, type Environment, readSettingFile, secretValue } from './values.ts'

export type SealConfig = {
  /** Undefined: one derived from the master key, outside production alone. */
  readonly key: KeyObject | undefined
  /** Authorities whose certificates are trusted for signatures of authors; none: no signature has a trusted signer. */
  readonly anchors: readonly X509Certificate[]
}

/** @throws ConfigError */
export function readSealConfig(environment: Environment): SealConfig {
  const key = environment.DMP_SEAL_KEY
  const folder = environment.DMP_SIGNATURE_ANCHORS
  return { key: key ? sealKey(key) : undefined, anchors: folder ? anchorsIn(folder) : [] }
}

function sealKey(text: string): KeyObject {
  try {
    return readSealKey(secretValue('DMP_SEAL_KEY', text))
  } catch (error) {
    if (error instanceof SealKeyError) throw new ConfigError(`DMP_SEAL_KEY ${error.message}`)
    throw error
  }
}

/** Every certificate of every `.pem` and `.crt` of the folder. */
function anchorsIn(folder: string): X509Certificate[] {
  let names: string[]
  try {
    names = readdirSync(folder).filter((name) => /\.(?:pem|crt)$/.test(name))
  } catch (cause) {
    throw new ConfigError('DMP_SIGNATURE_ANCHORS: the folder cannot be read', { cause })
  }
  if (names.length === 0)
    throw new ConfigError('DMP_SIGNATURE_ANCHORS: no .pem and no .crt lies in this folder')
  return names.sort().flatMap((name) => {
    const text = readSettingFile('DMP_SIGNATURE_ANCHORS', join(folder, name)).toString('utf8')
    const found = text.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? []
    try {
      if (found.length > 0) return found.map((pem) => new X509Certificate(pem))
    } catch (cause) {
      throw new ConfigError(`DMP_SIGNATURE_ANCHORS: ${name} is no certificate in PEM`, { cause })
    }
    throw new ConfigError(`DMP_SIGNATURE_ANCHORS: ${name} is no certificate in PEM`)
  })
}
