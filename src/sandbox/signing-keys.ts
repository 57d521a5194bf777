/**
 * The sandbox issuer's signing key: made once, kept in a file that only its owner may read, so that tokens survive a
 * restart and all worker processes sign with the same key.
 */
import { randomUUID } from 'node:crypto'
import { chmod, link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose'

export type SigningKeys = { readonly keys: readonly JWK[] }

/** INVARIANT: of processes that start together one makes the key and all use it. `link` fails when the name exists. */
export async function loadOrCreateSigningKeys(file: string): Promise<SigningKeys> {
  const kept = await readKeys(file)
  if (kept !== undefined) return kept

  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const draft = `${file}.${randomUUID()}`
  try {
    await writeFile(draft, JSON.stringify({ keys: [await newKey()] }), { mode: 0o600, flag: 'wx' })
    await link(draft, file)
  } catch (cause) {
    if (!hasCode(cause, 'EEXIST')) throw cause
  } finally {
    await rm(draft, { force: true })
  }
  const made = await readKeys(file)
  if (made === undefined)
    throw new Error('the signing keys of the sandbox issuer vanished while they were made')
  return made
}

async function newKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk = await exportJWK(privateKey)
  return { ...jwk, alg: 'ES256', use: 'sig', kid: await calculateJwkThumbprint(jwk) }
}

async function readKeys(file: string): Promise<SigningKeys | undefined> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (cause) {
    if (hasCode(cause, 'ENOENT')) return undefined
    throw cause
  }
  await chmod(file, 0o600)
  const parsed: unknown = JSON.parse(text)
  if (!isKeySet(parsed))
    throw new Error(`not a set of private ES256 keys: ${file}; remove the file to make new ones`)
  return parsed
}

function isKeySet(value: unknown): value is SigningKeys {
  const keys: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'keys') : undefined
  return Array.isArray(keys) && keys.length > 0 && keys.every(isPrivateKey)
}

function isPrivateKey(key: unknown): boolean {
  if (typeof key !== 'object' || key === null) return false
  const texts = ['kid', 'x', 'y', 'd'].map((name): unknown => Reflect.get(key, name))
  return Reflect.get(key, 'alg') === 'ES256' && texts.every((text) => typeof text === 'string')
}

/** The public half: what a verifier may know. */
export function publicKeys(keys: SigningKeys): { keys: JWK[] } {
  return {
    keys: keys.keys.map(({ d: _private, ...open }) => open),
  }
}

function hasCode(cause: unknown, code: string): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === code
}
