/**
 * Drives every interaction of one resource type of plain FHIR over HTTP, on a resource of that type that is there already,
 * and says of each claim what did not hold.
 * @see https://hl7.org/fhir/R4/http.html
 */
import type { Registry } from '../../src/definitions/registry.ts'
import type { JsonObject } from '../../src/fhir/json.ts'
import { entriesOf, expected } from './claims.ts'
import type { Client, HeaderFields, Received } from './http-client.ts'
import { validResource } from './valid-resource.ts'

/** The resource of each type that the walk below changes, reads and deletes. */
export const ID = 'claimed'

/** What one resource type was seen to do: claim → what is wrong with it. */
export type Observed = ReadonlyMap<string, readonly string[]>

export async function observeType(client: Client, registry: Registry, type: string): Promise<Observed> {
  const observed = new Map<string, string[]>()
  const resource: JsonObject = { ...validResource(registry, type), id: ID }
  const accept: HeaderFields = { accept: 'application/fhir+json' }
  const ask = async (
    claims: readonly string[],
    status: number,
    method: string,
    path: string,
    { headers = {}, ...content }: { readonly body?: unknown; readonly headers?: HeaderFields } = {},
  ): Promise<Received> => {
    const received = await client.request(method, `/${type}${path}`, {
      ...content,
      headers: { ...accept, ...headers },
    })
    const faults = expected(received, status, `${method} /${type}${path}`)
    for (const claim of claims) observed.set(claim, [...(observed.get(claim) ?? []), ...faults])
    return received
  }
  const read = await ask(['read'], 200, 'GET', `/${ID}`)
  const { etag = '' } = read.headers
  await ask(['conditionalRead'], 304, 'GET', `/${ID}`, { headers: { 'if-none-match': etag } })
  const ifNone = (id: string) => ({ body: resource, headers: { 'if-none-exist': `_id=${id}` } })
  await ask(['conditionalCreate'], 200, 'POST', '', ifNone(ID))
  const created = await ask(['conditionalCreate', 'create'], 201, 'POST', '', ifNone('nobody'))
  await ask(['update'], 200, 'PUT', `/${ID}`, { body: { ...resource, language: 'fr' } })
  await ask(['versioning'], 412, 'PUT', `/${ID}`, { body: resource, headers: { 'if-match': etag } })
  await ask(['conditionalUpdate'], 200, 'PUT', `?_id=${ID}`, { body: resource })
  await ask(['patch'], 200, 'PATCH', `/${ID}`, {
    body: [{ op: 'add', path: '/language', value: 'de' }],
    headers: { 'content-type': 'application/json-patch+json' },
  })
  await ask(['vread', 'readHistory'], 200, 'GET', `/${ID}/_history/1`)
  const versions = await ask(['history-instance'], 200, 'GET', `/${ID}/_history`)
  // The one that was read, and three that were made here.
  const count = Number(/\d+/.exec(etag)?.[0]) + 3
  if (entriesOf(versions) !== count)
    observed.set('history-instance', [`${type}: ${entriesOf(versions)} versions, not ${count}`])
  await ask(['history-type'], 200, 'GET', '/_history?_count=1')
  const found = await ask(['search-type'], 200, 'GET', `?_id=${ID}`)
  if (entriesOf(found) !== 1) observed.set('search-type', [`${type}: not found by its id`])
  await ask(['conditionalDelete'], 204, 'DELETE', `?_id=${ID}`)
  await ask(['conditionalDelete'], 410, 'GET', `/${ID}`)
  const id = /\/([^/]+)\/_history\//.exec(created.headers.location ?? '')?.[1] ?? 'nowhere'
  await ask(['delete'], 204, 'DELETE', `/${id}`)
  return observed
}
