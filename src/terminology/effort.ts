/**
 * A bound on the work one request may ask for: value sets of clients may import each other, filter large code systems
 * and hold patterns. What is beyond it is refused as a whole; there are no half answers.
 * @see https://hl7.org/fhir/R4/valueset-operation-expand.html (an expansion may be too costly)
 */
import { type FhirError, refusal } from '../fhir/fhir-error.ts'

/** About a second of one core. */
const STEPS = 5_000_000

/** Codes in one answer: larger expansions are asked for by page. */
export const MAX_CODES = 10_000

/** Value sets that import value sets. */
export const MAX_IMPORT_DEPTH = 32

export class Effort {
  #left: number

  constructor(steps: number = STEPS) {
    this.#left = steps
  }

  /** @throws FhirError too-costly when there is no more */
  spend(steps: number): void {
    this.#left -= steps
    if (this.#left < 0) throw tooCostly()
  }
}

export function tooCostly(): FhirError {
  return refusal('unprocessable', 'expansion-trop-couteuse', {
    type: 'too-costly',
    params: { limit: MAX_CODES },
  })
}
