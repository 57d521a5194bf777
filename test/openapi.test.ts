/**
 * openapi.yaml and openapi-fhir.yaml: made from the route tables, correct OpenAPI 3.1, and true of a running server:
 * each path is served and each served path told, every answer has a status that is told, every example is taken.
 * UPDATE_GOLDEN=1 writes them anew (decision 0007).
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Validator } from '@seriousme/openapi-schema-validator'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import { asYaml } from '../scripts/openapi/as-yaml.ts'
import { dmpDocument } from '../scripts/openapi/dmp-document.ts'
import { dmpExamples, EXAMPLE_RECORD, exampleIns, exampleStructure } from '../scripts/openapi/dmp-examples.ts'
import { fhirDocument } from '../scripts/openapi/fhir-document.ts'
import { described } from '../scripts/openapi/openapi-document.ts'
import { assetPath, packageRoot } from '../src/asset-path.ts'
import { searchCapabilities } from '../src/search-capabilities.ts'
import { testApp } from './support/app.ts'
import { fhirApp } from './support/fhir-app.ts'
import { type Client, httpClient, type Received, resourceOf, verdict } from './support/http-client.ts'
import { administration, gp, patientPersona } from './support/personas.ts'
import { testRegistry } from './support/registry.ts'
import { searchOf } from './support/rest-search.ts'
import { routesOf, servedRoutes } from './support/served-routes.ts'

type Operation = {
  readonly operationId: string
  readonly tags: readonly string[]
  readonly summary: string
  readonly description?: string
  readonly parameters?: readonly (Readonly<Record<string, unknown>> & { readonly $ref?: string })[]
  readonly requestBody?: { readonly content: Readonly<Record<string, Content>> }
  readonly responses: Readonly<Record<string, unknown>>
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[]
}
type Content = {
  readonly examples?: Readonly<Record<string, { readonly $ref?: string; readonly value?: unknown }>>
}
type Document = {
  readonly tags: readonly { readonly name: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>> & {
    readonly examples: Readonly<Record<string, { readonly value: unknown }>>
    readonly securitySchemes?: Readonly<Record<string, unknown>>
  }
}
type Told = {
  readonly method: string
  readonly path: string
  readonly atRoot: boolean
  readonly operation: Operation
}

const registry = testRegistry()
const ISSUERS = '[{"issuer":"https://i.test","jwksUri":"https://i.test/jwks"}]'
const profiles = [
  {
    file: 'openapi.yaml',
    text: asYaml(dmpDocument(searchCapabilities(registry))),
    environment: { DMP_ISSUERS: ISSUERS },
    atLeast: 20,
  },
  {
    file: 'openapi-fhir.yaml',
    text: asYaml(fhirDocument(registry.resourceTypes, searchOf)),
    environment: { DMP_PROFILE: 'fhir' },
    atLeast: 40,
  },
]

const kept = (file: string): string => readFileSync(join(packageRoot(), file), 'utf8')
// What is tested is what is kept: the file, and not what would be written now.
const documentOf = (file: string): Document => parse(kept(file))

const methods = new Set(['get', 'post', 'put', 'patch', 'delete'])

function operationsOf({ paths }: Document): Told[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).flatMap(([method, operation]): Told[] =>
      methods.has(method)
        ? [
            {
              method: method.toUpperCase(),
              path,
              atRoot: item.servers !== undefined,
              operation: operation as Operation,
            },
          ]
        : [],
    ),
  )
}

t.test('the files are what the route tables say', async (t) => {
  for (const { file, text } of profiles) {
    if (process.env.UPDATE_GOLDEN) {
      writeFileSync(join(packageRoot(), file), text)
      // What the build would do: the servers of this run serve it already.
      writeFileSync(assetPath(file), text)
    }
    t.ok(kept(file) === text, `${file}: UPDATE_GOLDEN=1 npm test -- openapi, then read the difference`)
  }
})

t.test('a route without words, or words without a route, is an error', async (t) => {
  const route = { method: 'GET', url: '/:type', interaction: 'search-type' } as const
  const words = { operationId: 'x', tag: 'x', summary: 'x', answers: {} }
  t.equal(described([route], new Map([['GET /:type', words]])).length, 1)
  t.throws(() => described([route], new Map()), /GET \/:type has no words/)
  t.throws(() => described([], new Map([['GET /x', words]])), /without a route: GET \/x/)
})

t.test('they are correct OpenAPI 3.1', async (t) => {
  for (const { file } of profiles) {
    const checked = await new Validator().validate(parse(kept(file)))
    t.ok(checked.valid, `${file}: ${JSON.stringify(checked.errors)?.slice(0, 1000)}`)
  }
  const broken = { openapi: '3.1.1', info: { title: 'x' }, paths: {} }
  t.notOk((await new Validator().validate(broken)).valid, 'the check can fail')
})

t.test('names are unique, what is named is there, what is there is named', async (t) => {
  for (const { file, atLeast } of profiles) {
    const document = documentOf(file)
    const operations = operationsOf(document)
    t.ok(operations.length >= atLeast, `${file}: ${operations.length} operations`)
    const ids = operations.map(({ operation }) => operation.operationId)
    t.same(ids.length, new Set(ids).size, 'operationId')
    const tags = new Set(operations.flatMap(({ operation }) => operation.tags))
    t.same([...tags].sort(), document.tags.map(({ name }) => name).sort(), 'tags')
    const references = new Set(
      [...kept(file).matchAll(/\$ref: "?#\/components\/([^"\n]+)/g)].map(([, to]) => to),
    )
    const components = Object.entries(document.components)
      .filter(([kind]) => kind !== 'securitySchemes')
      .flatMap(([kind, all]) => Object.keys(all).map((name) => `${kind}/${name}`))
    t.same([...references].sort(), components.sort(), `${file}: references and components`)
    for (const { method, path, operation } of operations) {
      const at = `${file} ${method} ${path}`
      t.ok(operation.summary.length > 3 && operation.summary.length <= 120, at)
      const inPath = (operation.parameters ?? []).flatMap(
        ({ $ref }) => /\/path\.(\w+)$/.exec($ref ?? '')?.[1] ?? [],
      )
      t.same(
        inPath,
        [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name),
        at,
      )
      const named = (operation.parameters ?? []).map((parameter) =>
        JSON.stringify(parameter.$ref ?? parameter.name),
      )
      t.equal(named.length, new Set(named).size, `${at}: each parameter once`)
    }
  }
})

t.test('scopes and rights are those of docs/api.md', async (t) => {
  const api = kept('docs/api.md')
  const told = operationsOf(documentOf('openapi.yaml')).filter(({ operation }) => operation.security?.length)
  t.ok(told.length >= 20)
  for (const { method, path, operation } of told) {
    const request = `${method} /fhir${path.replaceAll('{', '[').replaceAll('}', ']')}`
    const row = api.split('\n').find((line) => line.startsWith(`| \`${request}\` |`)) ?? ''
    const [, scope, rights] = /\| (\w+\.\w) \| ([^|]+) \|$/.exec(row) ?? []
    t.same(Object.values(operation.security?.[0] ?? {}), [[`system/${scope}`]], request)
    const rules = (text: string): string[] => [...(text.match(/\b[FAT]\d+\b/g) ?? [])].sort()
    t.ok(rights, `${request}: has its line`)
    t.same(rules(operation.description ?? ''), rules(rights ?? ''), `${request}: rights`)
  }
})

t.test('every path is served, every served path told, and the document itself is', async (t) => {
  t.same(routesOf('├── /a (GET, HEAD)\n│   └── /:b (POST)\n└── /c (PUT)\n'), [
    'GET /a',
    'POST /a/:b',
    'PUT /c',
  ])
  t.throws(() => routesOf('what?'), /Not a line of a route/)
  for (const { file, environment } of profiles) {
    const served = await servedRoutes(environment)
    const told = operationsOf(documentOf(file)).map(({ method, path, atRoot }) => {
      // A compartment: the router has one name for what stands in the third place.
      const url = path.replace('{member}', '{version}').replace(/\{(\w+)\}/g, ':$1')
      return `${method} ${atRoot ? '' : '/fhir'}${url}`
    })
    // Fastify serves the base with and without its slash.
    t.same(served.filter((route) => !/ \/fhir$/.test(route)).sort(), told.sort(), file)
  }
})

/** Sends what an operation asks for, with an example where there is one. */
async function ask(client: Client, base: string, document: Document, told: Told): Promise<Received> {
  const { method, path, atRoot, operation } = told
  const isCompartment = path.includes('{member}')
  const values: Readonly<Record<string, string>> = {
    type: isCompartment ? 'Patient' : 'Observation',
    id: 'unknown',
    version: '1',
    member: 'Observation',
  }
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '')
  const url = atRoot ? `${new URL(base).origin}${filled}` : filled
  const [type, content] = Object.entries(operation.requestBody?.content ?? {})[0] ?? []
  if (type === undefined) return client.request(method, url)
  if (type === '*/*')
    return client.request(method, url, { body: 'a', headers: { 'content-type': 'text/plain' } })
  const [example] = Object.values(content?.examples ?? {})
  const value = example?.$ref ? document.components.examples[example.$ref.split('/').at(-1) ?? '']?.value : {}
  const body = type.includes('form') ? '_count=1' : value
  return client.request(method, url, { body, headers: { 'content-type': type } })
}

