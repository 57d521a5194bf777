/** Batch and transaction: order, references, atomicity, races, and who is told what. */

import t from 'tap'
import { FhirError } from '../../../src/fhir/fhir-error.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../../src/fhir/json.ts'
import type { RestEngine } from '../../../src/interactions/rest/rest-engine.ts'
import fc from '../../support/draws.ts'
import { type RestTest, resourceOf, restTest, type Send } from '../../support/rest-engine.ts'
import { storedTraces } from '../../support/stored-traces.ts'

const SYSTEM = 'https://example.org/mrn'
const BASE = 'https://fhir.test/fhir'
const urn = (n: number): string => `urn:uuid:00000000-0000-4000-8000-${String(n).padStart(12, '0')}`

function patient(value: string, more: JsonObject = {}): JsonObject {
  return { resourceType: 'Patient', identifier: [{ system: SYSTEM, value }], ...more }
}

function observation(subject: string, more: JsonObject = {}): JsonObject {
  return {
    resourceType: 'Observation',
    status: 'final',
    code: { text: 'x' },
    subject: { reference: subject },
    ...more,
  }
}

type Entry = { request: JsonObject; resource?: JsonObject; fullUrl?: string }

function entry(method: string, url: string, resource?: JsonObject, more: JsonObject = {}): Entry {
  const { fullUrl, ...request } = more
  return {
    ...(typeof fullUrl === 'string' ? { fullUrl } : {}),
    ...(resource ? { resource } : {}),
    request: { method, url, ...request },
  }
}

type Response = {
  readonly resource?: JsonObject
  readonly fullUrl?: string
  readonly response: {
    readonly status: string
    readonly location?: string
    readonly etag?: string
    readonly lastModified?: string
    readonly outcome?: JsonObject
  }
}

async function sendBundle(
  { send }: RestTest,
  type: 'batch' | 'transaction',
  entries: readonly Entry[],
  more: Send = {},
): Promise<Response[]> {
  const body: JsonObject = { resourceType: 'Bundle', type, entry: entries as unknown as JsonValue }
  const bundle = resourceOf(await send('POST', '', { ...more, body }))
  if (bundle.type !== `${type}-response`) throw new Error('another Bundle')
  return bundle.entry as unknown as Response[]
}

const statusesOf = (responses: readonly Response[]): string[] =>
  responses.map(({ response }) => response.status.slice(0, 3))

const placeOf = (response: Response | undefined): string =>
  response?.response.location?.replace(/\/_history\/.*/, '') ?? ''

async function refused(work: Promise<unknown>): Promise<readonly [number, ...string[]]> {
  try {
    await work
  } catch (error) {
    if (!(error instanceof FhirError)) throw error
    return [error.status, ...error.issues.map((i) => `${i.error} ${i.expression ?? ''}`)]
  }
  return [0]
}

async function total({ send }: RestTest, query: string): Promise<unknown> {
  const mark = query.includes('?') ? '&' : '?'
  return resourceOf(await send('GET', `${query}${mark}_total=accurate`)).total
}

