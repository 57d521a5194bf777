/**
 * openapi.yaml and openapi-fhir.yaml: made from the route tables, correct OpenAPI 3.1 without a lint warning, and true of a
 * running server: each path is served and each served path told, every example is sent and its answer is the one that is
 * shown, fits its schema, and has no status or header that is not told of.
 * UPDATE_GOLDEN=1 receives the answers and writes all of it anew (decision 0007).
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createConfig, lintFromString } from '@redocly/openapi-core'
import { Validator } from '@seriousme/openapi-schema-validator'
import t, { type Test } from 'tap'
import { asYaml } from '../scripts/openapi/as-yaml.ts'
import { dmpDescribed, dmpDocument } from '../scripts/openapi/dmp-document.ts'
import { personaOf } from '../scripts/openapi/examples/callers.ts'
import { dmpScenario } from '../scripts/openapi/examples/dmp-scenario.ts'
import type { Answers } from '../scripts/openapi/examples/exchange.ts'
import { fhirScenario } from '../scripts/openapi/examples/fhir-scenario.ts'
import { fhirDescribed, fhirDocument } from '../scripts/openapi/fhir-document.ts'
import { described, placesOf } from '../scripts/openapi/openapi-document.ts'
import { assetPath, packageRoot } from '../src/asset-path.ts'
import { searchCapabilities } from '../src/wiring/search-capabilities.ts'
import { type TestApp, testApp } from './support/app.ts'
import { fhirApp } from './support/fhir-app.ts'
import { golden } from './support/golden.ts'
import { type Client, httpClient, type Received } from './support/http-client.ts'
import { documentOf, kept, operationsOf } from './support/openapi/document.ts'
import { examplesAreTrue } from './support/openapi/examples-are-true.ts'
import { receiveAnswers } from './support/openapi/scenario.ts'
import { INDEX_FILE, indexOf, untold } from './support/openapi/told-answers.ts'
import { SCENARIO_TIME } from './support/openapi/without-chance.ts'
import { gp } from './support/personas.ts'
import { testRegistry } from './support/registry.ts'
import { searchOf } from './support/rest-search.ts'
import { routesOf, servedRoutes } from './support/served-routes.ts'

t.setTimeout(380_000)

const registry = testRegistry()
const searches = searchCapabilities(registry)
const ISSUERS = '[{"issuer":"https://i.test","jwksUri":"https://i.test/jwks"}]'
const profiles = [
  {
    file: 'openapi.yaml',
    answers: 'openapi-dmp-answers.json',
    text: (answers: Answers) => asYaml(dmpDocument(searches, registry, answers)),
    environment: { DMP_ISSUERS: ISSUERS },
    atLeast: 70,
  },
  {
    file: 'openapi-fhir.yaml',
    answers: 'openapi-fhir-answers.json',
    text: (answers: Answers) => asYaml(fhirDocument(registry.resourceTypes, searchOf, answers)),
    environment: { DMP_PROFILE: 'fhir' },
    atLeast: 40,
  },
]

type Served = { readonly origin: string; readonly base: string; readonly clientOf: (as?: string) => Client }

/** The address that stands in answers, and who may be sent notifications. */
const environment = { DMP_PUBLIC_URL: 'https://dmp.example', DMP_SUBSCRIPTION_HOSTS: 'notify.example:8443' }

function servedBy(app: TestApp): Served {
  app.advance(SCENARIO_TIME - app.now())
  const clientOf = (as?: string): Client => (as === undefined ? app.withHeader() : app.as(personaOf(as)))
  return { origin: new URL(app.base).origin, base: app.base, clientOf }
}

function servedPlainly({ base }: { readonly base: string }): Served {
  const client = httpClient(base, async () => undefined)
  return { origin: new URL(base).origin, base, clientOf: () => client }
}

const fhirEnvironment = { DMP_PUBLIC_URL: 'https://fhir.example' }

