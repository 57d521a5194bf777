/**
 * How the tree of a CDA header is asked: elements by path, and the data types of HL7 v3 that the header is written in.
 * @see HL7 v3 datatypes: II, CD, ST, TS, IVL_TS
 */
import { cdaDateTime } from './cda-time.ts'
import type { CdaElement } from './cda-tree.ts'

export type CdaId = { readonly root: string; readonly extension?: string }
/** `system` is an OID. */
export type CdaCode = { readonly code: string; readonly system: string; readonly display?: string }
export type CdaPeriod = { readonly start?: string; readonly end?: string }

export const isUuid = (root: string): boolean => /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(root)
const isOid = (root: string): boolean => /^[0-2](?:\.(?:0|[1-9]\d*))+$/.test(root)

/** The first element of a path; an element with a nullFlavor says nothing, and counts as absent. */
export function one(from: CdaElement, ...path: readonly string[]): CdaElement | undefined {
  return first(from, path, 0)
}

function first(from: CdaElement, path: readonly string[], at: number): CdaElement | undefined {
  if (at === path.length) return from
  for (const child of from.children) {
    const found = is(child, path[at]) ? first(child, path, at + 1) : undefined
    if (found) return found
  }
  return undefined
}

export function all(from: CdaElement, ...path: readonly string[]): readonly CdaElement[] {
  let reached: readonly CdaElement[] = [from]
  for (const name of path) {
    const next: CdaElement[] = []
    for (const element of reached) for (const child of element.children) if (is(child, name)) next.push(child)
    reached = next
  }
  return reached
}

function is(element: CdaElement, name: string | undefined): boolean {
  return element.name === name && !element.attributes.has('nullFlavor')
}

export function idOf(element: CdaElement | undefined): CdaId | undefined {
  const root = element?.attributes.get('root') ?? ''
  const extension = element?.attributes.get('extension')
  if (!isOid(root) && !isUuid(root)) return undefined
  return extension === undefined || extension === '' ? { root } : { root, extension }
}

export function idsOf(element: CdaElement): CdaId[] {
  return all(element, 'id').flatMap((id) => idOf(id) ?? [])
}

export function codeOf(element: CdaElement | undefined): CdaCode | undefined {
  const code = element?.attributes.get('code')
  if (element === undefined || code === undefined || code === '') return undefined
  const display = element.attributes.get('displayName')
  return { code, system: element.attributes.get('codeSystem') ?? '', ...optional('display', display) }
}

export function textOf(element: CdaElement | undefined): string | undefined {
  const text = element?.text.replace(/\s+/g, ' ').trim()
  return text === '' ? undefined : text
}

export function timeOf(element: CdaElement | undefined): string | undefined {
  return cdaDateTime(element?.attributes.get('value') ?? '')
}

/** A single value is the start: XDS's serviceStartTime reads it so. */
export function periodOf(element: CdaElement | undefined): CdaPeriod {
  if (!element) return {}
  return {
    ...optional('start', timeOf(one(element, 'low')) ?? timeOf(element)),
    ...optional('end', timeOf(one(element, 'high'))),
  }
}

export function optional<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  const entry: { [P in K]?: V } = {}
  if (value !== undefined) entry[key] = value
  return entry
}
