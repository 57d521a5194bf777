/**
 * What a write makes of the resource it addresses: the next version, or none where nothing changes. Pure: preconditions
 * are checked against the version that was read under the lock.
 * @see https://hl7.org/fhir/R4/http.html#create, #update, #upsert, #patch, #delete
 *
 * A deletion is a version of its own; an update after it brings the resource back, and its versions go on.
 */
import { refusal } from '../../../fhir/fhir-error.ts'
import { isJsonObject, type JsonObject, parseJson, stringifyJson } from '../../../fhir/json.ts'
import { sameContent } from '../../../fhir/same-content.ts'
import type {
  ResourceWrite,
  StoredResource,
  WriteMethod,
} from '../../../storage/resources/stored-resource.ts'
import type { Exchange } from '../../exchange.ts'
import type { RestEngine } from '../rest-engine.ts'
import { applyPatch } from './apply-patch.ts'
import { checked } from './checked.ts'
import type { Target } from './locate-targets.ts'
import { nextVersion } from './next-version.ts'
import type { Outcome } from './outcome.ts'
import { refuseUnlessMet } from './preconditions.ts'
import { refuseSubsetted } from './refuse-subsetted.ts'

/**
 * @param resource of a create or update: that of the request, or what has become of it by rewriting its references
 * @throws FhirError 404, 405, 409, 410, 412 or 422, as the specification has it
 */
export function settleWrite(
  engine: RestEngine,
  exchange: Exchange,
  target: Target,
  resource: JsonObject | undefined,
): Outcome {
  const { request, current } = target
  const { change } = request
  if (change.method === 'POST') {
    if (target.matched && current) return standing(target, current, 'existing')
    return written(engine, exchange, target, resource ?? change.resource, 'created')
  }
  refuseUnlessMet(request, current)
  switch (change.method) {
    case 'PUT':
      return update(engine, exchange, target, resource ?? change.resource)
    case 'PATCH':
      return patch(engine, exchange, target, resource)
    case 'DELETE':
      return deletion(engine, exchange, target)
  }
}

function update(engine: RestEngine, exchange: Exchange, target: Target, resource: JsonObject): Outcome {
  const { request, current, matched } = target
  if (!current || current.method === 'DELETE') {
    const chosenByClient = request.id ?? (request.change.method === 'PUT' && request.change.resource.id)
    // To bring back what this server has had is no choice of an id.
    if (!current && chosenByClient && !engine.settings.updateCreate) {
      throw refusal('method-not-allowed', 'creation-par-id')
    }
    return written(engine, exchange, target, resource, 'created')
  }
  // The id in the body is taken, by a resource that does not meet the condition (as FHIR R5 has it).
  if (request.id === undefined && !matched) throw refusal('conflict', 'condition-divergente')
  return unlessSame(engine, exchange, target, current, resource)
}

/** @param parameters of a FHIRPath patch, their references rewritten; undefined: those of the request */
function patch(
  engine: RestEngine,
  exchange: Exchange,
  target: Target,
  parameters: JsonObject | undefined,
): Outcome {
  const { request, current } = target
  if (!current) throw refusal('not-found', 'inconnu')
  if (current.method === 'DELETE') throw refusal('deleted', 'supprime')
  if (request.change.method !== 'PATCH') throw new Error('A patch without one')
  const given = request.change.patch
  const asked = parameters && given.kind === 'fhirpath' ? { ...given, parameters } : given
  const patched = applyPatch(parsed(current), asked, engine.registry)
  refuseSubsetted(patched, request.type)
  const remarks = checked(engine, exchange, patched)
  return { ...unlessSame(engine, exchange, target, current, patched), remarks }
}

function deletion(engine: RestEngine, exchange: Exchange, target: Target): Outcome {
  const { id, current, request } = target
  const { type } = request
  if (!current || current.method === 'DELETE') {
    const { version, lastUpdated } = current ?? { version: 0, lastUpdated: exchange.now }
    return { effect: 'absent', type, id, version, lastUpdated, body: '', remarks: [] }
  }
  const write: ResourceWrite = {
    patientKey: engine.partition,
    type,
    id,
    replaces: current.version,
    lastUpdated: notBefore(current, exchange.now),
    method: 'DELETE',
    body: '',
    resource: undefined,
  }
  const { lastUpdated } = write
  return {
    effect: 'deleted',
    type,
    id,
    version: current.version + 1,
    lastUpdated,
    body: '',
    remarks: [],
    write,
  }
}

/** An identical update makes no new version. */
function unlessSame(
  engine: RestEngine,
  exchange: Exchange,
  target: Target,
  current: StoredResource,
  resource: JsonObject,
): Outcome {
  const same = sameContent(parsed(current), { ...resource, id: target.id })
  return same
    ? standing(target, current, 'unchanged')
    : written(engine, exchange, target, resource, 'updated')
}

function standing(
  { id }: Target,
  { type, version, lastUpdated, body }: StoredResource,
  effect: 'unchanged' | 'existing',
): Outcome {
  return { effect, type, id, version, lastUpdated, body, remarks: [] }
}

function written(
  engine: RestEngine,
  exchange: Exchange,
  { request, id, current }: Target,
  resource: JsonObject,
  effect: 'created' | 'updated',
): Outcome {
  const { type } = request
  const method: WriteMethod = request.change.method
  const replaces = current?.version ?? 0
  const lastUpdated = notBefore(current, exchange.now)
  const next = nextVersion(resource, id, replaces + 1, lastUpdated)
  const body = stringifyJson(next)
  return {
    effect,
    type,
    id,
    version: replaces + 1,
    lastUpdated,
    body,
    remarks: [],
    write: { patientKey: engine.partition, type, id, replaces, lastUpdated, method, body, resource: next },
  }
}

/** Requests that waited for each other are not stored in the order they came in; versions stay in the order of time. */
function notBefore(current: StoredResource | undefined, now: number): number {
  return Math.max(now, current?.lastUpdated ?? 0)
}

function parsed({ type, id, version, body }: StoredResource): JsonObject {
  const resource = parseJson(body, Number.POSITIVE_INFINITY)
  if (!isJsonObject(resource)) throw new Error(`${type}/${id}/${version} is no object`)
  return resource
}
