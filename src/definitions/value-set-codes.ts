/**
 * The codes of value sets with a required binding.
 * @see https://hl7.org/fhir/R4/terminologies.html#required
 */
import type { Definitions } from './definitions.ts'

/** Codes of the value set of a required binding. */
export type ValueSetCodes = {
  readonly url: string
  /** Undefined: the codes are not known here, so the binding is not checked. */
  readonly systems: ReadonlyMap<string, ReadonlySet<string>> | undefined
  /** The system of a plain code, when exactly one has it. */
  readonly systemOf: (code: string) => string | undefined
}

export function buildValueSets(definitions: Definitions): ReadonlyMap<string, ValueSetCodes> {
  const sets = new Map<string, ValueSetCodes>()
  for (const [url, bySystem] of Object.entries(definitions.valueSets))
    sets.set(url, valueSetCodes(url, bySystem))
  for (const url of Object.keys(definitions.valueSetsNotChecked))
    sets.set(url, { url, systems: undefined, systemOf: () => undefined })
  return sets
}

export function valueSetCodes(
  url: string,
  bySystem: Readonly<Record<string, readonly string[]>>,
): ValueSetCodes {
  const systems = new Map(Object.entries(bySystem).map(([system, codes]) => [system, new Set(codes)]))
  return { url, systems, systemOf: (code) => onlySystem(systems, code) }
}

function onlySystem(systems: ReadonlyMap<string, ReadonlySet<string>>, code: string): string | undefined {
  let found: string | undefined
  for (const [system, codes] of systems) {
    if (!codes.has(code)) continue
    if (found !== undefined) return undefined
    found = system
  }
  return found
}