t.test('references between entries lead to where things lie', async (t) => {
  await using rest = await restTest()
  await rest.send('PUT', 'Organization/there', {
    body: {
      resourceType: 'Organization',
      id: 'there',
      name: 'There',
      identifier: [{ system: SYSTEM, value: 'o' }],
    },
  })
  const div = (href: string): string =>
    `<div xmlns="http://www.w3.org/1999/xhtml"><a href="${href}">${urn(1)}</a></div>`
  const responses = await sendBundle(
    rest,
    'transaction',
    [
      entry(
        'POST',
        'Observation',
        observation(urn(1), {
          text: { status: 'generated', div: div(urn(1)) },
          performer: [{ reference: `Organization?identifier=${SYSTEM}|o` }, { reference: 'Practitioner/7' }],
          hasMember: [{ reference: 'https://other.test/fhir/Observation/9' }],
          extension: [{ url: 'https://example.org/x', valueUri: urn(1) }],
          derivedFrom: [{ reference: 'https://elsewhere.test/fhir/Observation/1' }],
        }),
        { fullUrl: urn(2) },
      ),
      entry('POST', 'Patient', patient('t1', { id: 'ignored' }), { fullUrl: urn(1) }),
      entry(
        'POST',
        'Practitioner',
        { resourceType: 'Practitioner' },
        { fullUrl: 'https://other.test/fhir/Practitioner/7' },
      ),
      entry('PUT', 'Observation/fixed', observation(`${BASE}/Patient/else`, { id: 'fixed' }), {
        fullUrl: 'https://other.test/fhir/Observation/9',
      }),
      // A later conditional reference may lead to what this very transaction creates.
      entry('POST', 'Observation', observation(`Patient?identifier=${SYSTEM}|t1`)),
      entry('GET', `Patient?identifier=${SYSTEM}|t1`),
    ],
    { prefer: 'representation' },
  )
  t.strictSame(statusesOf(responses), ['201', '201', '201', '201', '201', '200'])
  const [first, second, third] = responses
  const place = placeOf(second)
  t.match(place, /^Patient\/[0-9a-z]{26}$/)
  t.equal(second?.fullUrl, `${BASE}/${place}`)
  t.match(first?.resource, {
    subject: { reference: place },
    text: { div: `<div xmlns="http://www.w3.org/1999/xhtml"><a href="${place}">${urn(1)}</a></div>` },
    performer: [{ reference: 'Organization/there' }, { reference: placeOf(third) }],
    hasMember: [{ reference: 'Observation/fixed' }],
    extension: [{ valueUri: place }],
    derivedFrom: [{ reference: 'https://elsewhere.test/fhir/Observation/1' }],
  })
  t.match(responses[4]?.resource, { subject: { reference: place } })
  t.match(responses[5]?.resource, { type: 'searchset', entry: [{ resource: { id: place.slice(8) } }] })
  const stored = await rest.send('GET', placeOf(first))
  t.match(resourceOf(stored), { subject: { reference: place }, meta: { versionId: '1' } })
  const traces = (await storedTraces(rest.db)).filter(({ entities }) => entities.length > 4)
  t.equal(traces.length, 1, 'one trace for all that was written')
  t.equal(traces[0]?.entities.length, 5)
})

t.test('deletes come first, then creates, updates and patches, then reads', async (t) => {
  await using rest = await restTest()
  const condition = `identifier=${SYSTEM}|o1`
  await rest.send('PUT', 'Patient/old', { body: patient('o1', { id: 'old' }) })
  await rest.send('PUT', 'Patient/kept', { body: patient('o2', { id: 'kept', active: true }) })
  const patch: JsonObject = {
    resourceType: 'Binary',
    contentType: 'application/json-patch+json',
    data: Buffer.from('[{"op":"replace","path":"/active","value":false}]').toString('base64'),
  }
  const responses = await sendBundle(rest, 'transaction', [
    entry('GET', 'Patient/kept'),
    entry('GET', 'Patient?_summary=count'),
    entry('PATCH', 'Patient/kept', patch, { ifMatch: 'W/"1"' }),
    entry('POST', 'Patient', patient('o1'), { ifNoneExist: condition }),
    entry('POST', 'Patient', patient('o1'), { ifNoneExist: condition }),
    entry('DELETE', `Patient?${condition}`),
    entry('DELETE', 'Patient/never'),
    entry('GET', 'Patient/kept', undefined, { ifNoneMatch: 'W/"2"' }),
  ])
  t.strictSame(statusesOf(responses), ['200', '200', '200', '201', '200', '204', '204', '304'])
  t.match(responses[0], {
    resource: { active: false, meta: { versionId: '2' } },
    response: { etag: 'W/"2"' },
  })
  t.match(responses[1]?.resource, { total: 2 })
  t.equal(placeOf(responses[3]), placeOf(responses[4]), 'the second of the same condition is the first')
  t.notOk(responses[3]?.resource, 'no resource unless asked for')
  t.equal((await refused(rest.send('GET', 'Patient/old')))[0], 410)
})

