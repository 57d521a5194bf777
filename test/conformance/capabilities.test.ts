/**
 * What /fhir/metadata claims is true: every claim of both profiles is driven over HTTP, for every type, and every route
 * of the tables is claimed. A claim that this test does not know fails it.
 * @see https://hl7.org/fhir/R4/capabilitystatement.html
 */
import type {
  CapabilityStatement,
  CapabilityStatementRest,
  CapabilityStatementRestResource,
} from '@medplum/fhirtypes'
import tap, { type Test } from 'tap'
import type { JsonObject } from '../../src/fhir/json.ts'
import type { RestCapability } from '../../src/interactions/capability-statement.ts'
import { dmpRoutes } from '../../src/interactions/dmp/dmp-routes.ts'
import { restRoutes } from '../../src/interactions/rest/rest-routes.ts'
import { testApp } from '../support/app.ts'
import { consent, patient, publishedDocument } from '../support/builders.ts'
import { fhirApp } from '../support/fhir-app.ts'
import {
  type Client,
  type HeaderFields,
  httpClient,
  type Received,
  resourceOf,
  verdict,
} from '../support/http-client.ts'
import { administration, gp, hospital, matricule, otherGp } from '../support/personas.ts'
import { openTestRecord } from '../support/record.ts'
import { testRegistry } from '../support/registry.ts'
import { validResource } from '../support/valid-resource.ts'

const registry = testRegistry()
const JSON_TYPE = 'application/fhir+json'
const AT_ONCE = 8
/** Includes that one request may name. */
const INCLUDES_AT_ONCE = 20

async function statementOf(
  client: Client,
): Promise<{ statement: CapabilityStatement; rest: CapabilityStatementRest }> {
  const statement = resourceOf(await client.get('/metadata', { accept: JSON_TYPE }), 'CapabilityStatement')
  const [rest, ...others] = statement.rest ?? []
  if (!rest || others.length > 0) throw new Error('Not one rest')
  return { statement, rest }
}

/** Does the work for each, a few at a time, and gives what it complains of. */
async function faultsOf<T>(
  items: readonly T[],
  work: (item: T) => Promise<readonly string[]>,
): Promise<string[]> {
  const queue = [...items]
  const faults: string[] = []
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift())
      faults.push(...(await work(next)))
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return faults
}

function expected(received: Received, status: number, what: string): string[] {
  if (received.status === status) return []
  return [`${what}: ${received.status}, not ${status} ${received.text.slice(0, 200)}`]
}

function codesOf({ interaction = [] }: CapabilityStatementRestResource): string[] {
  return interaction.map(({ code }) => code ?? '')
}

// The fhir profile ----------------------------------------------------------------------------------------------------

/** The resource of each type that the walk below changes, reads and deletes. */
const ID = 'claimed'

function entriesOf(received: Received): number {
  return received.status === 200 ? (resourceOf(received, 'Bundle').entry ?? []).length : -1
}

/** What one resource type was seen to do: claim → what is wrong with it. */
type Observed = ReadonlyMap<string, readonly string[]>