/** With UPDATE_GOLDEN=1 alone: what servers answer to the scenarios of today. */
async function receiveAll(): Promise<void> {
  await using app = await testApp(environment)
  const { origin, clientOf } = servedBy(app)
  const dmp = await receiveAnswers(dmpScenario, placesOf(dmpDescribed(searches)), origin, clientOf)
  await using plain = await fhirApp(fhirEnvironment)
  const there = servedPlainly(plain)
  const fhir = await receiveAnswers(fhirScenario, placesOf(fhirDescribed()), there.origin, there.clientOf)
  const received = [dmp, fhir]
  profiles.forEach(({ file, answers, text }, n) => {
    const of = received[n] ?? {}
    golden(answers, `${JSON.stringify(of, null, 1)}\n`)
    for (const path of [join(packageRoot(), file), assetPath(file)]) writeFileSync(path, text(of))
  })
  golden(INDEX_FILE, indexText())
}

const indexText = (): string => `${JSON.stringify(indexOf(documentOf('openapi.yaml')))}\n`

if (process.env.UPDATE_GOLDEN) await receiveAll()

t.test('the files are what the route tables and the scenarios say', async (t) => {
  for (const { file, answers, text } of profiles) {
    const received: Answers = JSON.parse(readFileSync(join(packageRoot(), 'test', 'golden', answers), 'utf8'))
    t.ok(
      kept(file) === text(received),
      `${file}: UPDATE_GOLDEN=1 npm test -- openapi, then read the difference`,
    )
  }
  t.ok(golden(INDEX_FILE, indexText()) === indexText(), INDEX_FILE)
})

t.test('a route without words, or words without a route, is an error', async (t) => {
  const route = { method: 'GET', url: '/:type', interaction: 'search-type' } as const
  const words = { operationId: 'x', tag: 'x', summary: 'x', answers: {} }
  t.equal(described([route], new Map([['GET /:type', words]])).length, 1)
  t.throws(() => described([route], new Map()), /GET \/:type has no words/)
  t.throws(() => described([], new Map([['GET /x', words]])), /without a route: GET \/x/)
})

t.test('they are correct OpenAPI 3.1', async (t) => {
  // One of them compiles the schema of OpenAPI once.
  const validator = new Validator()
  for (const { file } of profiles) {
    // A copy: nothing it does to it may be seen by others.
    const checked = await validator.validate(structuredClone(documentOf(file)))
    t.ok(checked.valid, `${file}: ${JSON.stringify(checked.errors)?.slice(0, 1000)}`)
  }
  const broken = { openapi: '3.1.1', info: { title: 'x' }, paths: {} }
  t.notOk((await validator.validate(broken)).valid, 'the check can fail')
})

/** Rules that do not hold of one place, with the reason. */
const allowed: readonly (readonly [rule: string, at: RegExp, reason: string])[] = [
  ['operation-4xx-response', /^#\/paths\/~1(livez|readyz)\//, 'They are refused to nobody'],
  [
    'no-ambiguous-paths',
    /^#\/paths\/~1(Binary~1\{id\}|\{type\})/,
    'FHIR itself: an id never begins with $ or _, and what a server does with Binary differs from other types',
  ],
]

t.test('no warning of the recommended rules of Redocly', async (t) => {
  const config = await createConfig({ extends: ['recommended'] })
  const used = new Set<string>()
  const lint = async (source: string, absoluteRef: string): Promise<string[]> => {
    const problems = await lintFromString({ source, absoluteRef, config })
    return problems.flatMap(({ ruleId, message, location: [at] }) => {
      const pointer = at?.pointer ?? ''
      const excused = allowed.find(([rule, where]) => rule === ruleId && where.test(pointer))
      if (excused) used.add(excused[0])
      return excused ? [] : [`${ruleId} ${pointer} ${message}`]
    })
  }
  for (const { file } of profiles) {
    const problems = await lint(kept(file), join(packageRoot(), file))
    t.same(problems.slice(0, 10), [], file)
    t.comment(`report: ${file}: ${problems.length} lint warnings`)
  }
  t.equal(used.size, allowed.length, 'each exception is needed')
  const broken = kept('openapi-fhir.yaml').replace(': searchSystemByPost\n', ': searchSystem\n')
  t.not((await lint(broken, 'broken.yaml')).length, 0, 'the check can fail')
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
        ({ $ref, name = '', in: place }) =>
          /\/path\.(\w+)$/.exec($ref ?? '')?.[1] ?? (place === 'path' ? [name] : []),
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
    const { token, certificate } = operation.security?.[0] ?? {}
    t.same([token, certificate], [[`system/${scope}`], []], request)
    t.same(operation.security?.[1], { sandbox: [`system/${scope}`] }, request)
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
    t.same(
      served.filter((route) => !/ \/fhir$/.test(route) && !ofPeople.test(route)).sort(),
      told.sort(),
      file,
    )
  }
})