async function statusesAreTold(t: Test, file: string, base: string, client: Client): Promise<void> {
  const document = documentOf(file)
  for (const told of operationsOf(document)) {
    const received = await ask(client, base, document, told)
    const at = `${told.method} ${told.path}: ${received.status}`
    t.ok(String(received.status) in told.operation.responses, `${at} is told`)
    t.ok(received.status < 500 && received.status !== 405, at)
  }
}

t.test('dmp: every operation answers as it is told, every example is taken', async (t) => {
  await using app = await testApp()
  const served = await app.withHeader().get(`${new URL(app.base).origin}/openapi.yaml`)
  t.ok(served.text === kept('openapi.yaml'), 'it serves the document')
  await statusesAreTold(t, 'openapi.yaml', app.base, app.as(gp))
  await statusesAreTold(t, 'openapi.yaml', app.base, app.withHeader())

  const { identity, submission, document, authorisation, careTeam, closing, match } =
    documentOf('openapi.yaml').components.examples
  const office = app.as(administration)
  const opened = await office.post('/Patient/$ouvrir', identity?.value)
  t.equal(opened.status, 201, verdict(opened))
  const id = resourceOf(opened, 'Patient').id ?? ''
  const again = await office.put(
    `/Patient?identifier=${encodeURIComponent(`${exampleIns.system}|${exampleIns.value}`)}`,
    identity?.value,
  )
  t.equal(verdict(again), '200')
  const hospital = app.as({ actor: 'STRUCTURE', authentication: 'INDIRECTE', structureId: exampleStructure })
  t.equal(verdict(await hospital.post('', submission?.value)), '200')
  t.equal(verdict(await hospital.post('/DocumentReference', document?.value)), '201')
  const choice = JSON.stringify(authorisation?.value).replace(EXAMPLE_RECORD, id)
  const holder = app.as(patientPersona(exampleIns))
  t.equal(verdict(await holder.post('/Consent', choice)), '201')
  const team = JSON.stringify(careTeam?.value).replace(EXAMPLE_RECORD, id)
  t.equal(verdict(await holder.post('/CareTeam', team)), '201')
  const dispatch = { ...gp, regulation: true }
  const matched = await app
    .as(dispatch)
    .post('/Patient/$match', match?.value, { 'dmp-mode-acces': 'centre_15' })
  t.equal(resourceOf(matched, 'Bundle').entry?.length, 1)
  t.equal(Object.keys(dmpExamples).length, 7, 'no other example')
  const found = resourceOf(await holder.get(`/DocumentReference?patient=${id}`), 'Bundle')
  t.equal(found.entry?.length, 2)
  t.equal(verdict(await holder.post(`/Patient/${id}/$fermer`, closing?.value)), '200')
})

