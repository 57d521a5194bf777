/**
 * The two ways in which MHD tells a uniqueId from an entryUUID: by `use` (4.2.0 and 4.2.3, on which PDSm 3.1.1 builds) and
 * by `type` (4.2.4). Either is read; what is stored has both, and an entryUUID, made from the resource's own UUID when the
 * sender gave none: PDSm4DMP takes the one for the other.
 * @see https://profiles.ihe.net/ITI/MHD/StructureDefinition/IHE.MHD.EntryUUID.Identifier; docs/profiles.md "Identifiers"
 */
import type { Uuid } from '../../fhir/id.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../fhir/json.ts'

export const identifierTypeSystem = 'https://profiles.ihe.net/ITI/MHD/CodeSystem/IHE.MHD.MHDIdentifierType'
const uses = { uniqueId: 'usual', entryUUID: 'official' } as const
type Kind = keyof typeof uses

/**
 * As it was sent, with the `use` that its type says: a sender of MHD 4.2.4 is held to profiles of 4.2.3 all the same.
 * Nothing else is changed: an identifier with neither is the sender's to mend.
 */
export function withUsesOfTypes(resource: JsonObject): JsonObject {
  return withIdentifiers(resource, (identifier) => {
    if (identifier.use !== undefined) return identifier
    const kind = kindByType(identifier)
    return kind ? { use: uses[kind], ...identifier } : identifier
  })
}

/** As it is stored. */
export function withBothDiscriminators(resource: JsonObject, uuid: Uuid): JsonObject {
  const { masterIdentifier, resourceType } = resource
  const isList = resourceType === 'List'
  const identifiers = listOf(resource.identifier).map((identifier) => {
    if (!isJsonObject(identifier)) return identifier
    const kind = kindByType(identifier) ?? kindByUse(identifier)
    // A document has its uniqueId in masterIdentifier: a usual identifier beside it is another's.
    return kind && (isList || kind === 'entryUUID') ? both(identifier, kind) : identifier
  })
  const isThere = identifiers.some(
    (identifier) => isJsonObject(identifier) && hasType(identifier, 'entryUUID'),
  )
  return {
    ...resource,
    ...(isJsonObject(masterIdentifier) ? { masterIdentifier: both(masterIdentifier, 'uniqueId') } : {}),
    identifier: isThere ? identifiers : [...identifiers, entryUuid(uuid)],
  }
}

function entryUuid(uuid: Uuid): JsonObject {
  return both({ system: 'urn:ietf:rfc:3986', value: `urn:uuid:${uuid}` }, 'entryUUID')
}

function withIdentifiers(resource: JsonObject, change: (identifier: JsonObject) => JsonObject): JsonObject {
  const { masterIdentifier, identifier } = resource
  return {
    ...resource,
    ...(isJsonObject(masterIdentifier) ? { masterIdentifier: change(masterIdentifier) } : {}),
    ...(Array.isArray(identifier)
      ? { identifier: identifier.map((one) => (isJsonObject(one) ? change(one) : one)) }
      : {}),
  }
}

function both(identifier: JsonObject, kind: Kind): JsonObject {
  const { use: _, type, ...rest } = identifier
  const coding = { system: identifierTypeSystem, code: kind }
  if (hasType(identifier, kind)) return { use: uses[kind], ...(type ? { type } : {}), ...rest }
  const codings = isJsonObject(type) ? listOf(type.coding) : []
  return {
    use: uses[kind],
    type: { ...(isJsonObject(type) ? type : {}), coding: [...codings, coding] },
    ...rest,
  }
}

function kindByType(identifier: JsonObject): Kind | undefined {
  return (['uniqueId', 'entryUUID'] as const).find((kind) => hasType(identifier, kind))
}

function hasType({ type }: JsonObject, kind: Kind): boolean {
  const codings = isJsonObject(type) ? listOf(type.coding).filter(isJsonObject) : []
  return codings.some(({ system, code }) => system === identifierTypeSystem && code === kind)
}

/** An official identifier that is no UUID is another's: of a national register, say. */
function kindByUse({ use, value }: JsonObject): Kind | undefined {
  if (use === uses.uniqueId) return 'uniqueId'
  const isUuid = typeof value === 'string' && value.startsWith('urn:uuid:')
  return use === uses.entryUUID && isUuid ? 'entryUUID' : undefined
}

function listOf(value: JsonValue | undefined): JsonValue[] {
  return Array.isArray(value) ? value : []
}
