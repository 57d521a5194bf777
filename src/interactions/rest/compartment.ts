/**
 * A compartment as a criterion: the resource at its centre, and what refers to it by the parameters of the definition.
 * @see https://hl7.org/fhir/R4/compartmentdefinition.html
 */
import type { Criterion } from '../../search/search-expression.ts'
import type { RestEngine } from './rest-engine.ts'

export type Compartment = {
  /** Those that are in it; none: the type is the centre of no compartment. */
  readonly types: readonly string[]
  readonly criterion: Criterion
}

export function compartment({ registry }: RestEngine, type: string, id: string): Compartment {
  const all = registry.resourceTypes.map(
    (member) => [member, registry.compartmentParameters(type, member)] as const,
  )
  const members = all.filter(([, parameters]) => parameters.length > 0)
  const parameters = new Map(
    members.length > 0 ? [...members, [type, registry.compartmentParameters(type, type)]] : [],
  )
  return {
    types: [...parameters.keys()],
    criterion: { kind: 'compartment', parameter: '_compartment', type, id, parameters },
  }
}
