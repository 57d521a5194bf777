/**
 * Whether two JSON numbers have the same value, whatever their digits: 1.0, 1 and 10e-1 do.
 * @see RFC 6902 section 4.6 and RFC 8259 section 6
 *
 * The digits themselves are compared, so no exponent, however large, makes work or loses precision.
 */
import { Decimal } from './json.ts'

const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/

export function numericallyEqual(a: number | Decimal, b: number | Decimal): boolean {
  if (typeof a === 'number' && typeof b === 'number') return a === b
  return canonical(a) === canonical(b)
}

/** Sign, digits without zeros at either end, and the power of ten of the last digit. */
function canonical(number: number | Decimal): string {
  const text = number instanceof Decimal ? number.digits : String(number)
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = NUMBER.exec(text) ?? []
  const digits = (whole + fraction).replace(/^0+/, '')
  let end = digits.length
  while (end > 0 && digits.charCodeAt(end - 1) === 0x30) end--
  if (end === 0) return '0'
  const power = BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - end)
  return `${sign}${digits.slice(0, end)}e${power}`
}