t.test('all or nothing, and every entry at fault is named', async (t) => {
  await using rest = await restTest()
  await rest.send('PUT', 'Patient/there', { body: patient('n1', { id: 'there' }) })
  await rest.send('POST', 'Patient', { body: patient('twin') })
  await rest.send('POST', 'Patient', { body: patient('twin') })
  const good = entry('POST', 'Patient', patient('n2'))
  const twin = `identifier=${SYSTEM}|twin`
  const cases: readonly (readonly [string, readonly Entry[], readonly [number, ...string[]]])[] = [
    [
      'resources that are not valid',
      [
        entry('POST', 'Patient', patient('x', { birthDate: 'then' })),
        entry('PUT', 'Patient/y', patient('y', { id: 'y', gender: 'z' })),
      ],
      [
        422,
        'type-attendu Bundle.entry[1].resource.birthDate',
        'code-inconnu Bundle.entry[2].resource.gender',
      ],
    ],
    [
      'of another type',
      [entry('POST', 'Observation', patient('x'))],
      [400, 'type-inattendu Bundle.entry[1].resource'],
    ],
    [
      'of no type',
      [entry('POST', 'Nothing', patient('x'))],
      [400, 'non-pris-en-charge Bundle.entry[1].request.url'],
    ],
    [
      'an operation',
      [entry('POST', 'Patient/$validate', patient('x'))],
      [400, 'non-pris-en-charge Bundle.entry[1].request.url'],
    ],
    [
      'a stale version',
      [entry('PUT', 'Patient/there', patient('z', { id: 'there' }), { ifMatch: 'W/"9"' })],
      [412, 'version-perimee Bundle.entry[1]'],
    ],
    [
      'another id',
      [entry('PUT', 'Patient/there', patient('z', { id: 'z' }))],
      [400, 'id-divergent Bundle.entry[1].resource.id'],
    ],
    [
      'several meet the condition',
      [entry('PUT', `Patient?${twin}`, patient('z'))],
      [412, 'correspondances-multiples Bundle.entry[1]'],
    ],
    [
      'several meet If-None-Exist',
      [entry('POST', 'Patient', patient('z'), { ifNoneExist: twin })],
      [412, 'correspondances-multiples Bundle.entry[1]'],
    ],
    [
      'an unknown parameter',
      [entry('PUT', 'Patient?nothing=1', patient('z'))],
      [400, 'parametre-inconnu Bundle.entry[1]'],
    ],
    [
      'a patch of nothing',
      [entry('PATCH', 'Patient/never', { resourceType: 'Parameters' })],
      [404, 'inconnu Bundle.entry[1]'],
    ],
    ['a read of nothing', [entry('GET', 'Patient/never')], [404, 'inconnu Bundle.entry[1]']],
    [
      'the same resource twice',
      [
        entry('DELETE', 'Patient/there'),
        entry('PUT', `Patient?identifier=${SYSTEM}|n1`, patient('n1', { id: 'there' })),
        entry('DELETE', 'Patient/there'),
      ],
      [400, 'ressource-en-double Bundle.entry[3]'],
    ],
    [
      'references that lead nowhere',
      [entry('POST', 'Observation', observation(urn(9)))],
      [422, 'reference-introuvable Bundle.entry[1].resource.subject.reference'],
    ],
    [
      'conditional references that lead nowhere',
      [
        entry('POST', 'Observation', observation(`Patient?identifier=${SYSTEM}|nobody`)),
        entry('POST', 'Observation', observation(`Patient?identifier=${SYSTEM}|no-one`)),
      ],
      [
        412,
        'reference-conditionnelle Bundle.entry[1].resource.subject.reference',
        'reference-conditionnelle Bundle.entry[2].resource.subject.reference',
      ],
    ],
    [
      'a conditional reference that leads to several',
      [entry('POST', 'Observation', observation(`Patient?${twin}`))],
      [412, 'reference-conditionnelle Bundle.entry[1].resource.subject.reference'],
    ],
    [
      'a conditional reference that is no search',
      [entry('POST', 'Observation', observation('Patient?nothing=1'))],
      [400, 'parametre-inconnu Bundle.entry[1].resource.subject.reference'],
    ],
    [
      'one fullUrl twice',
      [
        entry('POST', 'Patient', patient('x'), { fullUrl: urn(1) }),
        entry('POST', 'Patient', patient('y'), { fullUrl: urn(1) }),
      ],
      [422, 'valeur-invalide Bundle.entry[2].fullUrl'],
    ],
  ]
  const before = await total(rest, 'Patient')
  for (const [name, entries, expected] of cases) {
    const got = await refused(sendBundle(rest, 'transaction', [good, ...entries]))
    t.equal(got[0], expected[0], name)
    for (const issue of expected.slice(1)) t.ok(got.includes(issue), `${name}: ${got.join(', ')}`)
    t.equal(await total(rest, 'Patient'), before, `${name}: nothing is stored`)
  }
  const { send } = rest
  const bundle = (more: JsonObject) => send('POST', '', { body: { resourceType: 'Bundle', ...more } })
  t.same(await refused(bundle({ type: 'collection' })), [422, 'non-pris-en-charge Bundle.type'])
  t.same(await refused(send('POST', '', { body: patient('x') })), [400, 'type-inattendu Bundle'])
  t.match(resourceOf(await bundle({ type: 'transaction' })), {
    type: 'transaction-response',
    entry: undefined,
  })
  const small: RestEngine = { ...rest.engine, limits: { ...rest.engine.limits, maxEntries: 1 } }
  t.same(await refused(sendBundle(rest, 'transaction', [good, good], { engine: small })), [413, 'trop-long '])
})

