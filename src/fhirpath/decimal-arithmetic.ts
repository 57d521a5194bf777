/**
 * Arithmetic on numbers with their own digits: exact for +, − and ×, to 28 digits for ÷.
 * @see http://hl7.org/fhirpath/N1/#decimal (18 digits before and 8 after the point at least)
 */
import { Decimal, type JsonValue } from '../fhir/json.ts'

export type NumberValue = number | Decimal

export function isNumber(value: JsonValue | undefined): value is NumberValue {
  return typeof value === 'number' || value instanceof Decimal
}

type Scaled = { readonly units: bigint; readonly scale: number }

/** Exponents or digits beyond it would make integers of unbounded size: such numbers are compared as doubles. */
const largestScale = 400
const quotientDigits = 28

const PARTS = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/

export function compareNumbers(a: NumberValue, b: NumberValue): number {
  if (typeof a === 'number' && typeof b === 'number') return Math.sign(a - b)
  const pair = aligned(a, b)
  if (!pair) return Math.sign(Number(String(a)) - Number(String(b))) || 0
  const [x, y] = pair
  return x < y ? -1 : x > y ? 1 : 0
}

export function calculate(
  operator: '+' | '-' | '*',
  a: NumberValue,
  b: NumberValue,
): NumberValue | undefined {
  if (typeof a === 'number' && typeof b === 'number' && Number.isInteger(a) && Number.isInteger(b)) {
    const result = operator === '+' ? a + b : operator === '-' ? a - b : a * b
    if (Number.isSafeInteger(result)) return result
  }
  const x = scaled(a)
  const y = scaled(b)
  if (!x || !y) return undefined
  if (operator === '*') return decimalOf({ units: x.units * y.units, scale: x.scale + y.scale })
  const scale = Math.max(x.scale, y.scale)
  const left = x.units * 10n ** BigInt(scale - x.scale)
  const right = y.units * 10n ** BigInt(scale - y.scale)
  return decimalOf({ units: operator === '+' ? left + right : left - right, scale })
}

/** Undefined when the divisor is zero: FHIRPath gives nothing then. */
export function divide(a: NumberValue, b: NumberValue): NumberValue | undefined {
  const x = scaled(a)
  const y = scaled(b)
  if (!x || !y || y.units === 0n) return undefined
  const shift = quotientDigits + Math.max(0, y.scale - x.scale)
  const units = (x.units * 10n ** BigInt(shift)) / y.units
  return shorten({ units, scale: x.scale - y.scale + shift })
}

/** Whole part of the quotient, or what is left of it. */
export function divideWhole(
  operator: 'div' | 'mod',
  a: NumberValue,
  b: NumberValue,
): NumberValue | undefined {
  const pair = aligned(a, b)
  if (!pair || pair[1] === 0n) return undefined
  const [x, y] = pair
  if (operator === 'div') return decimalOf({ units: x / y, scale: 0 })
  return decimalOf({ units: x % y, scale: Math.max(scaled(a)?.scale ?? 0, scaled(b)?.scale ?? 0) })
}

/** The number without digits that add nothing: `1.10` and `1.1` give one text. */
export function normalNumber(value: NumberValue): string {
  if (typeof value === 'number') return String(value === 0 ? 0 : value)
  const parts = scaled(value)
  return parts ? String(shorten(parts)) : value.digits
}

/** Digits after the point. */
export function precisionOf(value: NumberValue): number {
  return Math.max(0, scaled(value)?.scale ?? 0)
}

export function roundTo(value: NumberValue, digits: number): NumberValue {
  const parts = scaled(value)
  if (!parts || parts.scale <= digits) return value
  const unit = 10n ** BigInt(parts.scale - digits)
  const half = parts.units < 0n ? -unit / 2n : unit / 2n
  return decimalOf({ units: (parts.units + half) / unit, scale: digits })
}

function scaled(value: NumberValue): Scaled | undefined {
  const match = PARTS.exec(String(value))
  if (!match) return undefined
  const [, sign = '', whole = '0', fraction = '', exponent = '0'] = match
  const scale = fraction.length - Number(exponent)
  if (Math.abs(scale) > largestScale || whole.length > largestScale) return undefined
  const units = BigInt(sign + whole + fraction)
  return scale < 0 ? { units: units * 10n ** BigInt(-scale), scale: 0 } : { units, scale }
}

function aligned(a: NumberValue, b: NumberValue): [bigint, bigint] | undefined {
  const x = scaled(a)
  const y = scaled(b)
  if (!x || !y) return undefined
  const scale = Math.max(x.scale, y.scale)
  return [x.units * 10n ** BigInt(scale - x.scale), y.units * 10n ** BigInt(scale - y.scale)]
}

function shorten({ units, scale }: Scaled): NumberValue {
  let short = units
  let digits = scale
  while (digits > 0 && short % 10n === 0n) {
    short /= 10n
    digits--
  }
  return decimalOf({ units: short, scale: digits })
}

function decimalOf({ units, scale }: Scaled): NumberValue {
  const sign = units < 0n ? '-' : ''
  const digits = String(units < 0n ? -units : units).padStart(scale + 1, '0')
  const text = scale > 0 ? `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}` : sign + digits
  return String(Number(text)) === text ? Number(text) : new Decimal(text)
}
