/**
 * The links of a resource, found by the types of its elements, and put in place of other texts: `Reference.reference`,
 * elements of type url, uri, oid, uuid and canonical, `href` and `src` in the narrative. Also in what it contains and in
 * its extensions. What does not change is not copied.
 * @see https://hl7.org/fhir/R4/http.html#trules ("replace all matching links in the bundle")
 *
 * Left alone: the url of an Extension, which names a definition; a Bundle as the resource of an entry, whose references
 * are resolved within itself (https://hl7.org/fhir/R4/bundle.html#references); what the definitions do not know.
 */
import type { Registry } from '../../definitions/registry.ts'
import type { PropertyDefinition, TypeDefinition } from '../../definitions/type-definition.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../fhir/json.ts'

/** `place`: of type url, says where something is; `name`: a URI, which may be no more than a name. */
export type LinkKind = 'reference' | 'place' | 'name' | 'narrative'

/** What a link becomes, or undefined to keep it. */
export type Rewrite = (text: string, kind: LinkKind, path: string) => string | undefined

/** @param path of the resource, as it is to be told in what is said against it */
export function rewriteLinks(
  resource: JsonObject,
  registry: Registry,
  path: string,
  rewrite: Rewrite,
): JsonObject {
  const type = typeOf(resource, registry)
  return type && type.name !== 'Bundle' ? walkObject(resource, type, path, { registry, rewrite }) : resource
}

type Walk = { readonly registry: Registry; readonly rewrite: Rewrite }

const primitiveKinds: Readonly<Record<string, LinkKind>> = {
  url: 'place',
  uri: 'name',
  oid: 'name',
  uuid: 'name',
  canonical: 'name',
  xhtml: 'narrative',
}

function typeOf(resource: JsonObject, registry: Registry): TypeDefinition | undefined {
  const { resourceType } = resource
  return typeof resourceType === 'string' ? registry.resourceType(resourceType) : undefined
}

function walkObject(object: JsonObject, type: TypeDefinition, path: string, walk: Walk): JsonObject {
  let copy: JsonObject | undefined
  for (const key in object) {
    const value = object[key]
    if (value === undefined || value === null) continue
    const changed = walkProperty(key, value, type, path, walk)
    if (changed === value) continue
    copy ??= { ...object }
    copy[key] = changed
  }
  return copy ?? object
}

function walkProperty(
  key: string,
  value: JsonValue,
  type: TypeDefinition,
  path: string,
  walk: Walk,
): JsonValue {
  const property = type.properties.get(key)
  if (!property) {
    const element = key.startsWith('_') ? walk.registry.type('Element') : undefined
    return element
      ? walkValues(value, `${path}.${key.slice(1)}`, (item, at) =>
          isJsonObject(item) ? walkObject(item, element, at, walk) : item,
        )
      : value
  }
  const at = `${path}.${property.element.name}`
  if (property.type.kind === 'primitive') {
    const kind = linkKind(property, type)
    if (!kind) return value
    return walkValues(value, at, (item, itemAt) =>
      typeof item === 'string' ? rewriteText(item, kind, itemAt, walk) : item,
    )
  }
  return walkValues(value, at, (item, itemAt) => {
    if (!isJsonObject(item)) return item
    if (property.type.kind === 'resource') return rewriteLinks(item, walk.registry, itemAt, walk.rewrite)
    return walkObject(item, property.type, itemAt, walk)
  })
}

function linkKind({ element, type }: PropertyDefinition, owner: TypeDefinition): LinkKind | undefined {
  if (owner.name === 'Reference' && element.name === 'reference') return 'reference'
  if (owner.name === 'Extension' && element.name === 'url') return undefined
  return primitiveKinds[type.name]
}

function walkValues(
  value: JsonValue,
  path: string,
  change: (item: JsonValue, path: string) => JsonValue,
): JsonValue {
  if (!Array.isArray(value)) return change(value, path)
  let copy: JsonValue[] | undefined
  for (const [i, item] of value.entries()) {
    const changed = change(item, `${path}[${i}]`)
    if (changed === item) continue
    copy ??= [...value]
    copy[i] = changed
  }
  return copy ?? value
}

function rewriteText(text: string, kind: LinkKind, path: string, { rewrite }: Walk): string {
  if (kind !== 'narrative') return rewrite(text, kind, path) ?? text
  if (!text.includes('href') && !text.includes('src')) return text
  return text.replace(NARRATIVE_LINK, (whole, before: string, double?: string, single?: string) => {
    const link = rewrite(fromXml(double ?? single ?? ''), kind, path)
    return link === undefined ? whole : `${before}"${toXml(link)}"`
  })
}

/** Attributes of validated XHTML: quoted, and no `<` in them. */
const NARRATIVE_LINK = /(\s(?:href|src)\s*=\s*)(?:"([^"<]*)"|'([^'<]*)')/g

const entities: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
}

function fromXml(text: string): string {
  return text.replace(/&(?:amp|lt|gt|quot|apos);/g, (entity) => entities[entity] ?? entity)
}

function toXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
