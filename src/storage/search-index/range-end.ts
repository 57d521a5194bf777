/**
 * An end of a range as the index holds it: the term of its parameter and a double, in hexadecimal digits whose order is
 * that of the numbers, infinities included. (The sign bit is turned over, and for negative numbers all the others too.)
 */
import type { Term } from './index-entries.ts'

/** Digits only: needs no quotes anywhere. */
export type HexDigits = string & { readonly __hex: true }

const view = new DataView(new ArrayBuffer(8))

export function endOf(term: Term | undefined, value: number): HexDigits {
  return ((term ?? '') + orderable(value)) as HexDigits
}

export function orderable(value: number): HexDigits {
  // -0 is 0.
  view.setFloat64(0, value + 0)
  const high = view.getInt32(0)
  const low = view.getUint32(4)
  return (high < 0 ? hex(~high) + hex(~low) : hex(high ^ 0x80000000) + hex(low)) as HexDigits
}

function hex(bits: number): string {
  return (bits >>> 0).toString(16).padStart(8, '0')
}
