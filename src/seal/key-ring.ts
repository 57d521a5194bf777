/**
 * The public keys with which seals were made, kept in the database so that a seal outlives its key. Who can write there
 * must not be able to bring in a key of their own: each row is attested with a secret derived from the master key, and a
 * row that is not is trusted in nothing.
 * @see docs/seal.md; RFC 7517 (the form in which they are published)
 */
import { createPublicKey, type KeyObject, timingSafeEqual } from 'node:crypto'
import { isJsonObject, JsonSyntaxError, parseJson } from '../fhir/json.ts'
import type { Runner } from '../storage/database.ts'
import { insertSealKey, type SealKeyRow, selectSealKeys } from '../storage/seals/seal-keys.ts'
import { type PublicSealKey, thumbprint } from './seal-key.ts'
import { isSealedBy, type Seal } from './sealer.ts'

/** HMAC with a secret that the database does not hold: of the master key in use, then of those before it. */
export type Attest = (text: string) => string
export type Attests = readonly [Attest, ...Attest[]]

export type Genuineness = 'genuine' | 'forged' | 'unknown-key'

export type KeyRing = {
  /** Since when what is written is sealed, milliseconds since 1970; infinity when it is not yet. */
  readonly since: number
  check(statement: string, seal: Seal): Genuineness
  /** A JWK set, as JSON. */
  readonly jwks: string
  /** Thumbprints of keys that nobody who has the master key put there. */
  readonly foreign: readonly string[]
}

/** As the database has it now: another process may have begun with another key. */
export async function readKeyRing(db: Runner, attests: Attests): Promise<KeyRing> {
  const rows = await selectSealKeys(db)
  const keys = new Map<string, { readonly jwk: PublicSealKey; readonly key: KeyObject }>()
  let since = Number.POSITIVE_INFINITY
  for (const row of rows) {
    const jwk = publicKeyOf(row)
    if (!jwk || !attests.some((attest) => isAttested(row, attest))) continue
    since = Math.min(since, row.since)
    if (!keys.has(row.kid))
      keys.set(row.kid, { jwk, key: createPublicKey({ format: 'jwk', key: { ...jwk } }) })
  }
  return {
    since,
    check(statement, seal) {
      const known = keys.get(seal.kid)
      if (!known) return 'unknown-key'
      return isSealedBy(known.key, statement, seal) ? 'genuine' : 'forged'
    },
    jwks: JSON.stringify({
      keys: [...keys].map(([kid, { jwk }]) => ({ ...jwk, kid, alg: 'ES256', use: 'sig' })),
    }),
    foreign: [...new Set(rows.map(({ kid }) => kid))].filter((kid) => !keys.has(kid)),
  }
}

/**
 * Registers the key in use, and attests anew what only a master key of before has attested.
 * @param now milliseconds since 1970
 */
export async function registerSealKey(
  db: Runner,
  own: PublicSealKey,
  attests: Attests,
  now: number,
): Promise<void> {
  const rows = await selectSealKeys(db)
  const [attest] = attests
  const attested = rows.filter((row) => attests.some((by) => isAttested(row, by)))
  const kid = thumbprint(own)
  const missing = attested.some((row) => row.kid === kid)
    ? []
    : [{ kid, jwk: JSON.stringify(own), since: now }]
  for (const { kid, jwk, since } of missing)
    await insertSealKey(db, { kid, jwk, since, attestation: attest(said({ kid, jwk, since })) })
  await attestAnew(db, attests)
}

/** What only a master key of before has attested, by the one in use: before the former one is forgotten. */
export async function attestAnew(db: Runner, attests: Attests): Promise<void> {
  const rows = await selectSealKeys(db)
  const [attest] = attests
  const again = rows.filter((row) => !isAttested(row, attest) && attests.some((by) => isAttested(row, by)))
  for (const { kid, jwk, since } of again)
    await insertSealKey(db, { kid, jwk, since, attestation: attest(said({ kid, jwk, since })) })
}

function isAttested(row: SealKeyRow, attest: Attest): boolean {
  const right = Buffer.from(attest(said(row)))
  const given = Buffer.from(row.attestation)
  return given.length === right.length && timingSafeEqual(given, right)
}

function said({ kid, jwk, since }: Omit<SealKeyRow, 'attestation'>): string {
  return JSON.stringify([kid, jwk, since])
}

/** Undefined for what is no key, or not the one it is named after. */
function publicKeyOf({ kid, jwk: text }: SealKeyRow): PublicSealKey | undefined {
  try {
    const jwk = parseJson(text)
    if (!isJsonObject(jwk)) return undefined
    const { crv, kty, x, y } = jwk
    if (crv !== 'P-256' || kty !== 'EC' || typeof x !== 'string' || typeof y !== 'string') return undefined
    const key: PublicSealKey = { crv, kty, x, y }
    return thumbprint(key) === kid ? key : undefined
  } catch (error) {
    if (error instanceof JsonSyntaxError) return undefined
    throw error
  }
}
