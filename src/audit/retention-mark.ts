/**
 * What was dropped because its time had come, signed by the server's key: with it the chains go on being verified, and
 * without it what is missing was removed. The newest mark says all, of every drop before it too.
 * @see docs/audit.md "Retention"
 */
import { createHash } from 'node:crypto'
import { canonicalJson } from '../fhir/canonical-json.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../fhir/json.ts'
import type { Sealer } from '../seal/sealer.ts'
import { signText } from './checkpoint.ts'

const FORM = 'dmp-audit-retention-1'

/** An interval of which some rows are left: how many, and their digest. */
export type PartlyRetained = { readonly number: number; readonly count: number; readonly digest: Buffer }

export type RetainedWriter = {
  readonly writer: number
  /** Of the intervals up to this number no row is left; 0 for none. */
  readonly wholly: number
  readonly partly: readonly PartlyRetained[]
}

export type RetentionMark = {
  readonly number: number
  /** ISO 8601: what is older is dropped. */
  readonly before: string
  /** ISO 8601: when it was. */
  readonly at: string
  /** Rows that were dropped with this mark. */
  readonly removed: number
  readonly writers: readonly RetainedWriter[]
}

/** @param tuples that are left of an interval, in the order of their places */
export function digestOfKept(tuples: Iterable<Buffer>): Buffer {
  const hash = createHash('sha256')
  for (const tuple of tuples) hash.update(tuple)
  return hash.digest()
}

export function signRetention(sealer: Sealer, { writers, ...said }: RetentionMark): string {
  const named = writers.map(({ writer, wholly, partly }) => ({
    writer,
    wholly,
    partly: partly.map(({ digest, ...rest }) => ({ ...rest, digest: digest.toString('hex') })),
  }))
  return signText(sealer, canonicalJson({ form: FORM, ...said, writers: named }))
}

/** Undefined for any payload that is no such mark. */
export function readRetention({
  form,
  number,
  before,
  at,
  removed,
  writers,
}: JsonObject): RetentionMark | undefined {
  if (form !== FORM || !isCount(number) || !isCount(removed)) return undefined
  if (typeof before !== 'string' || typeof at !== 'string') return undefined
  const read = listOf(writers, retainedWriter)
  return read && { number, before, at, removed, writers: read }
}

function retainedWriter(value: JsonValue): RetainedWriter | undefined {
  if (!isJsonObject(value)) return undefined
  const { writer, wholly } = value
  const partly = listOf(value.partly, partlyRetained)
  return isCount(writer) && isCount(wholly) && partly ? { writer, wholly, partly } : undefined
}

function partlyRetained(value: JsonValue): PartlyRetained | undefined {
  if (!isJsonObject(value)) return undefined
  const { number, count, digest } = value
  const isDigest = typeof digest === 'string' && /^[0-9a-f]{64}$/.test(digest)
  return isCount(number) && isCount(count) && isDigest
    ? { number, count, digest: Buffer.from(digest, 'hex') }
    : undefined
}

function listOf<Item>(
  value: JsonValue | undefined,
  item: (value: JsonValue) => Item | undefined,
): Item[] | undefined {
  if (!Array.isArray(value)) return undefined
  const items = value.flatMap((each) => item(each) ?? [])
  return items.length === value.length ? items : undefined
}

function isCount(value: JsonValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
