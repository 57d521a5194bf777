/**
 * Takes out what a patch has left empty: FHIR knows no empty object or list, and an element whose last part is deleted
 * is gone itself. In the lists that go beside primitive values (`_given`) null keeps the place of a value without
 * extensions; where neither is left, the place is given up in both.
 * @see https://hl7.org/fhir/R4/json.html (empty objects and arrays, null in lists of primitives)
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../fhir/json.ts'

export function withoutEmptyElements(resource: JsonObject): JsonObject {
  const kept: JsonObject = {}
  for (const [name, value] of Object.entries(resource)) {
    const isAside = name.startsWith('_')
    const rest = Array.isArray(value)
      ? pruneList(value, isAside, givenUp(resource, isAside ? name.slice(1) : name))
      : prune(value)
    if (rest !== undefined) kept[name] = rest
  }
  return kept
}

function prune(value: JsonValue): JsonValue | undefined {
  if (Array.isArray(value)) return pruneList(value, false, nowhere)
  if (!isJsonObject(value)) return value
  const rest = withoutEmptyElements(value)
  return Object.keys(rest).length === 0 ? undefined : rest
}

function pruneList(
  list: readonly JsonValue[],
  isAside: boolean,
  gone: ReadonlySet<number>,
): JsonValue[] | undefined {
  const rest: JsonValue[] = []
  for (const [i, item] of list.entries()) {
    if (gone.has(i)) continue
    const kept = prune(item)
    if (kept !== undefined) rest.push(kept)
    else if (isAside) rest.push(null)
  }
  const isEmpty = rest.length === 0 || (isAside && rest.every((item) => item === null))
  return isEmpty ? undefined : rest
}

const nowhere: ReadonlySet<number> = new Set()

/** Positions of a list of primitives that had nothing but extensions, and have lost these. */
function givenUp(owner: JsonObject, name: string): ReadonlySet<number> {
  const asides = owner[`_${name}`]
  const values = owner[name]
  if (!Array.isArray(asides)) return nowhere
  const gone = new Set<number>()
  for (const [i, aside] of asides.entries()) {
    const value = Array.isArray(values) ? values[i] : undefined
    if (isJsonObject(aside) && (value ?? null) === null && prune(aside) === undefined) gone.add(i)
  }
  return gone
}
