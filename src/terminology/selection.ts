/**
 * A value set, ready to be asked which codes it has and whether it has this one. Both answers come from the same tests,
 * so that whatever is expanded is valid and the reverse.
 * @see https://hl7.org/fhir/R4/valueset.html#compositions
 *
 * INVARIANT: where a code system or value set is not known here, or not wholly, the answer is a refusal, not a guess.
 */
import { FhirError, refusal } from '../fhir/fhir-error.ts'
import type { JsonObject } from '../fhir/json.ts'
import { type CodeSource, layered, parseCanonical, sourceOf } from './code-source.ts'
import type { CodeSystemIndex, Concept } from './code-system-index.ts'
import { type Effort, MAX_IMPORT_DEPTH, tooCostly } from './effort.ts'
import { compileFilter } from './filter.ts'
import { type ConceptSet, type ListedConcept, readValueSet } from './value-set-definition.ts'

export type Member = {
  readonly system: string
  readonly code: string
  readonly display: string | undefined
  readonly designations: readonly JsonObject[]
  readonly abstract: boolean
  readonly inactive: boolean
}

/** Undefined: not a member. An error: cannot be said, and why. */
export type Verdict = Member | undefined | FhirError

export type Selection = {
  readonly url: string | undefined
  readonly version: string | undefined
  find(system: string, code: string): Verdict
  /** In the order of the definition, each once. @throws FhirError when they are not all known */
  members(): Generator<Member>
}

export type Surroundings = {
  readonly source: CodeSource
  readonly effort: Effort
  /** Code systems that had a part in an answer: an expansion names their versions. */
  readonly used: Set<CodeSystemIndex>
}

/** @throws FhirError when the definition is not one, imports itself, or filters by what is not known */
export function compileValueSet(resource: JsonObject, surroundings: Surroundings): Selection {
  return new Compiler(surroundings).valueSet(resource, [])
}

type Part = { find(system: string, code: string): Verdict; members(): Generator<Member> }

/** Steps that reading and indexing a resource is counted as. */
const LOOKUP = 2000

class Compiler {
  readonly #around: Surroundings
  /** A value set imported in many ways is compiled once. */
  readonly #compiled = new Map<JsonObject, Selection>()

  constructor(around: Surroundings) {
    this.#around = around
  }

  valueSet(resource: JsonObject, way: readonly string[]): Selection {
    const definition = readValueSet(resource)
    const { url, version, activeOnly } = definition
    if (way.length > MAX_IMPORT_DEPTH) throw tooCostly()
    const here = `${url ?? ''}|${version ?? ''}`
    if (url !== undefined && way.includes(here))
      throw refusal('unprocessable', 'jeu-cyclique', { type: 'business-rule' })
    const source =
      definition.contained.length > 0
        ? layered(this.#around.source, sourceOf(definition.contained))
        : this.#around.source
    const part = (set: ConceptSet): Part => this.#part(set, source, [...way, here])
    const include = definition.include.map(part)
    const exclude = definition.exclude.map(part)
    const { effort } = this.#around

    const find = (system: string, code: string): Verdict => {
      effort.spend(1 + include.length + exclude.length)
      const excluded = firstOf(exclude, system, code)
      if (excluded && !(excluded instanceof FhirError)) return undefined
      const found = firstOf(include, system, code)
      if (!found || found instanceof FhirError) return found
      if (activeOnly && found.inactive) return undefined
      return excluded ?? found
    }
    function* members(): Generator<Member> {
      const seen = new Set<string>()
      for (const { members } of include) {
        for (const member of members()) {
          effort.spend(1)
          const key = `${member.system}\n${member.code}`
          if (seen.has(key) || (activeOnly && member.inactive)) continue
          seen.add(key)
          const excluded = firstOf(exclude, member.system, member.code)
          if (excluded instanceof FhirError) throw excluded
          if (!excluded) yield member
        }
      }
    }
    return { url, version, find, members }
  }

  #imported(canonical: string, source: CodeSource, way: readonly string[]): Part {
    this.#around.effort.spend(LOOKUP)
    const { url, version } = parseCanonical(canonical)
    const resource = source.valueSet(url, version)
    if (!resource) return unknown(unknownValueSet(canonical))
    const compiled = this.#compiled.get(resource) ?? this.valueSet(resource, way)
    this.#compiled.set(resource, compiled)
    return compiled
  }

