/**
 * What a token's SMART scopes leave of the documents: `user/DocumentReference.rs?type=http://loinc.org|11488-4` opens one
 * type and no more. It narrows the DocumentScope, so that what the token does not cover is absent on every path, as
 * what the matrix hides is (V7).
 *
 * Whatever shows documents under another name (Binary, List, a whole record) is narrowed by the scopes of
 * DocumentReference that read. Traces are not: their own scope is asked for, and they hold no content.
 * @see https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html#finer-grained-resource-constraints-using-search-parameters
 */
import type { DocumentTypes } from '../dmp/codes/document-types.ts'
import type { Scope, ScopeCriterion } from './caller.ts'
import type { DocumentScope } from './document-scope.ts'

/** The documents that a token covers: all, or those that meet every criterion of one of the alternatives. */
export type Covered = 'every' | readonly (readonly ScopeCriterion[])[]

const DOCUMENTS = 'DocumentReference'

/** @param need of the request: its scopes were found to allow it; here is said of which documents */
export function coveredDocuments(
  scopes: readonly Scope[],
  need: { readonly type: string; readonly letter: string },
): Covered {
  const ofDocuments = scopes.filter(({ resourceType }) => resourceType === DOCUMENTS || resourceType === '*')
  // Who was given the bytes or the lists, and no narrowed scope, was given them whole.
  if (need.type !== DOCUMENTS && ofDocuments.every(({ criteria }) => !criteria)) return 'every'
  const letters = need.type === DOCUMENTS ? need.letter : 'rs'
  const applying = ofDocuments.filter(({ interactions }) =>
    [...letters].some((letter) => interactions.includes(letter)),
  )
  if (applying.some(({ criteria }) => !criteria)) return 'every'
  return applying.flatMap(({ criteria }) => (criteria ? [criteria] : []))
}

export function narrowed(scope: DocumentScope, covered: Covered, types: DocumentTypes): DocumentScope {
  const left = coveredTypes(covered, types)
  return left === 'every' ? scope : { ...scope, types: sharedTypes(scope.types, left) }
}

/** `system|code` of the types that a token covers. A class stands for its types (ASS_X16). */
export function coveredTypes(covered: Covered, types: DocumentTypes): DocumentScope['types'] {
  if (covered === 'every') return 'every'
  return new Set(
    covered.flatMap((criteria) => {
      const left = criteria
        .map((criterion) => typesOf(criterion, types))
        .reduce<DocumentScope['types']>(sharedTypes, 'every')
      // A scope whose query says nothing is not one without a query.
      return left === 'every' ? [] : [...left]
    }),
  )
}

function typesOf({ parameter, values }: ScopeCriterion, types: DocumentTypes): ReadonlySet<string> {
  const named = new Set(values)
  if (parameter === 'type') return named
  return new Set(types.all.filter((type) => named.has(keyOf(type.class))).map(keyOf))
}

/** The types that both leave. */
export function sharedTypes(one: DocumentScope['types'], other: ReadonlySet<string>): ReadonlySet<string>
export function sharedTypes(
  one: DocumentScope['types'],
  other: DocumentScope['types'],
): DocumentScope['types']
export function sharedTypes(
  one: DocumentScope['types'],
  other: DocumentScope['types'],
): DocumentScope['types'] {
  if (one === 'every') return other
  if (other === 'every') return one
  return new Set([...one].filter((type) => other.has(type)))
}

function keyOf({ system, code }: { readonly system: string; readonly code: string }): string {
  return `${system}|${code}`
}
