/**
 * The answer to $expand: the value set with its expansion.
 * @see https://hl7.org/fhir/R4/valueset-definitions.html#ValueSet.expansion
 *
 * Flat, unless `excludeNested` is false and no page is asked for: a page of a tree is not defined.
 */
import type { JsonObject, JsonValue } from '../fhir/json.ts'
import type { CodeSource } from './code-source.ts'
import type { CodeSystemIndex } from './code-system-index.ts'
import { displayIn } from './display.ts'
import { objectOf, textOf } from './element.ts'
import type { Expanded } from './expand.ts'
import type { Member } from './selection.ts'

export type ExpansionForm = {
  readonly identifier: string
  /** Milliseconds since 1970. */
  readonly now: number
  /** What was asked, as it is to be repeated in expansion.parameter. */
  readonly parameters: readonly JsonObject[]
  /** Undefined unless a page was asked for. */
  readonly offset: number | undefined
  readonly includeDefinition: boolean
  /** Undefined: none. Empty: all. Else those whose language or use it names, as `system|code`. */
  readonly designations: readonly string[] | undefined
  readonly language: string | undefined
  readonly nested: boolean
}

/** Elements that are of the stored resource, not of its expansion. */
const left: ReadonlySet<string> = new Set(['text', 'meta', 'contained', 'expansion'])

export function expansionResource(
  definition: JsonObject,
  { total, members }: Expanded,
  used: ReadonlySet<CodeSystemIndex>,
  source: CodeSource,
  form: ExpansionForm,
): JsonObject {
  const kept = Object.entries(definition).filter(
    ([name]) => !left.has(name) && (name !== 'compose' || form.includeDefinition),
  )
  const entries = members.map((member) => contains(member, form))
  const versions = [...used].flatMap(({ url, version }): JsonObject[] =>
    version === undefined ? [] : [{ name: 'version', valueUri: `${url}|${version}` }],
  )
  const parameter = [...form.parameters, ...versions]
  const tree = form.nested ? nest(members, entries, source) : entries
  return {
    ...Object.fromEntries(kept),
    // Mandatory in a ValueSet; one sent without is expanded all the same.
    status: definition.status ?? 'active',
    expansion: {
      identifier: form.identifier,
      timestamp: new Date(form.now).toISOString(),
      total,
      ...(form.offset === undefined ? {} : { offset: form.offset }),
      ...(parameter.length > 0 ? { parameter } : {}),
      ...(tree.length > 0 ? { contains: tree } : {}),
    },
  }
}

function contains(member: Member, form: ExpansionForm): JsonObject {
  const display = displayIn(member, form.language)
  const designation = member.designations.filter((d) => isWanted(d, form.designations))
  return {
    system: member.system,
    ...(member.abstract ? { abstract: true } : {}),
    ...(member.inactive ? { inactive: true } : {}),
    code: member.code,
    ...(display === undefined ? {} : { display }),
    ...(designation.length > 0 ? { designation } : {}),
  }
}

function isWanted(designation: JsonObject, wanted: readonly string[] | undefined): boolean {
  if (wanted === undefined) return false
  if (wanted.length === 0) return true
  const use = objectOf(designation, 'use')
  const language = textOf(designation, 'language')
  const names = [
    ...(language ? [language, `urn:ietf:bcp:47|${language}`] : []),
    ...(use
      ? [textOf(use, 'code') ?? '', `${textOf(use, 'system') ?? ''}|${textOf(use, 'code') ?? ''}`]
      : []),
  ]
  return wanted.some((token) => names.includes(token))
}

/** Each code below the nearest code above it that is a member too. */
function nest(members: readonly Member[], entries: readonly JsonObject[], source: CodeSource): JsonObject[] {
  const at = new Map(members.map(({ system, code }, index) => [`${system}\n${code}`, index]))
  const below = new Map<number, JsonValue[]>()
  const roots: JsonObject[] = []
  members.forEach(({ system, code }, index) => {
    const entry = entries[index]
    if (!entry) return
    const index2 = nearest(system, code, at, source)
    if (index2 === undefined) {
      roots.push(entry)
      return
    }
    const list = below.get(index2)
    if (list) list.push(entry)
    else {
      const fresh: JsonValue[] = [entry]
      below.set(index2, fresh)
      const parent = entries[index2]
      if (parent) parent.contains = fresh
    }
  })
  return roots
}

function nearest(
  system: string,
  code: string,
  at: ReadonlyMap<string, number>,
  source: CodeSource,
): number | undefined {
  const tree = source.codeSystem(system)
  const seen = new Set([code])
  for (let above = tree?.parents(code)[0]; above !== undefined; above = tree?.parents(above)[0]) {
    // A hierarchy that comes back to itself has no top: the code stays one.
    if (seen.has(above)) return undefined
    seen.add(above)
    const found = at.get(`${system}\n${above}`)
    if (found !== undefined) return found
  }
  return undefined
}
