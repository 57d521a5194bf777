/**
 * What a resource has, in 64 bits: each code, each id or URL it refers to and each URI sets three of them, whatever the
 * parameter. A resource without the bits of a value does not have it; one with them is still to be looked at. A resource
 * with many values has most bits: then nothing is spared, and nothing is wrong.
 * @see docs/decisions/0017
 *
 * The hash is quick and no secret: whoever makes two values meet makes a search look at one resource more.
 */

/** A bigint of PostgreSQL, in decimal digits. */
export type Signature = string & { readonly __signature: true }

export class SignatureDraft {
  #low = 0
  #high = 0

  add(value: string): void {
    const hash = hashOf(value)
    for (let shift = 0; shift <= 12; shift += 6) {
      const bit = hash >>> shift
      // A shift of 32 bits goes by the lower five bits of its count: the sixth says which half.
      if (bit & 32) this.#high |= 1 << bit
      else this.#low |= 1 << bit
    }
  }

  get signature(): Signature {
    return String((BigInt(this.#high) << 32n) | BigInt(this.#low >>> 0)) as Signature
  }
}

/** The bits of one value. */
export function bitsOf(value: string): Signature {
  const draft = new SignatureDraft()
  draft.add(value)
  return draft.signature
}

/** FNV-1a, then the last steps of MurmurHash3, so that the lower bits depend on all characters. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}
