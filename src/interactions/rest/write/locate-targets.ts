/**
 * Where each write leads: conditions are looked up first, then every resource addressed is locked, all of them in one
 * order, and read. So two transactions that write the same resources never wait for each other in a circle.
 * @see https://hl7.org/fhir/R4/http.html#trules (deletes come first; the same resource twice is refused)
 */
import { refusal } from '../../../fhir/fhir-error.ts'
import { encodeUuid } from '../../../fhir/id.ts'
import type { Runner } from '../../../storage/database.ts'
import { lockResources } from '../../../storage/resources/lock-resources.ts'
import type { Place, StoredResource } from '../../../storage/resources/stored-resource.ts'
import type { RestEngine } from '../rest-engine.ts'
import { faultsAt } from './fault-location.ts'
import { type Condition, conditionsOf, findMatches, MAX_DELETED } from './find-matches.ts'
import type { WriteRequest } from './write-request.ts'

/** One resource that a request writes. A conditional delete may have none, or many; any other write has one. */
export type Target = {
  readonly request: WriteRequest
  readonly id: string
  /** The version that is current, a deletion too; undefined when there never was one. */
  readonly current: StoredResource | undefined
  /** Met the condition: of a create, the resource that makes it superfluous. */
  readonly matched: boolean
  /** Meets its condition by what an entry before it creates: it is that resource. */
  readonly repeats: boolean
}

/** Before the resource is read: `found` is the version that met the condition. */
type Aim = {
  readonly request: WriteRequest
  readonly id: string
  readonly found?: StoredResource
  readonly repeats?: true
}

/**
 * @param tx a transaction: the locks last until its end
 * @throws FhirError 404, 409 and 412 as the conditions say; 400 when two requests address the same resource
 */
export async function locateTargets(
  engine: RestEngine,
  tx: Runner,
  requests: readonly WriteRequest[],
  now: number,
): Promise<readonly Target[]> {
  const conditions = conditionsOf(engine, requests)
  const matches = await findMatches(engine, tx, conditions)
  const aims = new Aims(engine, now, conditions, matches).of(requests)
  const addressed = aims.filter(({ request }) => request.change.method !== 'POST')
  refuseTwice(addressed)
  const current = await readLocked(engine, tx, addressed)
  return aims.map(({ request, id, found, repeats = false }) => {
    const there = request.change.method === 'POST' ? found : current.get(`${request.type}/${id}`)
    // Changed between the search and the lock: whether it still meets the condition is not known.
    if (found && found.version !== there?.version) throw refusal('conflict', 'conflit-concurrent')
    return { request, id, current: there, matched: found !== undefined, repeats }
  })
}

async function readLocked(
  engine: RestEngine,
  tx: Runner,
  addressed: readonly Aim[],
): Promise<ReadonlyMap<string, StoredResource>> {
  if (addressed.length === 0) return new Map()
  const places = addressed.map(
    ({ request, id }): Place => ({ patientKey: engine.partition, type: request.type, id }),
  )
  const resources = await lockResources(tx, places, engine.reach)
  return new Map(resources.map((resource) => [`${resource.type}/${resource.id}`, resource]))
}

function refuseTwice(addressed: readonly Aim[]): void {
  const seen = new Set<string>()
  for (const { request, id } of addressed) {
    const named = `${request.type}/${id}`
    if (seen.has(named)) {
      throw refusal('invalid', 'ressource-en-double', {
        type: 'duplicate',
        ...(request.at === undefined ? {} : { expression: request.at }),
      })
    }
    seen.add(named)
  }
}

/** Requests and what their conditions found, put together in the order of processing. */
class Aims {
  readonly #engine: RestEngine
  readonly #now: number
  readonly #conditions: ReadonlyMap<WriteRequest, Condition>
  readonly #matches: ReadonlyMap<string, readonly StoredResource[]>
  readonly #deleted = new Set<string>()
  /** Ids of what this transaction creates because nothing met the condition. */
  readonly #created = new Map<string, string>()

  constructor(
    engine: RestEngine,
    now: number,
    conditions: ReadonlyMap<WriteRequest, Condition>,
    matches: ReadonlyMap<string, readonly StoredResource[]>,
  ) {
    this.#engine = engine
    this.#now = now
    this.#conditions = conditions
    this.#matches = matches
  }

  of(requests: readonly WriteRequest[]): Aim[] {
    const deletions = requests.filter(({ change }) => change.method === 'DELETE')
    const others = requests.filter(({ change }) => change.method !== 'DELETE')
    const deleting = deletions.flatMap((request) => this.#aim(request))
    for (const { request, id } of deleting) this.#deleted.add(`${request.type}/${id}`)
    return [...deleting, ...others.flatMap((request) => this.#aim(request))]
  }

  #aim(request: WriteRequest): Aim[] {
    const condition = this.#conditions.get(request)
    return condition
      ? faultsAt(request.at, () => this.#conditional(request, condition.key))
      : [{ request, id: request.id ?? this.#newId() }]
  }

  #conditional(request: WriteRequest, key: string): Aim[] {
    const { type, change } = request
    const matches = (this.#matches.get(key) ?? []).filter(({ id }) => !this.#deleted.has(`${type}/${id}`))
    if (change.method === 'DELETE') return this.#deletions(request, matches)
    const [found, second] = matches
    if (second) throw refusal('multiple-matches', 'correspondances-multiples')
    if (!found) return [this.#without(request, key)]
    if (change.method === 'PUT' && change.resource.id !== undefined && change.resource.id !== found.id) {
      throw refusal('invalid', 'id-divergent', { type: 'value', expression: `${type}.id` })
    }
    return [{ request, id: found.id, found }]
  }

  #deletions(request: WriteRequest, matches: readonly StoredResource[]): Aim[] {
    const limit = this.#engine.settings.conditionalDelete === 'multiple' ? MAX_DELETED : 1
    if (matches.length > limit) throw refusal('multiple-matches', 'correspondances-multiples')
    return matches.map((found) => ({ request, id: found.id, found }))
  }

  /** Nothing meets the condition. */
  #without(request: WriteRequest, key: string): Aim {
    const { change } = request
    if (change.method === 'PATCH') throw refusal('not-found', 'inconnu')
    const same = this.#created.get(key)
    if (same !== undefined) {
      if (change.method === 'POST') return { request, id: same, repeats: true }
      throw refusal('invalid', 'ressource-en-double', { type: 'duplicate' })
    }
    const given = change.method === 'PUT' ? change.resource.id : undefined
    const id = typeof given === 'string' ? given : this.#newId()
    this.#created.set(key, id)
    return { request, id }
  }

  #newId(): string {
    return encodeUuid(this.#engine.newId(this.#now))
  }
}