t.test('fhir: every operation answers as it is told, every example is taken', async (t) => {
  await using app = await fhirApp()
  const client = httpClient(app.base, async () => undefined)
  const served = await client.get(`${new URL(app.base).origin}/openapi.yaml`)
  t.ok(served.text === kept('openapi-fhir.yaml'), 'it serves the document')
  t.match(served.headers, {
    'content-type': 'application/yaml; charset=utf-8',
    'cache-control': 'public, max-age=3600',
  })
  await statusesAreTold(t, 'openapi-fhir.yaml', app.base, client)

  const { patient, transaction, jsonPatch, fhirPathPatch, lookup, meta, ...others } =
    documentOf('openapi-fhir.yaml').components.examples
  t.same(others, {}, 'no other example')
  t.equal(verdict(await client.post('', transaction?.value)), '200')
  const created = await client.post('/Patient', patient?.value)
  t.equal(verdict(created), '201')
  const path = `/Patient/${resourceOf(created, 'Patient').id}`
  const patched = await client.request('PATCH', path, {
    body: jsonPatch?.value,
    headers: { 'content-type': 'application/json-patch+json' },
  })
  t.equal(resourceOf(patched, 'Patient').birthDate, '1979-03-29')
  t.equal(
    verdict(await client.put(path, { ...(patient?.value as object), id: path.split('/').at(-1) })),
    '200',
  )
  t.equal(
    resourceOf(await client.request('PATCH', path, { body: fhirPathPatch?.value }), 'Patient').meta
      ?.versionId,
    '4',
  )
  t.equal(verdict(await client.post(`${path}/$meta-add`, meta?.value)), '200')
  const looked = await client.post('/CodeSystem/$lookup', lookup?.value)
  t.match(looked.text, /"Female"/)
})
