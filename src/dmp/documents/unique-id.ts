/**
 * One XDS uniqueId in the ways in which senders write it as an Identifier: as a URN; as the bare OID or UUID, the URN
 * forgotten; as HL7 v3's II, its root the system and its extension the value. They name one document (rule D1).
 * @see https://profiles.ihe.net/ITI/MHD/32_fhir_maps.html; https://hl7.org/fhir/R4/datatypes.html#Identifier
 *
 * As it was sent it is stored, searched and shown; here it is compared.
 */
import type { Identifier } from '@medplum/fhirtypes'

const conformant = 'urn:ietf:rfc:3986'
const oid = /^(?:urn:oid:)?([0-2](?:\.(?:0|[1-9]\d*))+)((?:\^.+)?)$/i
const uuid = /^(?:urn:uuid:)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})((?:\^.+)?)$/i

/** Of system and value together: XDS allows 128 characters. What is longer has no place in an index. */
export const maxUniqueIdLength = 300

export function isTooLong({ system = '', value = '' }: Identifier): boolean {
  return system.length + value.length > maxUniqueIdLength
}

/** @param identifier `system|value` @returns the same for every spelling of one uniqueId, and itself for what is none */
export function canonicalUniqueId(identifier: string): string {
  const at = identifier.indexOf('|')
  const [system, value] = [identifier.slice(0, at), identifier.slice(at + 1)]
  const urn = system === conformant ? urnOf(value) : rootUrn(system, value)
  return urn === undefined ? identifier : `${conformant}|${urn}`
}

/** The canonical one first, then it as it was sent, where that is another. */
export function spellingsOf(identifier: string): readonly string[] {
  return [...new Set([canonicalUniqueId(identifier), identifier])]
}

function urnOf(value: string): string | undefined {
  const [, root, extension = ''] = oid.exec(value) ?? []
  if (root !== undefined) return `urn:oid:${root}${extension}`
  const [, id, behind = ''] = uuid.exec(value) ?? []
  return id === undefined ? undefined : `urn:uuid:${id.toLowerCase()}${behind}`
}

function rootUrn(system: string, extension: string): string | undefined {
  if (!/^urn:(?:oid|uuid):[^^]+$/i.test(system) || extension === '') return undefined
  const root = urnOf(system)
  return root && `${root}^${extension}`
}
