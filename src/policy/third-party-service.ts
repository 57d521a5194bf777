/**
 * Services of others that a patient may let read in the record, for a purpose: registered by the operator, who says what
 * each may ask for at most; opened by the patient, by a Consent of category `service-tiers`.
 * @see docs/policy.md S1, S2; docs/services.md
 */
import type { Scope, ScopeCriterion } from './caller.ts'

export type ThirdPartyService = {
  /** Its `client_id` in access tokens. */
  readonly client: string
  readonly name: string
  /** Codes of v3-ActReason for which it may ask. */
  readonly purposes: readonly string[]
  /** What its tokens may open at most, whatever they say. */
  readonly scopes: readonly Scope[]
}

export type ThirdPartyServices = {
  readonly all: readonly ThirdPartyService[]
  /** The software of patients that is no third party's; undefined: every client that is no service. */
  readonly own: ReadonlySet<string> | undefined
}

/** What the record knows of the service that calls: what the patient has opened to it. */
export type ServiceConsent = {
  readonly purposes: readonly string[]
  /** `system|code` of types of documents. */
  readonly types: ReadonlySet<string>
  /** Milliseconds since 1970, not included. */
  readonly until: number
}

export const noServices: ThirdPartyServices = { all: [], own: undefined }

/** The scopes of a token that lie within those of a registration: type by type, letter by letter, query with query. */
export function scopesWithin(asked: readonly Scope[], most: readonly Scope[]): readonly Scope[] {
  return asked.flatMap((scope) => most.flatMap((bound) => shared(scope, bound) ?? []))
}

function shared(one: Scope, other: Scope): Scope | undefined {
  const resourceType = one.resourceType === '*' ? other.resourceType : one.resourceType
  if (other.resourceType !== '*' && other.resourceType !== resourceType) return undefined
  const interactions = [...one.interactions].filter((letter) => other.interactions.includes(letter)).join('')
  if (one.level !== other.level || interactions === '') return undefined
  // Each criterion leaves less: what both leave is what all of them leave.
  const criteria: readonly ScopeCriterion[] = [...(one.criteria ?? []), ...(other.criteria ?? [])]
  return { level: one.level, resourceType, interactions, ...(criteria.length > 0 ? { criteria } : {}) }
}