t.test('a batch: every entry for itself', async (t) => {
  await using rest = await restTest()
  await rest.send('PUT', 'Patient/b0', { body: patient('b0', { id: 'b0' }) })
  const entries: Entry[] = [
    entry('GET', 'Patient/b1'),
    entry('POST', 'Patient', patient('b2')),
    entry('POST', 'Patient', patient('b3', { birthDate: 'then' })),
    entry('PUT', 'Patient/b1', patient('b1', { id: 'b1' })),
    entry('DELETE', 'Patient/b0'),
    entry('GET', 'Patient/never'),
    entry('GET', 'Nothing/1'),
    entry('PUT', 'Patient/b4', patient('b4', { id: 'b5' })),
    { request: { method: 'SHOUT', url: 'Patient' } },
    { request: { method: 'GET' } },
    entry('GET', '/Patient/b1', undefined, { ifNoneMatch: 'W/"1"' }),
    entry('GET', `${BASE}/Patient/b1`),
    entry('POST', '/', { resourceType: 'Bundle', type: 'batch' }),
    entry('HEAD', 'Patient/b1'),
  ]
  const responses = await sendBundle(rest, 'batch', entries)
  const expected = [
    '200',
    '201',
    '422',
    '201',
    '204',
    '404',
    '404',
    '400',
    '400',
    '400',
    '304',
    '200',
    '400',
    '200',
  ]
  t.strictSame(statusesOf(responses), expected)
  t.match(responses[0], { resource: { id: 'b1' }, response: { etag: 'W/"1"' } })
  t.notOk(responses[1]?.resource)
  t.notOk(responses[13]?.resource, 'HEAD')
  t.match(responses[2]?.response.outcome, {
    issue: [{ expression: ['Bundle.entry[2].resource.birthDate'] }],
  })
  t.equal(await total(rest, 'Patient'), 2)
  const traces = await storedTraces(rest.db)
  const names = new Set(traces.filter((one) => one.request_id === 'test').map((one) => one.interaction))
  t.ok(names.has('delete') && names.has('create'), 'each entry has a trace of its own')
  const told = await sendBundle(
    rest,
    'batch',
    [entry('DELETE', 'Patient/b1'), entry('POST', 'Patient', patient('b6'))],
    {
      prefer: 'OperationOutcome',
    },
  )
  for (const { response, resource } of told) {
    t.notOk(resource)
    t.match(response.outcome, { resourceType: 'OperationOutcome' })
  }
  const broken: RestEngine = {
    ...rest.engine,
    dispatch: async (engine, exchange, request) => {
      if (request.url === 'Patient/b4') throw new Error('unforeseen')
      return rest.engine.dispatch(engine, exchange, request)
    },
  }
  const body: JsonObject = {
    resourceType: 'Bundle',
    type: 'batch',
    entry: [entry('GET', 'Patient/b4') as JsonObject],
  }
  const { bundle } = await import('../../../src/interactions/rest/bundle/bundle.ts')
  const { startTrace } = await import('../../../src/interactions/start-trace.ts')
  const now = Date.now()
  const trace = startTrace(broken, 'bundle', { now, requestId: 'test', network: '' })
  const answer = await bundle(
    broken,
    { caller: { key: '' }, language: 'en', now, trace, handling: 'strict', prefer: undefined },
    {
      type: '',
      id: '',
      version: '',
      pairs: [],
      body: { format: 'resource', resource: body },
      form: () => 'binary',
    },
  )
  t.match(resourceOf(answer), { entry: [{ response: { status: '500 Internal Server Error' } }] })
  t.match(rest.failures, [{ message: 'unforeseen' }], 'the log is told')
})

