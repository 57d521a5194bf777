/**
 * Any character but a surrogate, for `fc.string({ unit: codePoint })`: the values of fast-check's `binary`, in the same
 * draws. That one makes a table of all of them, a second of the processor for each file of tests.
 */
import fc from './draws.ts'

const FIRST_SURROGATE = 0xd800
const SURROGATES = 0x800
const LAST = 0x10ffff

export const codePoint = fc
  .integer({ min: 0, max: LAST - SURROGATES })
  .map((n) => String.fromCodePoint(n < FIRST_SURROGATE ? n : n + SURROGATES), numberOf)

/** fast-check asks for it, to shrink and to mix in dangerous texts. @throws for what is not one of them */
function numberOf(value: unknown): number {
  const point = typeof value === 'string' ? value.codePointAt(0) : undefined
  if (point === undefined || value !== String.fromCodePoint(point)) throw new TypeError('not one character')
  if (point < FIRST_SURROGATE) return point
  if (point < FIRST_SURROGATE + SURROGATES) throw new TypeError('a surrogate')
  return point - SURROGATES
}