  #part(set: ConceptSet, source: CodeSource, way: readonly string[]): Part {
    const imports = set.valueSets.map((canonical) => this.#imported(canonical, source, way))
    if (set.system === undefined) return intersection(imports)
    return intersection([this.#ofSystem(set.system, set, source), ...imports])
  }

  #ofSystem(url: string, set: ConceptSet, source: CodeSource): Part {
    this.#around.effort.spend(LOOKUP + (set.listed?.length ?? 0))
    const system = source.codeSystem(url, set.version)
    if (system) this.#around.used.add(system)
    if (set.listed) return listedPart(url, set.listed, system)
    if (!system) return unknown(unknownCodeSystem(url, set.version), url)
    if (system.complete) return this.#filtered(system, set)
    // Of a fragment only what is there is known, and of that not how it relates to the rest.
    const refused = unknown(unknownCodeSystem(url, set.version), url)
    if (set.filters.length > 0) return refused
    return {
      ...refused,
      find: (s, c) => memberOf(url, s === url ? system.find(c) : undefined) ?? refused.find(s, c),
    }
  }

  #filtered(system: CodeSystemIndex, set: ConceptSet): Part {
    const { effort } = this.#around
    const tests = set.filters.map((filter) => compileFilter(filter, system, effort))
    const meets = (concept: Concept): boolean => {
      effort.spend(tests.length)
      return tests.every((test) => test(concept))
    }
    return {
      find(url, code) {
        const concept = url === system.url ? system.find(code) : undefined
        return concept && meets(concept) ? memberOf(url, concept) : undefined
      },
      *members() {
        for (const concept of system.concepts) {
          effort.spend(1)
          if (meets(concept)) yield toMember(system.url, concept)
        }
      },
    }
  }
}

/** Codes that the value set lists. A complete code system that does not have one of them takes it out. */
function listedPart(
  url: string,
  listed: readonly ListedConcept[],
  system: CodeSystemIndex | undefined,
): Part {
  const members = new Map<string, Member>()
  for (const { code, display, designations } of listed) {
    const concept = system?.find(code)
    if (system?.complete && !concept) continue
    const known = concept ? toMember(url, concept) : undefined
    if (members.has(concept?.code ?? code)) continue
    members.set(concept?.code ?? code, {
      system: url,
      code: concept?.code ?? code,
      display: display ?? known?.display,
      designations: [...designations, ...(known?.designations ?? [])],
      abstract: known?.abstract ?? false,
      inactive: known?.inactive ?? false,
    })
  }
  return {
    find: (s, code) => (s === url ? members.get(system?.find(code)?.code ?? code) : undefined),
    *members() {
      yield* members.values()
    },
  }
}

/** What is in all of them, as the first describes it. */
function intersection(parts: readonly Part[]): Part {
  const [first, ...others] = parts
  if (!first) throw new Error('A concept set has a system or value sets')
  if (others.length === 0) return first
  const find = (system: string, code: string): Verdict => {
    let open: FhirError | undefined
    for (const part of parts) {
      const found = part.find(system, code)
      if (!found) return undefined
      if (found instanceof FhirError) open ??= found
    }
    return open ?? first.find(system, code)
  }
  return {
    find,
    *members() {
      for (const { system, code } of first.members()) {
        const found = find(system, code)
        if (found instanceof FhirError) throw found
        if (found) yield found
      }
    },
  }
}

/** @param system the one it is about: a code of another is no member, that much is known */
function unknown(error: FhirError, system?: string): Part {
  return {
    find: (url) => (system === undefined || system === url ? error : undefined),
    // biome-ignore lint/correctness/useYield: there is nothing to yield, and that must not pass for an empty set
    *members() {
      throw error
    },
  }
}

/** A member of any part; else the first reason why that cannot be said. */
function firstOf(parts: readonly Part[], system: string, code: string): Verdict {
  let open: FhirError | undefined
  for (const part of parts) {
    const found = part.find(system, code)
    if (found && !(found instanceof FhirError)) return found
    open ??= found
  }
  return open
}

function memberOf(system: string, concept: Concept | undefined): Member | undefined {
  return concept && toMember(system, concept)
}

function toMember(system: string, concept: Concept): Member {
  const { code, display, designations, abstract, inactive } = concept
  return { system, code, display, designations, abstract, inactive }
}

/** A system that something asked for is made of: what was asked is there, and cannot be answered. */
export function unknownCodeSystem(url: string, version?: string): FhirError {
  return refusal('unprocessable', 'systeme-inconnu', {
    type: 'not-found',
    params: { system: canonicalOf(url, version) },
  })
}

/** The very system that was asked for. */
export function noCodeSystem(url: string, version?: string): FhirError {
  return refusal('not-found', 'systeme-inconnu', { params: { system: canonicalOf(url, version) } })
}

const canonicalOf = (url: string, version: string | undefined): string =>
  (version === undefined ? url : `${url}|${version}`).slice(0, 300)

export function unknownValueSet(canonical: string): FhirError {
  return refusal('not-found', 'jeu-inconnu', { params: { valueSet: canonical.slice(0, 300) } })
}
