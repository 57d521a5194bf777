/**
 * Fields of rows as PostgreSQL sends them, read off the bytes: what is short and frequent without a string between. A type that
 * has no reader here is read as `pg` reads it. All come as text but bytes, which come as they are: as text they are twice as long.
 *
 * A `varchar` is what is handed on: its bytes, which are UTF-8, as they lie in what came from PostgreSQL. No column has that
 * type; a statement says `d.body::varchar` where nobody is to read the text (to PostgreSQL it is the same as `text`).
 * @see https://www.postgresql.org/docs/current/datatype.html, src/storage/connection/bind-values.ts (the other way)
 */

import { milliseconds } from '../timestamp.ts'
import type { FieldReader, ReadField } from './statement-batch.ts'

const [BOOL, CHAR, INT2, INT4, TEXT, TEXT_ARRAY] = [16, 18, 21, 23, 25, 1009]
const [BYTEA, VARCHAR, TIMESTAMPTZ, UUID] = [17, 1043, 1184, 2950]

/** @param read of the text of a type that has no reader here */
export function fieldReader(type: number, read: (text: string) => unknown): FieldReader {
  const text = readers.get(type) ?? ((bytes, from, to) => read(bytes.toString('utf8', from, to)))
  return type === BYTEA ? { text, binary: asItIs } : { text }
}

const TRUE = 't'.charCodeAt(0)
const MINUS = '-'.charCodeAt(0)
const ZERO = '0'.charCodeAt(0)

const text: ReadField = (bytes, from, to) => bytes.toString('utf8', from, to)

const readers: ReadonlyMap<number, ReadField> = new Map<number, ReadField>([
  [BOOL, (bytes, from) => bytes[from] === TRUE],
  [CHAR, text],
  [INT2, integer],
  [INT4, integer],
  [TEXT, text],
  [TEXT_ARRAY, (bytes, from, to) => texts(bytes.toString('utf8', from, to))],
  [VARCHAR, asItIs],
  [TIMESTAMPTZ, time],
  [UUID, (bytes, from, to) => bytes.toString('latin1', from, to)],
])

function asItIs(bytes: Buffer, from: number, to: number): Buffer {
  return bytes.subarray(from, to)
}

function integer(bytes: Buffer, from: number, to: number): number {
  let value = 0
  const negative = bytes[from] === MINUS
  for (let at = negative ? from + 1 : from; at < to; at++) value = value * 10 + (bytes[at] ?? ZERO) - ZERO
  return negative ? -value : value
}

/** `2026-11-22 10:00:00.123+00` of our days is read off; what lies elsewhere, or is open, by the reader of all times. */
function time(bytes: Buffer, from: number, to: number): number {
  const offset = to - OFFSET.length
  const isUsual =
    offset >= from + SECONDS &&
    offset <= from + SECONDS + '.123456'.length &&
    bytes[from] === TWO &&
    bytes[from + 'yyyy'.length] === MINUS &&
    bytes.toString('latin1', offset, to) === OFFSET
  if (!isUsual) return milliseconds(bytes.toString('latin1', from, to))
  const digits = (at: number, count: number): number => integer(bytes, from + at, from + at + count)
  let fraction = 0
  for (let at = 1; at <= 3; at++) {
    const place = from + SECONDS + at
    fraction = fraction * 10 + (place < offset ? (bytes[place] ?? ZERO) - ZERO : 0)
  }
  return Date.UTC(
    digits(0, 4),
    digits(5, 2) - 1,
    digits(8, 2),
    digits(11, 2),
    digits(14, 2),
    digits(17, 2),
    fraction,
  )
}

/** Up to the whole seconds. */
const SECONDS = '2026-11-22 10:00:00'.length
const OFFSET = '+00'
const TWO = '2'.charCodeAt(0)

/**
 * An array of texts, of one dimension as all of ours are.
 * @see https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO
 */
function texts(array: string): (string | null)[] {
  if (array === '{}') return []
  if (!array.includes('"')) return array.slice(1, -1).split(',').map(orNull)
  const elements: (string | null)[] = []
  for (const [, quoted, plain = ''] of array.slice(1, -1).matchAll(ELEMENT))
    elements.push(quoted === undefined ? orNull(plain) : quoted.replace(/\\(.)/gs, '$1'))
  return elements
}

/** Quoted, or up to the next comma. */
const ELEMENT = /"((?:[^"\\]|\\.)*)"|([^,"]+)/gs

function orNull(element: string): string | null {
  return element === 'NULL' ? null : element
}
