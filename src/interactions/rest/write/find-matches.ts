/**
 * Conditions of writes, looked up: under a lock of their own, so that of two requests with the same condition the second
 * sees what the first has made of it.
 * @see https://hl7.org/fhir/R4/http.html#ccreate, #cond-update
 *
 * Not prevented: that a write with another condition, or with none, makes a resource that meets this one at the same
 * moment. Texts of a condition that mean the same are one condition only as far as `normalisedCondition` sees it.
 */
import { normalisedCondition, parseCondition } from '../../../search/parse-condition.ts'
import type { SearchExpression } from '../../../search/search-expression.ts'
import type { Runner } from '../../../storage/database.ts'
import { lockNames } from '../../../storage/resources/lock-names.ts'
import { searchResources } from '../../../storage/resources/search-resources.ts'
import type { StoredResource } from '../../../storage/resources/stored-resource.ts'
import type { RestEngine } from '../rest-engine.ts'
import { faultsAt } from './fault-location.ts'
import type { WriteRequest } from './write-request.ts'

/** Resources that one conditional delete may delete. */
export const MAX_DELETED = 1000

export type Condition = { readonly key: string; readonly search: SearchExpression }

/** The conditions of these requests. @throws FhirError 400 or 412 for one that cannot be searched by */
export function conditionsOf(
  engine: RestEngine,
  requests: readonly WriteRequest[],
): ReadonlyMap<WriteRequest, Condition> {
  const conditions = new Map<WriteRequest, Condition>()
  for (const request of requests) {
    const { type, condition } = request
    if (condition === undefined) continue
    const search = faultsAt(request.at, () => parseCondition(engine.searchOf([type]), condition))
    conditions.set(request, { key: `${type}?${normalisedCondition(search)}`, search })
  }
  return conditions
}

/**
 * What meets each condition, by its key; of more than are needed to decide, some.
 * @param tx a transaction: the locks last until its end
 */
export async function findMatches(
  engine: RestEngine,
  tx: Runner,
  conditions: ReadonlyMap<WriteRequest, Condition>,
): Promise<ReadonlyMap<string, readonly StoredResource[]>> {
  if (conditions.size === 0) return new Map()
  const deletions = [...conditions.keys()].filter(({ change }) => change.method === 'DELETE')
  const several = deletions.length > 0 && engine.settings.conditionalDelete === 'multiple'
  // What this transaction deletes no longer meets the conditions of its other entries: more must be seen.
  const count = several ? MAX_DELETED + 1 : 2 + deletions.length
  const distinct = new Map([...conditions.values()].map(({ key, search }) => [key, { ...search, count }]))
  const locked = lockNames(
    tx,
    [...distinct.keys()].map((key) => `condition ${engine.partition} ${key}`),
  )
  const searches = [...distinct].map(async ([key, search]) => {
    const { entries } = await searchResources(tx, engine.partition, search, undefined, engine.reach)
    return [key, entries] as const
  })
  const [, ...found] = await Promise.all([locked, ...searches])
  return new Map(found)
}