async function observe(client: Client, type: string): Promise<Observed> {
  const observed = new Map<string, string[]>()
  const resource: JsonObject = { ...validResource(registry, type), id: ID }
  const accept: HeaderFields = { accept: JSON_TYPE }
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

/** Members of rest.resource that are no interaction, and what they must say for `observe` to hold. */
const flags: Readonly<Record<string, readonly unknown[]>> = {
  versioning: ['versioned-update'],
  readHistory: [true],
  conditionalRead: ['full-support'],
  conditionalCreate: [true],
  conditionalUpdate: [true],
  conditionalDelete: ['single', 'multiple'],
}
/** Driven by tests of their own. */
const elsewhere = new Set([
  ...['type', 'interaction', 'updateCreate', 'referencePolicy'],
  ...['searchParam', 'searchInclude', 'searchRevInclude', 'operation'],
])

function unmetClaims(resource: CapabilityStatementRestResource, observed: Observed): string[] {
  const { type } = resource
  const members = Object.entries(resource).filter(([name]) => !elsewhere.has(name))
  const wrong = members
    .filter(([name, value]) => !flags[name]?.includes(value))
    .map(([name]) => `${type}.${name}: not known here`)
  const claims = [...codesOf(resource), ...members.map(([name]) => name)]
  const unmet = claims.flatMap((claim) => observed.get(claim) ?? [`${type} ${claim}: not known here`])
  // What is not claimed is not there, either.
  const unclaimed = [...observed].filter(([claim, faults]) => !claims.includes(claim) && faults.length === 0)
  return [...wrong, ...unmet, ...unclaimed.map(([claim]) => `${type} ${claim}: done, and not claimed`)]
}

/** A value that every kind of parameter can be asked for; a composite has two of them, or three. */
const VALUE = '2020'
/** Parameters in one request: alone they would be 2500. */
const PARAMETERS_AT_ONCE = 6

type SearchParam = NonNullable<CapabilityStatementRestResource['searchParam']>[number]

async function searchFaults(
  client: Client,
  { type = '', searchParam = [] }: CapabilityStatementRestResource,
) {
  const faults: string[] = []
  for (let at = 0; at < searchParam.length; at += PARAMETERS_AT_ONCE) {
    const together = searchParam.slice(at, at + PARAMETERS_AT_ONCE)
    const received = await client.get(searchFor(type, together, 2))
    if (received.status === 200 && together.every(({ name }) => received.text.includes(`${name}=`))) continue
    for (const one of together) {
      const alone = [await client.get(searchFor(type, [one], 2)), await client.get(searchFor(type, [one], 3))]
      if (!alone.some(({ status, text }) => status === 200 && text.includes(`${one.name}=`)))
        faults.push(`${type}?${one.name} (${one.type}): ${alone.map(verdict).join('; ')}`)
    }
  }
  const invented = await client.get(`/${type}?invented=1&_summary=count`)
  return [...faults, ...expected(invented, 400, `${type}?invented`)]
}

/** @param components of a composite */
function searchFor(type: string, parameters: readonly SearchParam[], components: number): string {
  const criteria = parameters.map(({ name, type: kind }) => {
    const value = kind === 'composite' ? Array(components).fill(VALUE).join('$') : VALUE
    return `${name}=${encodeURIComponent(value)}`
  })
  return `/${type}?${criteria.join('&')}&_summary=count`
}

/** As one request may name them. */
function includesOf(resource: CapabilityStatementRestResource): string[] {
  const all = [
    ...(resource.searchInclude ?? []).map((include) => `_include=${include}`),
    ...(resource.searchRevInclude ?? []).map((include) => `_revinclude=${include}`),
  ]
  const requests: string[] = []
  for (let at = 0; at < all.length; at += INCLUDES_AT_ONCE)
    requests.push(`/${resource.type}?_id=${ID}&${all.slice(at, at + INCLUDES_AT_ONCE).join('&')}`)
  return requests
}

const GENDER = 'http://hl7.org/fhir/administrative-gender'
const gender = `url=${encodeURIComponent('http://hl7.org/fhir/ValueSet/administrative-gender')}`

const tagged = {
  resourceType: 'Parameters',
  parameter: [{ name: 'meta', valueMeta: { tag: [{ system: 'urn:example', code: 'checked' }] } }],
}

type Request = readonly [method: string, path: string, body?: unknown]

/** Requests for an operation on a type; on the system where the type is empty. A POST without a body sends a resource. */
const operations: Readonly<Record<string, (type: string) => readonly Request[]>> = {
  versions: () => [['GET', '/$versions']],
  validate: (type) =>
    type === ''
      ? [['POST', '/$validate']]
      : [
          ['POST', `/${type}/$validate`],
          ['GET', `/${type}/${ID}/$validate`],
        ],
  meta: (type) => [['GET', `/${type}/${ID}/$meta`]],
  'meta-add': (type) => [['POST', `/${type}/${ID}/$meta-add`, tagged]],
  'meta-delete': (type) => [['POST', `/${type}/${ID}/$meta-delete`, tagged]],
  everything: (type) => [['GET', `/${type}/${ID}/$everything`]],
  expand: () => [['GET', `/ValueSet/$expand?${gender}`]],
  'validate-code': (type) => [
    [
      'GET',
      `/${type}/$validate-code?code=female&${type === 'ValueSet' ? `${gender}&system=${GENDER}` : `url=${GENDER}`}`,
    ],
  ],
  lookup: () => [['GET', `/CodeSystem/$lookup?system=${GENDER}&code=female`]],
  subsumes: () => [['GET', `/CodeSystem/$subsumes?system=${GENDER}&codeA=female&codeB=male`]],
}

async function operationFaults(
  client: Client,
  type: string,
  names: readonly (string | undefined)[],
): Promise<string[]> {
  const body = validResource(registry, type === '' ? 'Basic' : type)
  const faults: string[] = []
  // One after the other: some change the resource.
  for (const name of names) {
    const requests = operations[name ?? '']?.(type) ?? []
    if (requests.length === 0) faults.push(`${type} $${name}: not known here`)
    for (const [method, path, own = body] of requests) {
      const content = method === 'POST' ? { body: own } : {}
      const received = await client.request(method, path, { ...content, headers: { accept: JSON_TYPE } })
      faults.push(...expected(received, 200, `${method} ${path}`))
    }
  }
  return faults
}

tap.test('fhir: every claim of every type holds', async (t) => {
  await using app = await fhirApp()
  const client = httpClient(app.base, async () => undefined)
  const { statement, rest } = await statementOf(client)
  const resources = rest.resource ?? []
  t.same(resources.map(({ type }) => type).sort(), [...registry.resourceTypes].sort(), 'every type of R4')
  t.equal(resources.length, 146)
  const counted = { types: resources.length, parameters: 0, includes: 0, operations: 0 }

  t.same(
    await faultsOf(resources, async ({ type = '', updateCreate }) => {
      const resource = { ...validResource(registry, type), id: ID }
      return expected(
        await client.put(`/${type}/${ID}`, resource),
        updateCreate ? 201 : 405,
        `updateCreate ${type}`,
      )
    }),
    [],
    'updateCreate',
  )
  t.same(
    await faultsOf(resources, (resource) => {
      counted.parameters += resource.searchParam?.length ?? 0
      return searchFaults(client, resource)
    }),
    [],
    'searchParam',
  )
  const includes = resources.flatMap(includesOf)
  counted.includes = resources.reduce(
    (sum, { searchInclude = [], searchRevInclude = [] }) =>
      sum + searchInclude.length + searchRevInclude.length,
    0,
  )
  t.same(
    await faultsOf(includes, async (path) => expected(await client.get(path), 200, path)),
    [],
    'searchInclude, searchRevInclude',
  )
  t.same(
    await faultsOf(
      [{ type: '', operation: rest.operation ?? [] }, ...resources],
      ({ type = '', operation = [] }) => {
        counted.operations += operation.length
        return operationFaults(
          client,
          type,
          operation.map(({ name }) => name),
        )
      },
    ),
    [],
    'operation',
  )
  t.same(
    await faultsOf(resources, async (resource) =>
      unmetClaims(resource, await observe(client, resource.type ?? '')),
    ),
    [],
    'interaction and flags',
  )
  t.ok(
    counted.parameters > 2000 && counted.includes > 10_000 && counted.operations > 290,
    JSON.stringify(counted),
  )
  await formats(t, client, statement)
  t.same(app.log(), '', 'nothing went wrong inside')
})

/** After the types: what is deleted there may be created anew. */
async function formats(t: Test, client: Client, statement: CapabilityStatement): Promise<void> {
  await client.put(`/Basic/${ID}`, { resourceType: 'Basic', id: ID, code: { text: 'any' } })
  const bodies: Readonly<Record<string, string>> = {
    json: '{"resourceType":"Basic","code":{"text":"any"}}',
    xml: '<Basic xmlns="http://hl7.org/fhir"><code><text value="any"/></code></Basic>',
  }
  t.ok(statement.format?.length)
  for (const format of statement.format ?? []) {
    const family = /(json|xml)$/.exec(format)?.[1] ?? ''
    const asked = await client.get(`/Basic/${ID}?_format=${encodeURIComponent(format)}`)
    t.match(asked.headers['content-type'], `application/fhir+${family}`, `_format=${format}`)
    const created = await client.request('POST', '/Basic', {
      body: bodies[family],
      headers: {
        'content-type': `application/fhir+${family}`,
        ...(format.includes('/') ? { accept: format } : {}),
      },
    })
    t.equal(created.status, 201, format)
    if (format.includes('/')) t.match(created.headers['content-type'], format)
  }
  const part = (name: string, value: string): string => `<part><name value="${name}"/>${value}</part>`
  const operation = [
    part('type', '<valueCode value="replace"/>'),
    part('path', '<valueString value="Basic.language"/>'),
    part('value', '<valueCode value="en"/>'),
  ]
  const patches: Readonly<Record<string, string>> = {
    'application/json-patch+json': '[{"op":"add","path":"/language","value":"fr"}]',
    [JSON_TYPE]: JSON.stringify({
      resourceType: 'Parameters',
      parameter: [
        {
          name: 'operation',
          part: [
            { name: 'type', valueCode: 'replace' },
            { name: 'path', valueString: 'Basic.language' },
            { name: 'value', valueCode: 'de' },
          ],
        },
      ],
    }),
    'application/fhir+xml': `<Parameters xmlns="http://hl7.org/fhir"><parameter><name value="operation"/>${operation.join('')}</parameter></Parameters>`,
  }
  t.same(Object.keys(patches).sort(), [...(statement.patchFormat ?? [])].sort(), 'patchFormat')
  for (const [type, body] of Object.entries(patches)) {
    const patched = await client.request('PATCH', `/Basic/${ID}`, { body, headers: { 'content-type': type } })
    t.equal(verdict(patched), '200', type)
  }
}

tap.test('fhir: what is claimed of the system, and the policies', async (t) => {
  await using app = await fhirApp()
  const client = httpClient(app.base, async () => undefined)
  const { statement, rest } = await statementOf(client)
  const bundle = (type: string) => ({
    resourceType: 'Bundle',
    type,
    entry: [{ request: { method: 'GET', url: 'Patient' } }],
  })
  const ways: Readonly<Record<string, () => Promise<readonly [Received, type: string]>>> = {
    transaction: async () => [await client.post('', bundle('transaction')), 'transaction-response'],
    batch: async () => [await client.post('', bundle('batch')), 'batch-response'],
    'search-system': async () => [await client.get('?_type=Patient,Basic&_id=x'), 'searchset'],
    'history-system': async () => [await client.get('/_history'), 'history'],
  }
  t.same((rest.interaction ?? []).map(({ code }) => code).sort(), Object.keys(ways).sort())
  for (const [code, way] of Object.entries(ways)) {
    const [received, type] = await way()
    t.equal(resourceOf(received, 'Bundle').type, type, code)
  }
  t.same(
    [statement.fhirVersion, statement.kind, rest.mode, rest.security],
    ['4.0.1', 'instance', 'server', undefined],
  )
  const xml = await client.get('/metadata', { accept: 'application/fhir+xml' })
  t.match(xml.headers['content-type'], 'application/fhir+xml')
  const count = (element: string): number => xml.text.split(`<${element}>`).length - 1
  const sum = (list: 'searchParam' | 'interaction' | 'operation'): number =>
    (rest.resource ?? []).reduce((all, resource) => all + (resource[list]?.length ?? 0), 0)
  t.equal(count('searchParam'), sum('searchParam'), 'the same in XML')
  t.equal(count('interaction'), sum('interaction') + (rest.interaction?.length ?? 0))
  t.equal(count('operation'), sum('operation') + (rest.operation?.length ?? 0))

  const tagged = { resourceType: 'Basic', code: { text: 'any' }, meta: { tag: [{ code: 'twice' }] } }
  for (const _ of [1, 2]) t.equal((await client.post('/Basic', tagged)).status, 201)
  const basic = rest.resource?.find(({ type }) => type === 'Basic')
  const several = basic?.conditionalDelete === 'multiple'
  const removed = await client.request('DELETE', '/Basic?_tag=twice')
  t.equal(removed.status, several ? 204 : 412, `conditionalDelete ${basic?.conditionalDelete}`)
  const left = resourceOf(await client.get('/Basic?_tag=twice&_summary=count'), 'Bundle')
  t.equal(left.total, several ? 0 : 2, 'all or none')

  const one = resourceOf(
    await client.post('/Basic', { resourceType: 'Basic', code: { text: 'any' } }),
    'Basic',
  )
  const read = await client.get(`/Basic/${one.id}`)
  const since = { 'if-modified-since': read.headers['last-modified'] ?? '' }
  t.equal((await client.get(`/Basic/${one.id}`, since)).status, 304, 'conditionalRead')
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  t.equal(entriesOf(await client.post('/Basic/_search', `_id=${one.id}`, form)), 1, 'search by POST')
  t.equal(entriesOf(await client.post('/_search', `_type=Basic&_id=${one.id}`, form)), 1)

  const policies: Readonly<Record<string, JsonObject>> = {
    literal: { reference: 'https://elsewhere.example/fhir/Patient/1' },
    logical: { identifier: { system: 'urn:example', value: '1' } },
    local: { reference: `${app.base}/Patient/1` },
  }
  for (const { referencePolicy } of rest.resource ?? [])
    t.same([...(referencePolicy ?? [])].sort(), Object.keys(policies).sort())
  for (const [policy, subject] of Object.entries(policies)) {
    const basic = { resourceType: 'Basic', code: { text: 'any' }, subject }
    t.equal((await client.post('/Basic', basic)).status, 201, policy)
  }
  t.equal(
    resourceOf(await client.get('/Basic?subject=Patient/1&_summary=count'), 'Bundle').total,
    1,
    'local: one way to say it',
  )
})

// Both profiles -------------------------------------------------------------------------------------------------------

/** Routes whose claim is not in the statement. `conditional: patch` has no place in one of R4. */
function unclaimedRoutes(
  routes: readonly { readonly method: string; readonly url: string; readonly rest: RestCapability }[],
  { resource: resources = [], interaction = [], operation = [] }: CapabilityStatementRest,
): string[] {
  const systemCodes = new Set(interaction.map(({ code }) => code))
  const isClaimed = (claim: RestCapability): boolean => {
    if ('partOf' in claim)
      return (
        systemCodes.has(claim.partOf as never) || resources.some((r) => codesOf(r).includes(claim.partOf))
      )
    if ('system' in claim) return systemCodes.has(claim.system as never)
    if (claim.type === undefined) return operation.some(({ name }) => name === claim.operation)
    const own = resources.filter(({ type }) => claim.type === 'every' || type === claim.type)
    if (own.length === 0) return false
    if ('code' in claim) return own.every((r) => codesOf(r).includes(claim.code))
    if ('operation' in claim)
      return own.every((r) => r.operation?.some(({ name }) => name === claim.operation))
    if (claim.conditional === 'patch') return true
    const flag = {
      create: 'conditionalCreate',
      update: 'conditionalUpdate',
      delete: 'conditionalDelete',
    } as const
    return own.every(
      (r) => ![undefined, false, 'not-supported'].includes(r[flag[claim.conditional as 'create']] as never),
    )
  }
  return routes.filter(({ rest }) => !isClaimed(rest)).map(({ method, url }) => `${method} ${url}`)
}

tap.test('every route is claimed', async (t) => {
  await using fhir = await fhirApp()
  const { rest } = await statementOf(httpClient(fhir.base, async () => undefined))
  t.same(unclaimedRoutes(restRoutes, rest), [])
  await using dmp = await testApp()
  const ofDmp = await statementOf(dmp.withHeader())
  t.same(unclaimedRoutes(dmpRoutes, ofDmp.rest), [])
  t.not(unclaimedRoutes(restRoutes, ofDmp.rest).length, 0, 'the check can fail')
})

// The dmp profile -----------------------------------------------------------------------------------------------------

tap.test('dmp: every claim holds, and what is not claimed is not there', async (t) => {
  await using app = await testApp()
  const { statement, rest } = await statementOf(app.withHeader())
  const record = await openTestRecord(app, matricule(1))
  const { documentId, binaryId, listId } = await record.push()
  const holder = app.as(record.holder)
  const choice = await record.choose('medecin-traitant', gp.nationalId ?? '')
  const consentId = resourceOf(choice, 'Consent').id ?? ''
  const traces = resourceOf(await holder.get(`/AuditEvent?patient=${record.id}`), 'Bundle').entry ?? []
  const traceId = traces[0]?.resource?.id ?? ''
  const ids: Readonly<Record<string, string>> = {
    AuditEvent: traceId,
    Binary: binaryId,
    Consent: consentId,
    DocumentReference: documentId,
    List: listId,
    Patient: record.id,
  }
  const bodies: Readonly<Record<string, unknown>> = {
    Consent: consent('blocage', record.id, otherGp.nationalId ?? ''),
    DocumentReference: publishedDocument({ ins: record.ins }),
  }
  const ins = encodeURIComponent(`${record.ins.system}|${record.ins.value}`)
  const query = (type: string): string => (type === 'Patient' ? `identifier=${ins}` : `patient=${record.id}`)
  const ways: Readonly<Record<string, (type: string) => Promise<readonly [Received, status: number]>>> = {
    read: async (type) => [await holder.get(`/${type}/${ids[type]}`), 200],
    vread: async (type) => [await holder.get(`/${type}/${ids[type]}/_history/1`), 200],
    'search-type': async (type) => [await holder.get(`/${type}?${query(type)}`), 200],
    create: async (type) => [
      await (type === 'Consent' ? holder : app.as(hospital)).post(`/${type}`, bodies[type] ?? {}),
      201,
    ],
    update: async (type) => [await holder.put(`/${type}/${ids[type]}`, {}), 200],
    patch: async (type) => [await holder.request('PATCH', `/${type}/${ids[type]}`, { body: [] }), 200],
    delete: async (type) => [await holder.request('DELETE', `/${type}/${ids[type]}`), 200],
    'history-instance': async (type) => [await holder.get(`/${type}/${ids[type]}/_history`), 200],
    'history-type': async (type) => [await holder.get(`/${type}/_history`), 200],
  }
  // An id like any other where a type reads by id: `_history` is none, and is not found.
  const absent = new Set([404, 405])
  const resources = rest.resource ?? []
  t.same(resources.map(({ type }) => type).sort(), Object.keys(ids).sort())
  for (const resource of resources) {
    const { type = '' } = resource
    const codes = codesOf(resource)
    for (const [code, way] of Object.entries(ways)) {
      const [received, status] = await way(type)
      if (codes.includes(code)) t.equal(verdict(received), String(status), `${type} ${code}`)
      else t.ok(absent.has(received.status), `${type} ${code} is not claimed: ${received.status}`)
    }
    t.same(
      codes.filter((code) => !(code in ways)),
      [],
      `${type}: interactions known here`,
    )
    const versions = codes.includes('vread')
    t.same(
      [resource.versioning, resource.readHistory],
      versions ? ['versioned', true] : ['no-version', false],
      type,
    )
    t.equal(resource.conditionalRead, 'full-support')
    const read = await holder.get(`/${type}/${ids[type]}`)
    const { etag = '', 'last-modified': lastModified = '' } = read.headers
    t.equal((await holder.get(`/${type}/${ids[type]}`, { 'if-none-match': etag })).status, 304, type)
    t.equal(
      (await holder.get(`/${type}/${ids[type]}`, { 'if-modified-since': lastModified })).status,
      304,
      type,
    )
    for (const { name = '', type: kind } of resource.searchParam ?? []) {
      const isOwn = name === 'patient' || type === 'Patient'
      const criterion = isOwn ? '' : `&${name}=${kind === 'date' ? '2026' : 'x'}`
      t.equal(verdict(await holder.get(`/${type}?${query(type)}${criterion}`)), '200', `${type}?${name}`)
    }
    t.same(
      [resource.searchInclude, resource.searchRevInclude, resource.conditionalCreate],
      [undefined, undefined, undefined],
    )
    t.equal(resource.conditionalUpdate, type === 'Patient' ? true : undefined)
  }
  t.ok(resources.flatMap(({ searchParam = [] }) => searchParam).length > 15)
  const office = app.as(administration)
  t.equal(
    verdict(await office.put(`/Patient?identifier=${ins}`, patient(record.ins))),
    '200',
    'conditionalUpdate',
  )
  const operationsOf = resources.flatMap(({ type, operation = [] }) =>
    operation.map(({ name }) => `${type} ${name}`),
  )
  t.same([...operationsOf, ...(rest.operation ?? [])], ['Patient ouvrir'])
  t.equal(verdict(await office.post('/Patient/$ouvrir', patient(matricule(2)))), '201', '$ouvrir')
  t.same(
    (rest.interaction ?? []).map(({ code }) => code),
    ['transaction'],
    'pushed above',
  )
  t.equal(rest.security?.service?.[0]?.coding?.[0]?.code, 'SMART-on-FHIR')
  t.equal((await app.withHeader().get(`/Patient/${record.id}`)).status, 401)
  t.equal(statement.patchFormat, undefined)
  for (const format of statement.format ?? []) {
    const asked = `_format=${encodeURIComponent(format)}`
    const type = `application/fhir+${/(json|xml)$/.exec(format)?.[1]}`
    const read = await holder.get(`/Patient/${record.id}?${asked}`)
    t.match(read.headers['content-type'], type, format)
    const back = await office.put(`/Patient?identifier=${ins}&${asked}`, read.text, { 'content-type': type })
    t.equal(back.status, 200, `${format}: taken as it was given`)
  }
})
