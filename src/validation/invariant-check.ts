/**
 * Invariants of the definitions and of profiles, by FHIRPath.
 * @see https://hl7.org/fhir/R4/conformance-rules.html#constraints
 *
 * An element that has a fault of its own is not asked: what is missing would break a rule a second time.
 * An evaluation that fails (several values where the rule means one) is a broken rule, as the published validators say.
 */
import type { Constraint } from '../definitions/constraints.ts'
import type { Surroundings } from '../fhirpath/environment.ts'
import { holds } from '../fhirpath/fhirpath.ts'
import type { FhirNode } from '../fhirpath/node.ts'
import { FhirPathError } from '../fhirpath/syntax.ts'
import { surroundingsOf } from './around.ts'
import type { Walk } from './walk.ts'

/** Published texts are short; those of a profile may not be. */
const longestText = 300

export function checkInvariants(constraints: readonly Constraint[], node: FhirNode, walk: Walk): void {
  const { findings } = walk
  const surroundings = surroundingsOf(walk)
  for (const constraint of constraints) {
    if (findings.full) return
    if (constraint.severity === 'warning' && !walk.warnings) continue
    if (isMet(constraint, node, surroundings)) continue
    const { key, human, severity } = constraint
    findings.add('invariant', 'invariant', { key, human: human.slice(0, longestText) }, undefined, severity)
  }
}

function isMet({ expression }: Constraint, node: FhirNode, surroundings: Surroundings): boolean {
  try {
    return holds(expression, node, surroundings)
  } catch (error) {
    if (error instanceof FhirPathError) return false
    throw error
  }
}