t.test(
  'writers with the same resources in opposite order: no deadlock, nothing but 200 and honest conflicts',
  async (t) => {
    await using rest = await restTest()
    const ids = Array.from({ length: 12 }, (_, i) => `w${i}`)
    const writers = Array.from({ length: 8 }, (_, w) => {
      const entries = ids.map((id) => entry('PUT', `Patient/${id}`, patient(`${w}`, { id })))
      const conditional = ['c1', 'c2'].map((value) =>
        entry('PUT', `Patient?identifier=${SYSTEM}|${value}`, patient(value, { active: w % 2 === 0 })),
      )
      const all = [...entries, ...conditional]
      return sendBundle(rest, 'transaction', w % 2 === 0 ? all : all.reverse())
    })
    const outcomes = await Promise.allSettled(writers)
    for (const outcome of outcomes) {
      t.equal(outcome.status, 'fulfilled', outcome.status === 'rejected' ? String(outcome.reason) : 'written')
    }
    t.equal(await total(rest, 'Patient'), ids.length + 2, 'each condition made one')
    // Whoever came last wrote all of them.
    const values = new Set<string>()
    for (const id of ids) {
      const { identifier } = resourceOf(await rest.send('GET', `Patient/${id}`))
      const [first] = Array.isArray(identifier) ? identifier : []
      values.add(isJsonObject(first) ? String(first.value) : '')
    }
    t.equal(values.size, 1)
  },
)

t.test(
  'a transaction leaves what the same requests would, one after the other in the order of processing',
  async (t) => {
    await using rest = await restTest()
    const ids = ['a', 'b', 'c', 'd']
    const operation = fc.record({
      method: fc.constantFrom('PUT' as const, 'PUT' as const, 'DELETE' as const),
      id: fc.constantFrom(...ids),
      value: fc.integer({ min: 0, max: 1 }),
    })
    const size = { minLength: 1, maxLength: 4, size: 'max' as const }
    const operations = fc.oneof(
      { weight: 5, arbitrary: fc.uniqueArray(operation, { ...size, selector: ({ id }) => id }) },
      { weight: 1, arbitrary: fc.array(operation, size) },
    )
    const state = new Map<string, { value: number | undefined; version: number }>()
    const seen = { refused: 0, unchanged: 0, revived: 0 }
    await fc.assert(
      fc.asyncProperty(operations, async (list) => {
        const work = sendBundle(
          rest,
          'transaction',
          list.map(({ method, id, value }) =>
            entry(method, `Patient/${id}`, method === 'PUT' ? patient(`${value}`, { id }) : undefined),
          ),
        )
        if (new Set(list.map(({ id }) => id)).size < list.length) {
          seen.refused++
          return (await refused(work))[0] === 400
        }
        const responses = await work
        return list.every(({ method, id, value }, i) => {
          const before = state.get(id) ?? { value: undefined, version: 0 }
          const after = method === 'DELETE' ? undefined : value
          const same = before.value === after
          const version = same ? before.version : before.version + 1
          state.set(id, { value: after, version })
          if (same && after !== undefined) seen.unchanged++
          if (after !== undefined && before.value === undefined && before.version > 0) seen.revived++
          const status = after === undefined ? '204' : before.value === undefined ? '201' : '200'
          const { response } = responses[i] ?? { response: { status: '' } }
          const etag = version === 0 ? undefined : `W/"${version}"`
          return response.status.startsWith(status) && response.etag === etag
        })
      }),
      { numRuns: 80 },
    )
    t.ok(seen.refused > 0 && seen.unchanged > 0 && seen.revived > 0, JSON.stringify(seen))
  },
)
