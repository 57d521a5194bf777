/**
 * Reading what a server answered without trusting its form: what is not there, or is of another type, reads as nothing.
 */
export type Fields = { readonly [name: string]: unknown }

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Own properties alone: `__proto__` in an answer leads nowhere. */
export function valueAt(value: unknown, ...path: readonly (string | number)[]): unknown {
  let at = value
  for (const step of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return undefined
    at = Reflect.get(at, step)
  }
  return at
}

/** Empty when there is no such text. */
export function textAt(value: unknown, ...path: readonly (string | number)[]): string {
  const found = valueAt(value, ...path)
  return typeof found === 'string' ? found : ''
}

export function numberAt(value: unknown, ...path: readonly (string | number)[]): number | undefined {
  const found = valueAt(value, ...path)
  return typeof found === 'number' ? found : undefined
}

export function listAt(value: unknown, ...path: readonly (string | number)[]): readonly Fields[] {
  const found = valueAt(value, ...path)
  return Array.isArray(found) ? found.filter(isFields) : []
}

/** The resources of a searchset, in its order, of one type. */
export function resourcesOf(bundle: unknown, type: string): readonly Fields[] {
  return listAt(bundle, 'entry').flatMap(({ resource }) =>
    isFields(resource) && resource.resourceType === type ? [resource] : [],
  )
}

/** The relative address of a Bundle's link, as `next`; undefined when there is none. */
export function linkOf(bundle: unknown, relation: string): string | undefined {
  const found = listAt(bundle, 'link').find((link) => link.relation === relation)
  const url = textAt(found, 'url')
  return url === '' ? undefined : url
}

/** The values of the parts of Parameters that have this name. */
export function partsNamed(parts: readonly Fields[], name: string): readonly Fields[] {
  return parts.filter((part) => part.name === name)
}

/** `value[x]` of the first part of this name, as it stands. */
export function partValue(parts: readonly Fields[], name: string): unknown {
  const [part] = partsNamed(parts, name)
  const key = part && Object.keys(part).find((field) => field.startsWith('value'))
  return key === undefined ? undefined : part?.[key]
}

export function partText(parts: readonly Fields[], name: string): string {
  const value = partValue(parts, name)
  return typeof value === 'string' ? value : ''
}

/** Undefined for what is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined
    throw cause
  }
}
