/**
 * A checkpoint signs what one writer has written since the one before: which numbers, which of them stayed empty, and the
 * digest of the rows, in a chain with all before. It names the heads of other chains too, so that none of them can vanish
 * as a whole. Each can be verified by itself with a public key alone.
 * @see https://www.rfc-editor.org/rfc/rfc7515 (JWS, compact), docs/audit.md "Checkpoints"
 */
import { createHash } from 'node:crypto'
import { canonicalJson } from '../fhir/canonical-json.ts'
import { isJsonObject, type JsonObject, JsonSyntaxError, type JsonValue, parseJson } from '../fhir/json.ts'
import type { Genuineness } from '../seal/key-ring.ts'
import { detachedJws, type Seal, type Sealer } from '../seal/sealer.ts'

/** Rows under one: bounds what a verification holds in memory, and what an unsigned tail may be. */
export const MAX_ROWS = 5_000
const FORM = 'dmp-audit-checkpoint-1'
const DIGEST_BYTES = 32
/** Of the writer of rows that were there before there were seals. */
export const NO_SEAL_KEY = ''

/** From the first to the last, both included. */
export type Seqs = readonly [first: number, last: number]
/** Where another writer's chain stood. */
export type Link = { readonly writer: number; readonly number: number; readonly digest: Buffer }

export type CheckpointRows = {
  readonly from: number
  readonly until: number
  readonly voids: readonly Seqs[]
  readonly tuples: readonly Buffer[]
}

export type Checkpoint = {
  readonly writer: number
  /** 0 opens the chain, before any row. */
  readonly number: number
  /** Its rows are those above `from - 1` up to `until`; none when `until` is less than `from`. */
  readonly from: number
  readonly until: number
  /** How many there are: the others of these numbers are void. */
  readonly count: number
  readonly voids: readonly Seqs[]
  readonly digest: Buffer
  readonly previous: Buffer
  /** Milliseconds since 1970. */
  readonly at: number
  /** With which key the rows are sealed. */
  readonly sealKey: string
  readonly final: boolean
  readonly links: readonly Link[]
}

export const noDigest: Buffer = Buffer.alloc(DIGEST_BYTES)

/** @param rows whole tuples, in the order of their numbers */
export function digestOf(previous: Buffer, rows: Iterable<Buffer>): Buffer {
  const hash = createHash('sha256').update(previous)
  for (const row of rows) hash.update(row)
  return hash.digest()
}

/** header.payload.signature, which any library for JWS can verify. */
export function signCheckpoint(sealer: Sealer, checkpoint: Checkpoint): string {
  return signText(sealer, payloadOf(checkpoint))
}

export function signText(sealer: Sealer, payload: string): string {
  const [header = '', signature = ''] = detachedJws(sealer.seal(payload)).split('..')
  return `${header}.${Buffer.from(payload, 'utf8').toString('base64url')}.${signature}`
}

export type CheckSeal = (statement: string, seal: Seal) => Genuineness

/** The payload of a JWS as `signText` makes it, and what its signature is worth. Undefined for what is no such text. */
export function openSigned(
  jws: string,
  check: CheckSeal,
): { readonly payload: JsonObject; readonly genuineness: Genuineness } | undefined {
  const [header, body, signature, ...rest] = jws.split('.')
  if (!header || !body || !signature || rest.length > 0) return undefined
  const text = Buffer.from(body, 'base64url').toString('utf8')
  const kid = jsonOf(Buffer.from(header, 'base64url').toString('utf8'))?.kid
  const payload = jsonOf(text)
  if (!payload || typeof kid !== 'string') return undefined
  return { payload, genuineness: check(text, { kid, signature: Buffer.from(signature, 'base64url') }) }
}

function payloadOf(checkpoint: Checkpoint): string {
  const { links, voids, final, at, digest, previous, ...plain } = checkpoint
  return canonicalJson({
    form: FORM,
    ...plain,
    at: new Date(at).toISOString(),
    digest: digest.toString('hex'),
    previous: previous.toString('hex'),
    voids: voids.map(([first, last]) => [first, last]),
    links: links.map((link) => [link.writer, link.number, link.digest.toString('hex')]),
    final,
  })
}

/** Undefined for any payload that is no checkpoint. */
export function readCheckpoint(payload: JsonObject): Checkpoint | undefined {
  const { form, writer, number, from, until, count, at, sealKey, final } = payload
  const digest = digestIn(payload.digest)
  const previous = digestIn(payload.previous)
  const voids = listOf(payload.voids, seqsIn)
  const links = listOf(payload.links, linkIn)
  if (form !== FORM || typeof at !== 'string' || typeof sealKey !== 'string' || typeof final !== 'boolean')
    return undefined
  if (![writer, number, from, until, count].every(isWhole) || !digest || !previous || !voids || !links)
    return undefined
  return {
    writer: Number(writer),
    number: Number(number),
    from: Number(from),
    until: Number(until),
    count: Number(count),
    voids,
    digest,
    previous,
    at: Date.parse(at),
    sealKey,
    final,
    links,
  }
}

function seqsIn(value: JsonValue): Seqs | undefined {
  if (!Array.isArray(value) || value.length !== 2 || !value.every(isWhole)) return undefined
  return [Number(value[0]), Number(value[1])]
}

function linkIn(value: JsonValue): Link | undefined {
  if (!Array.isArray(value) || value.length !== 3) return undefined
  const [writer, number, text] = value
  const digest = digestIn(text)
  return isWhole(writer) && isWhole(number) && digest
    ? { writer: Number(writer), number: Number(number), digest }
    : undefined
}

function listOf<Item>(
  value: JsonValue | undefined,
  item: (value: JsonValue) => Item | undefined,
): Item[] | undefined {
  if (!Array.isArray(value)) return undefined
  const items: Item[] = []
  for (const each of value) {
    const read = item(each)
    if (read === undefined) return undefined
    items.push(read)
  }
  return items
}

function digestIn(value: JsonValue | undefined): Buffer | undefined {
  const isDigest = typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)
  return isDigest ? Buffer.from(value, 'hex') : undefined
}

function isWhole(value: JsonValue | undefined): boolean {
  return Number.isSafeInteger(value)
}

function jsonOf(text: string): JsonObject | undefined {
  try {
    const value = parseJson(text)
    return isJsonObject(value) ? value : undefined
  } catch (error) {
    if (error instanceof JsonSyntaxError) return undefined
    throw error
  }
}