/** Of a server's own pages for people, and of the sandbox's issuer, this document does not tell. */
const ofPeople = /^GET \/(?:console(?:\/.*)?)?$/

/** Asks every operation for nothing in particular: a status that is not told of, or a fault, is one of ours. */
async function statusesAreTold(t: Test, file: string, base: string, client: Client): Promise<void> {
  const index = indexOf(documentOf(file))
  for (const { method, path, atRoot, operation } of operationsOf(documentOf(file))) {
    const url = `${atRoot ? '' : '/fhir'}${filled(path)}`
    const [type] = Object.keys(operation.requestBody?.content ?? {})
    const content = bodyOf(type)
    const received = await client.request(method, `${new URL(base).origin}${url}`, content)
    const at = `${method} ${path}: ${received.status}`
    t.same(untold({ method, url, headers: content.headers ?? {} }, received, index), [], at)
    t.ok(received.status < 500 && received.status !== 405, at)
  }
}

function filled(path: string): string {
  const isCompartment = path.includes('{member}')
  const values: Readonly<Record<string, string>> = {
    type: isCompartment ? 'Patient' : 'Observation',
    id: 'unknown',
    version: '1',
    member: 'Observation',
  }
  return path.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '')
}

function bodyOf(type: string | undefined): { body?: unknown; headers?: Readonly<Record<string, string>> } {
  if (type === undefined) return {}
  if (type === '*/*') return { body: 'a', headers: { 'content-type': 'text/plain' } }
  return { body: type.includes('form') ? '_count=1' : {}, headers: { 'content-type': type } }
}

async function servesTheDocument(t: Test, { clientOf, origin }: Served, file: string): Promise<void> {
  const served: Received = await clientOf().get(`${origin}/openapi.yaml`)
  t.ok(served.text === kept(file), 'it serves the document')
  t.match(served.headers, {
    'content-type': 'application/yaml; charset=utf-8',
    'cache-control': 'public, max-age=3600',
  })
}

t.test('dmp: every operation has an example; each is sent, and answered as it is shown', async (t) => {
  const without = operationsOf(documentOf('openapi.yaml')).filter(({ operation }) => !operation['x-requests'])
  t.same(
    without.map(({ operation }) => operation.operationId),
    [],
  )
  await using app = await testApp(environment)
  const served = servedBy(app)
  await servesTheDocument(t, served, 'openapi.yaml')
  await examplesAreTrue(t, 'openapi.yaml', served.origin, served.clientOf)
  await statusesAreTold(t, 'openapi.yaml', app.base, app.as(gp))
  await statusesAreTold(t, 'openapi.yaml', app.base, app.withHeader())
})

t.test('fhir: every operation answers as it is told, every example is sent', async (t) => {
  await using app = await fhirApp(fhirEnvironment)
  const served = servedPlainly(app)
  await servesTheDocument(t, served, 'openapi-fhir.yaml')
  await examplesAreTrue(t, 'openapi-fhir.yaml', served.origin, served.clientOf)
  await statusesAreTold(t, 'openapi-fhir.yaml', app.base, served.clientOf())
})
