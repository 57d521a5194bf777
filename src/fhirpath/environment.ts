/**
 * What an evaluation knows besides its focus, and what it may cost.
 * @see https://hl7.org/fhir/R4/fhirpath.html#variables
 */
import type { Model } from './model.ts'
import type { FhirNode, Nodes } from './node.ts'
import { FhirPathError } from './syntax.ts'

export type Surroundings = {
  readonly model: Model
  /** `%resource`: the resource that the focus is part of. */
  readonly resource: FhirNode | undefined
  /** `%rootResource`: its container when it is contained, else the same. */
  readonly rootResource?: FhirNode | undefined
  /** `%context`; absent: the focus. */
  readonly context?: Nodes
  /** Other `%names`. */
  readonly constants?: ReadonlyMap<string, Nodes>
  /** What a literal reference leads to, as far as that is at hand; nothing is fetched. Absent: nothing but `#id`. */
  readonly resolve?: (reference: string) => FhirNode | undefined
  /**
   * Values that may still be visited, by all evaluations that share it; what one may visit by itself is enough for any
   * published expression on a resource of 5 MB.
   */
  readonly visits?: Visits
}

export type Visits = { left: number }

const defaultVisits = 5_000_000

export class Environment {
  readonly surroundings: Surroundings
  readonly model: Model
  readonly context: Nodes
  /** `$index` and `$total` of the innermost function that has them. */
  index: number | undefined = undefined
  total: Nodes | undefined = undefined
  /** Something could not be compared: dates of unlike precision, quantities of unlike units. */
  incomparable = false
  readonly #visits: Visits

  constructor(surroundings: Surroundings, context: Nodes) {
    this.surroundings = surroundings
    this.model = surroundings.model
    this.context = surroundings.context ?? context
    this.#visits = surroundings.visits ?? { left: defaultVisits }
  }

  /** @throws FhirPathError when the evaluation costs more than it may */
  visit(count: number): void {
    this.#visits.left -= count
    if (this.#visits.left < 0) throw new FhirPathError('the evaluation costs too much')
  }
}
