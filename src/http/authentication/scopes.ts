/**
 * SMART v2 scopes of the form `user/DocumentReference.rs`.
 *
 * A scope that is not understood gives nothing: other families (`openid`, `launch`), SMART v1 (`user/*.read`) and
 * scopes narrowed by a query (`?category=…`), which would be too wide without their query.
 * NOT checked here: that the level (patient, user, system) fits the actor; what a caller may do is the policy's matter.
 * @see https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html
 */
import type { ScopeLetter } from '../../interactions/route.ts'
import type { Scope } from '../../policy/caller.ts'

const maxScopes = 200
/** The letters stand in this order, as the specification demands. */
const smartV2 = /^(patient|user|system)\/(\*|[A-Z][A-Za-z]{1,63})\.(?=[cruds])(c?r?u?d?s?)$/

/** The scopes of a `scope` claim, or undefined when it is no such claim. */
export function parseScopes(claim: unknown): readonly Scope[] | undefined {
  if (claim === undefined) return []
  if (typeof claim !== 'string') return undefined
  const words = claim.split(' ').filter((word) => word !== '')
  if (words.length > maxScopes) return undefined
  return words.flatMap((word) => {
    const [, level, resourceType, interactions] = smartV2.exec(word) ?? []
    if (level !== 'patient' && level !== 'user' && level !== 'system') return []
    return resourceType && interactions ? [{ level, resourceType, interactions }] : []
  })
}

export function allows(scopes: readonly Scope[], resourceType: string, interaction: ScopeLetter): boolean {
  return scopes.some(
    (scope) =>
      (scope.resourceType === '*' || scope.resourceType === resourceType) &&
      scope.interactions.includes(interaction),
  )
}
