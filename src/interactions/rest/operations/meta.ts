/**
 * `$meta`: profiles, security labels and tags of one resource, or of one of its versions; those in use on a type or in the
 * whole system; `$meta-add` and `$meta-delete`
 * change them, which makes a version like any other change.
 * @see https://hl7.org/fhir/R4/resource-operation-meta.html, resource-operation-meta-add.html, resource-operation-meta-delete.html
 */
import { refusal } from '../../../fhir/fhir-error.ts'
import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseJson,
  stringifyJson,
} from '../../../fhir/json.ts'
import { readParameters, singleParameter, writeParameters } from '../../../fhir/operation-parameters.ts'
import { type MetaValue, readMetaInUse } from '../../../storage/resources/read-meta-in-use.ts'
import type { Answer, Exchange } from '../../exchange.ts'
import type { Input } from '../../input.ts'
import { readBody } from '../../read-body.ts'
import { read, vread } from '../read.ts'
import type { RestEngine } from '../rest-engine.ts'
import { update } from '../update.ts'

const LISTS = ['profile', 'security', 'tag'] as const

/** What is in use on a type, or in the whole system. @throws FhirError 400 where that is too much to look through */
export async function metaInUse(engine: RestEngine, exchange: Exchange, input: Input): Promise<Answer> {
  const { type } = input
  exchange.trace.asks(type)
  const types = type === '' ? engine.registry.resourceTypes : [type]
  const values = await readMetaInUse(engine.reads, engine.partition, types, engine.reach)
  const used: Record<string, JsonValue> = {}
  for (const list of LISTS) {
    const items = values.filter((value) => value.list === list)
    if (items.length > 0) used[list] = items.map((item) => (list === 'profile' ? item.code : codingOf(item)))
  }
  return returned(used)
}

function codingOf({ system, code, display }: MetaValue): JsonObject {
  return { ...(system === null ? {} : { system }), code, ...(display === null ? {} : { display }) }
}

export async function meta(engine: RestEngine, exchange: Exchange, input: Input): Promise<Answer> {
  return returned(metaOf(await current(engine, exchange, input)))
}

export function addMeta(engine: RestEngine, exchange: Exchange, input: Input): Promise<Answer> {
  return change(engine, exchange, input, (known, given) => [
    ...known,
    ...given.filter((item) => !known.some((other) => isSame(other, item))),
  ])
}

export function deleteMeta(engine: RestEngine, exchange: Exchange, input: Input): Promise<Answer> {
  return change(engine, exchange, input, (known, given) =>
    known.filter((item) => !given.some((other) => isSame(other, item))),
  )
}

type Combine = (known: readonly JsonValue[], given: readonly JsonValue[]) => readonly JsonValue[]

/** Written only if the resource is still the one that was read: 412 otherwise, and the client asks again. */
async function change(
  engine: RestEngine,
  exchange: Exchange,
  input: Input,
  combine: Combine,
): Promise<Answer> {
  const given = metaGiven(engine, input)
  const answer = await read(engine, exchange, { ...input, pairs: [] })
  const resource = resourceOf(answer)
  const changed: Record<string, JsonValue> = { ...metaOf(resource) }
  for (const list of LISTS) {
    const items = combine(listOf(changed, list), listOf(given, list))
    delete changed[list]
    if (items.length > 0) changed[list] = [...items]
  }
  const written = await update(engine, exchange, {
    ...input,
    body: { format: 'resource', resource: { ...resource, meta: changed } },
    ifMatch: answer.etag ?? '',
  })
  const { body: _, ...rest } = written
  const now = await read(engine, exchange, { ...input, pairs: [] })
  return { ...rest, ...returned(metaOf(resourceOf(now))) }
}

/** @throws FhirError 400 when the Parameters hold no `meta` */
function metaGiven(engine: RestEngine, input: Input): JsonObject {
  const given = singleParameter(readParameters(readBody(engine, input.body)), 'meta')?.value
  if (!isJsonObject(given)) throw refusal('required', 'parametre-requis', { params: { name: 'meta' } })
  return given
}

/** Codings are the same by system and code, profiles by their URL. */
function isSame(a: JsonValue, b: JsonValue): boolean {
  if (isJsonObject(a) && isJsonObject(b)) return a.system === b.system && a.code === b.code
  return a === b
}

function listOf(meta: JsonObject, list: string): readonly JsonValue[] {
  const items = meta[list]
  return Array.isArray(items) ? items : []
}

async function current(engine: RestEngine, exchange: Exchange, input: Input): Promise<JsonObject> {
  return resourceOf(await (input.version === '' ? read : vread)(engine, exchange, input))
}

function resourceOf({ body }: Answer): JsonObject {
  const resource = parseJson(String(body))
  if (!isJsonObject(resource)) throw new Error('A stored resource that is no object')
  return resource
}

function metaOf({ meta }: JsonObject): JsonObject {
  return isJsonObject(meta) ? meta : {}
}

/** Where nothing is in use there is nothing to return: FHIR has no empty objects. */
function returned(value: JsonObject): Answer {
  const parameters =
    Object.keys(value).length > 0 ? [{ name: 'return', value: ['Meta', value] as const }] : []
  return { status: 200, body: stringifyJson(writeParameters(parameters)) }
}
