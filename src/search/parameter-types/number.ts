/**
 * A prefix and a decimal, and the range that its precision leaves open. Computed on the digits as written: a double
 * knows neither `100` from `100.00` nor where exactly 5.35 lies.
 *
 * The precision is that of the last digit written. Of the exponential form the specification has two examples, `1e2` is
 * [95, 105) and `5.40e-3` is 0.0054 ± 0.00005, and both hold here: two significant figures at least, and zeros at the
 * end of the fraction do not count.
 * @see https://hl7.org/fhir/R4/search.html#number and #quantity
 */
import type { NumberValue } from '../search-expression.ts'
import { splitPrefix } from './prefix.ts'
import { withoutEscapes } from './split.ts'

const DECIMAL = /^(-?)(\d{1,40})(?:\.(\d{1,40}))?(?:[eE]([+-]?\d{1,3}))?$/

/** `integer` × 10^`exponent`: the last digit of `integer` is the last that counts. */
type Decimal = { readonly integer: bigint; readonly exponent: number }

/** Undefined for anything that is no decimal of FHIR, or that no double can hold. */
export function parseNumber(text: string): NumberValue | undefined {
  const { prefix, rest } = splitPrefix(withoutEscapes(text))
  // A plus sign that was not percent-encoded arrives as a space.
  const decimal = readDecimal(rest.replace(/(?<=[eE]) (?=\d+$)/, '+'))
  if (!decimal) return undefined
  const value = toNumber(decimal)
  const { integer, exponent } = decimal
  const tenth = integer < 0n ? -integer : integer
  const reach = prefix === 'ap' && tenth > 5n ? tenth : 5n
  const low = toNumber({ integer: integer * 10n - reach, exponent: exponent - 1 })
  const high = toNumber({ integer: integer * 10n + reach, exponent: exponent - 1 })
  if (!Number.isFinite(low) || !Number.isFinite(high)) return undefined
  // Half-open, yet never empty: more digits than a double holds leave no room.
  return { prefix, value, low, high: prefix === 'ap' || high > value ? high : nextUp(value) }
}

function readDecimal(text: string): Decimal | undefined {
  const match = DECIMAL.exec(text)
  if (!match) return undefined
  const [, sign = '', whole = '', fraction = '', power] = match
  const written = power === undefined ? fraction : fraction.replace(/0+$/, '')
  const decimal = {
    integer: BigInt(`${sign}${whole}${written}`),
    exponent: Number(power ?? 0) - written.length,
  }
  const figures = decimal.integer.toString().replace('-', '').length
  if (power === undefined || figures >= 2) return decimal
  return { integer: decimal.integer * 10n, exponent: decimal.exponent - 1 }
}

/** The nearest double: the language rounds decimal texts correctly. Never -0, which is no other number than 0. */
function toNumber({ integer, exponent }: Decimal): number {
  return Number(`${integer}e${exponent}`) + 0
}

/** The next double above. */
function nextUp(value: number): number {
  if (value === 0) return Number.MIN_VALUE
  const double = new Float64Array([value])
  const bits = new BigInt64Array(double.buffer)
  bits[0] = (bits[0] ?? 0n) + (value > 0 ? 1n : -1n)
  return double[0] ?? value
}
