/**
 * Identifiers as documents and lots carry them, and those that are made from content: the same each time, so that what
 * is sent again is known again (D1). `use` and `type` both tell which is which, as MHD changed from one to the other.
 * @see MHD 4.2.3 (use), 4.2.4 (type); RFC 4122 §4.3 and ITU-T X.667 (2.25)
 */
import { createHash } from 'node:crypto'
import type { Identifier } from '@medplum/fhirtypes'

const URI_SYSTEM = 'urn:ietf:rfc:3986'
const TYPE_SYSTEM = 'https://profiles.ihe.net/ITI/MHD/CodeSystem/IHE.MHD.MHDIdentifierType'

export function uniqueIdentifier(value: string): Identifier {
  return {
    use: 'usual',
    type: { coding: [{ system: TYPE_SYSTEM, code: 'uniqueId' }] },
    system: URI_SYSTEM,
    value,
  }
}

/** Made from the uniqueId of what it names. */
export function entryIdentifier(uniqueId: string): Identifier {
  return {
    use: 'official',
    type: { coding: [{ system: TYPE_SYSTEM, code: 'entryUUID' }] },
    system: URI_SYSTEM,
    value: `urn:uuid:${madeUuid('entry', uniqueId)}`,
  }
}

/** Of version 5 in its form; made by SHA-256 in place of SHA-1. */
export function madeUuid(...from: readonly string[]): string {
  const hex = digest(from)
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 3) | 8).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** `urn:oid:2.25.…`: the same UUID as a number. */
export function madeOid(...from: readonly string[]): string {
  return `urn:oid:2.25.${BigInt(`0x${madeUuid(...from).replaceAll('-', '')}`)}`
}

/** What is joined must not be the same for other parts: each has its length before it. */
function digest(from: readonly string[]): string {
  const hash = createHash('sha256').update('dmp push')
  for (const part of from) hash.update(`\n${Buffer.byteLength(part)}:${part}`)
  return hash.digest('hex')
}
