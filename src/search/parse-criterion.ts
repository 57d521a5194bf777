/**
 * The name of a criterion, `subject:Patient.name:exact` or `_has:Observation:patient:code`, and its values: chains and
 * `_has` in any nesting, down to a parameter of the type they lead to.
 * @see https://hl7.org/fhir/R4/search.html#chaining and #has
 */
import type { Issue } from '../fhir/issue.ts'
import { readCriterion } from './read-criterion.ts'
import { resultParameters, type SearchableParameter, type SearchCapability } from './search-capability.ts'
import type { Criterion } from './search-expression.ts'
import {
  badValue,
  isFault,
  refusedParameter,
  tooMuch,
  unknownModifier,
  unknownParameter,
} from './search-faults.ts'

const HAS = /^_has:([A-Za-z]{1,64}):([A-Za-z0-9_-]{1,64}):(.+)$/

/** Of one search: what all its chains branch out to is bounded together. */
export class CriterionParser {
  readonly #capability: SearchCapability
  #branches = 0

  constructor(capability: SearchCapability) {
    this.#capability = capability
  }

  parse(name: string, value: string): Criterion | Issue {
    return this.#parse(this.#capability, name, value, 0)
  }

  #parse(capability: SearchCapability, name: string, value: string, depth: number): Criterion | Issue {
    const chained = capability.types.some((type) => capability.of(type) !== undefined)
    const { maxDepth } = this.#capability.limits
    const has = chained && name.startsWith('_has:')
    const dot = chained && !has ? name.indexOf('.') : -1
    if (depth >= maxDepth && (has || dot >= 0)) return tooMuch('links of a chain', maxDepth)
    if (has) {
      const cause = capability.refusal('_has')
      return cause === undefined ? this.#has(capability, name, value, depth) : refusedParameter('_has', cause)
    }
    if (dot >= 0) return this.#chain(capability, name.slice(0, dot), name.slice(dot + 1), value, depth)
    const [code, modifier] = cutAt(name, ':')
    const parameter = capability.parameters.get(code)
    if (!parameter) return notAnswered(capability, code)
    return readCriterion(capability, this.#capability.codes, parameter, modifier, value)
  }

  #chain(
    capability: SearchCapability,
    link: string,
    rest: string,
    value: string,
    depth: number,
  ): Criterion | Issue {
    const [code, type] = cutAt(link, ':')
    const parameter = capability.parameters.get(code)
    if (!parameter) return notAnswered(capability, code)
    if (parameter.kind !== 'reference') return unknownModifier(code, `.${rest}`)
    if (type !== undefined && !parameter.targets.has(type)) return unknownModifier(code, type)
    const targets: { type: string; criterion: Criterion }[] = []
    let fault: Issue | undefined
    for (const target of type === undefined ? parameter.targets : [type]) {
      const there = capability.of(target)
      if (!there) continue
      const { maxBranches } = this.#capability.limits
      if (++this.#branches > maxBranches) return tooMuch('types of a chain: [reference]:[type].', maxBranches)
      const found = this.#parse(there, rest, value, depth + 1)
      if (!isFault(found)) targets.push({ type: target, criterion: found })
      else if (found.error === 'trop-long') return found
      else if (!fault || fault.error === 'parametre-inconnu') fault = found
    }
    // A type without the parameter, or where the value has no meaning, holds nothing that could be meant.
    if (targets.length > 0) return { kind: 'chain', parameter: code, targets }
    return fault ?? unknownModifier(code, type ?? `.${rest}`)
  }

  #has(capability: SearchCapability, name: string, value: string, depth: number): Criterion | Issue {
    const [, type = '', reference = '', rest = ''] = HAS.exec(name) ?? []
    const there = capability.of(type)
    if (!there) return badValue('_has', '_has:[type]:[reference]:[parameter]=[value]')
    const parameter = there.parameters.get(reference)
    if (!parameter || !leadsTo(parameter, capability.types)) {
      const known = [...there.parameters.values()].filter((p) => leadsTo(p, capability.types))
      return unknownParameter(
        `_has:${type}:${reference}`,
        type,
        known.map((p) => p.code),
      )
    }
    const criterion = this.#parse(there, rest, value, depth + 1)
    return isFault(criterion) ? criterion : { kind: 'has', parameter: '_has', type, reference, criterion }
  }
}

function leadsTo({ targets }: SearchableParameter, types: readonly string[]): boolean {
  return types.some((type) => targets.has(type))
}

function cutAt(text: string, separator: string): readonly [string, string | undefined] {
  const at = text.indexOf(separator)
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}

function notAnswered(capability: SearchCapability, code: string): Issue {
  const cause = capability.refusal(code)
  if (cause !== undefined) return refusedParameter(code, cause)
  const { patientRequired, parameters, types } = capability
  const known = [
    ...(patientRequired ? ['patient', 'patient.identifier'] : []),
    ...parameters.keys(),
    ...resultParameters.filter((name) => capability.resultParameters.has(name)),
  ]
  return unknownParameter(code, types.length === 1 ? (types[0] ?? '') : '*', known)
}
