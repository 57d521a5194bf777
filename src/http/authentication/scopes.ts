/**
 * SMART v2 scopes of the form `user/DocumentReference.rs`, those of documents also narrowed by type and class:
 * `user/DocumentReference.rs?type=http://loinc.org|11488-4`.
 *
 * A scope that is not understood gives nothing: other families (`openid`, `launch`), SMART v1 (`user/*.read`), and a
 * query of another resource, parameter, modifier or value form, since without its query it would be too wide.
 * NOT checked here: that the level (patient, user, system) fits the actor; what a caller may do is the policy's matter.
 * @see https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html
 */
import type { ScopeLetter } from '../../interactions/route.ts'
import type { Scope, ScopeCriterion } from '../../policy/caller.ts'

const maxScopes = 200
const maxCriteria = 10
const maxValues = 100
/** The letters stand in this order, as the specification demands. */
const smartV2 = /^(patient|user|system)\/(\*|[A-Z][A-Za-z]{1,63})\.(?=[cruds])(c?r?u?d?s?)(?:\?(.*))?$/
/** `system|code`, both there; a comma or a bar inside would need escapes, which no code of ours has. */
const codedValue = /^[^|,$\\\s]+\|[^|,$\\\s]+$/

/** The scopes of a `scope` claim, or undefined when it is no such claim. */
export function parseScopes(claim: unknown): readonly Scope[] | undefined {
  if (claim === undefined) return []
  if (typeof claim !== 'string') return undefined
  const words = claim.split(' ').filter((word) => word !== '')
  if (words.length > maxScopes) return undefined
  return words.flatMap((word) => {
    const [, level, resourceType, interactions, query] = smartV2.exec(word) ?? []
    if (level !== 'patient' && level !== 'user' && level !== 'system') return []
    if (!resourceType || !interactions) return []
    if (query === undefined) return [{ level, resourceType, interactions }]
    const criteria = resourceType === 'DocumentReference' ? criteriaOf(query) : undefined
    return criteria ? [{ level, resourceType, interactions, criteria }] : []
  })
}

export function allows(scopes: readonly Scope[], resourceType: string, interaction: ScopeLetter): boolean {
  return scopes.some(
    (scope) =>
      (scope.resourceType === '*' || scope.resourceType === resourceType) &&
      scope.interactions.includes(interaction),
  )
}

function criteriaOf(query: string): readonly ScopeCriterion[] | undefined {
  const criteria: ScopeCriterion[] = []
  const pairs = query.split('&')
  if (pairs.length > maxCriteria) return undefined
  for (const pair of pairs) {
    const criterion = criterionOf(pair)
    if (!criterion) return undefined
    criteria.push(criterion)
  }
  return criteria
}

function criterionOf(pair: string): ScopeCriterion | undefined {
  const [parameter, text, ...more] = pair.split('=').map(decoded)
  if (more.length > 0 || text === undefined) return undefined
  if (parameter !== 'type' && parameter !== 'category') return undefined
  const values = text.split(',')
  const understood = values.length <= maxValues && values.every((value) => codedValue.test(value))
  return understood ? { parameter, values } : undefined
}

/** As in a query, but for `+`: a scope has no spaces to write. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch (cause) {
    if (cause instanceof URIError) return undefined
    throw cause
  }
}
