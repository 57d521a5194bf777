/**
 * What /fhir/metadata of the fhir profile claims is true: every claim is driven over HTTP, for every type, and every route
 * is claimed. A claim that this test does not know fails it.
 * @see https://hl7.org/fhir/R4/capabilitystatement.html
 */
import type { CapabilityStatement, CapabilityStatementRestResource } from '@medplum/fhirtypes'
import tap, { type Test } from 'tap'
import type { JsonObject } from '../../src/fhir/json.ts'
import { dmpRoutes } from '../../src/interactions/dmp/dmp-routes.ts'
import { restRoutes } from '../../src/interactions/rest/rest-routes.ts'
import { codesOf, entriesOf, expected, faultsOf, statementOf, unclaimedRoutes } from '../support/claims.ts'
import { fhirApp } from '../support/fhir-app.ts'
import { type Client, httpClient, type Received, resourceOf, verdict } from '../support/http-client.ts'
import { ID, type Observed, observeType } from '../support/observe-type.ts'
import { testRegistry } from '../support/registry.ts'
import { validResource } from '../support/valid-resource.ts'

const registry = testRegistry()
const JSON_TYPE = 'application/fhir+json'
/** Includes that one request may name. */
const INCLUDES_AT_ONCE = 20

/** Members of rest.resource that are no interaction, and what they must say for `observe` to hold. */
const flags: Readonly<Record<string, readonly unknown[]>> = {
  versioning: ['versioned'],
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

async function searchFaults(client: Client, { type, searchParam = [] }: CapabilityStatementRestResource) {
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

/** As one request may name them. What refers to a resource is many thousands: named and counted, not looked up. */
function includesOf({
  type,
  searchInclude = [],
  searchRevInclude = [],
}: CapabilityStatementRestResource): string[] {
  return [
    ...chunksOf(searchInclude).map((chunk) => chunk.map((include) => `&_include=${include}`)),
    ...chunksOf(searchRevInclude).map((chunk) => [
      '&_summary=count',
      ...chunk.map((include) => `&_revinclude=${include}`),
    ]),
  ].map((parameters) => `/${type}?_id=${ID}${parameters.join('')}`)
}

function chunksOf(all: readonly string[]): string[][] {
  const count = Math.ceil(all.length / INCLUDES_AT_ONCE)
  return Array.from({ length: count }, (_, i) => all.slice(i * INCLUDES_AT_ONCE, (i + 1) * INCLUDES_AT_ONCE))
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
  meta: (type) =>
    type === ''
      ? [['GET', '/$meta']]
      : [
          ['GET', `/${type}/$meta`],
          ['GET', `/${type}/${ID}/$meta`],
        ],
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
      unmetClaims(resource, await observeType(client, registry, resource.type ?? '')),
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

tap.test('fhir: every route is claimed', async (t) => {
  await using app = await fhirApp()
  const { rest } = await statementOf(httpClient(app.base, async () => undefined))
  t.same(unclaimedRoutes(restRoutes, rest), [])
  t.not(unclaimedRoutes(dmpRoutes, rest).length, 0, 'the check can fail')
})
