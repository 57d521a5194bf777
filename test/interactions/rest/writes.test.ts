/** Single writes: what FHIR says of each, and that races and failures neither lose nor repeat anything. */
import t from 'tap'
import { FhirError } from '../../../src/fhir/fhir-error.ts'
import { Decimal, type JsonObject, parseJson } from '../../../src/fhir/json.ts'
import type { Answer } from '../../../src/interactions/exchange.ts'
import { readBody } from '../../../src/interactions/read-body.ts'
import type { RestEngine } from '../../../src/interactions/rest/rest-engine.ts'
import { CreationWriter } from '../../../src/interactions/rest/write/creation-writer.ts'
import type { Database } from '../../../src/storage/database.ts'
import { sql } from '../../../src/storage/sql.ts'
import { interactionCodes } from '../../../src/storage/traces/trace-codes.ts'
import { testRegistry } from '../../support/registry.ts'
import { type RestTest, resourceOf, restTest } from '../../support/rest-engine.ts'
import { storedTraces } from '../../support/stored-traces.ts'

const NOW = Date.parse('2026-11-22T08:00:00Z')
const SYSTEM = 'https://example.org/mrn'

function patient(value: string, more: JsonObject = {}): JsonObject {
  return { resourceType: 'Patient', identifier: [{ system: SYSTEM, value }], ...more }
}

const idOf = ({ location = '' }: Answer): string => location.split('/')[1] ?? ''

async function refused(work: Promise<unknown>): Promise<readonly [number, ...string[]]> {
  try {
    await work
  } catch (error) {
    if (error instanceof FhirError) return [error.status, ...error.issues.map((i) => i.error)]
    throw error
  }
  return [0]
}

async function versionsOf({ send }: RestTest, type: string, id: string): Promise<string[]> {
  const history = resourceOf(await send('GET', `${type}/${id}/_history`))
  const entries = history.entry as { request: { method: string }; response: { etag: string } }[]
  return entries.map(({ request, response }) => `${request.method} ${response.etag}`)
}

t.test('create: id, version and time are the server’s, the rest of meta the client’s', async (t) => {
  await using rest = await restTest()
  const { send } = rest
  const body = parseJson(
    JSON.stringify(
      patient('c1', {
        id: 'no id at all!',
        meta: { versionId: '9', lastUpdated: '2001-01-01T00:00:00Z', tag: [{ code: 'kept' }] },
        extension: [{ url: 'https://example.org/x', valueDecimal: 'DECIMAL' }],
      }),
    ).replace('"DECIMAL"', '1.10'),
  ) as JsonObject
  const created = await send('POST', 'Patient', { body, now: NOW })
  const id = idOf(created)
  t.match(created, {
    status: 201,
    location: `Patient/${id}/_history/1`,
    etag: 'W/"1"',
    lastModified: NOW,
  })
  t.match(id, /^[0-9a-z]{26}$/)
  const stored = resourceOf(created)
  t.strictSame(stored, {
    ...body,
    id,
    meta: { versionId: '1', lastUpdated: '2026-11-22T08:00:00.000Z', tag: [{ code: 'kept' }] },
  })
  t.ok(
    (stored.extension as { valueDecimal: unknown }[])[0]?.valueDecimal instanceof Decimal,
    '1.10 stays 1.10',
  )
  t.equal((await send('GET', `Patient/${id}`)).body, created.body, 'read as it was answered')
  const [row] = await storedTraces(rest.db, 'create')
  t.match(row, { interaction: 'create', status: 201, entities: [`Patient/${id}/1`] })

  t.equal((await send('POST', 'Patient', { body, prefer: 'minimal' })).body, undefined)
  const told = resourceOf(await send('POST', 'Patient', { body, prefer: 'OperationOutcome' }))
  t.match(told, {
    resourceType: 'OperationOutcome',
    issue: [{ severity: 'information', code: 'informational' }],
  })
  t.same(await refused(send('POST', 'Patient')), [400, 'corps-absent'])
  t.same(await refused(send('POST', 'Patient', { body: { resourceType: 'Observation' } })), [
    400,
    'type-inattendu',
  ])
  t.equal(
    (await refused(send('POST', 'Patient', { body: patient('c2', { birthDate: '2026-02-30' }) })))[0],
    422,
  )
})

t.test('update: versions, preconditions, and no version for what changes nothing', async (t) => {
  await using rest = await restTest()
  const { send } = rest
  const body = patient('u1', { id: 'u1' })
  t.match(await send('PUT', 'Patient/u1', { body, now: NOW }), {
    status: 201,
    location: 'Patient/u1/_history/1',
  })
  const again = await send('PUT', 'Patient/u1', {
    body: { ...body, meta: { versionId: '7' } },
    now: NOW + 1000,
  })
  t.match(again, { status: 200, etag: 'W/"1"', lastModified: NOW }, 'identical')
  t.notOk(again.location)
  t.match(await send('PUT', 'Patient/u1', { body: { ...body, active: true }, now: NOW - 5000 }), {
    status: 200,
    etag: 'W/"2"',
    lastModified: NOW,
  })
  t.same(await versionsOf(rest, 'Patient', 'u1'), ['PUT W/"2"', 'PUT W/"1"'])

  const changed = { ...body, gender: 'other' }
  const cases: readonly (readonly [object, readonly [number, ...string[]]])[] = [
    [{ ifMatch: 'W/"1"' }, [412, 'version-perimee']],
    [{ ifMatch: '"1", "3"' }, [412, 'version-perimee']],
    [{ ifMatch: 'W/"abc"' }, [412, 'version-perimee']],
    [{ ifMatch: '2' }, [400, 'valeur-invalide']],
    [{ ifMatch: 'W/"2" or so' }, [400, 'valeur-invalide']],
    [{ ifNoneMatch: '*' }, [412, 'ressource-existante']],
    [{ ifNoneMatch: 'W/"2"' }, [412, 'ressource-existante']],
    [{ body: { ...changed, id: 'other' } }, [400, 'id-divergent']],
    [{ body: patient('x') }, [400, 'id-divergent']],
  ]
  for (const [more, expected] of cases) {
    t.same(
      await refused(send('PUT', 'Patient/u1', { body: changed, ...more })),
      expected,
      JSON.stringify(more),
    )
  }
  t.same(await refused(send('PUT', 'Patient/u9', { body: patient('x', { id: 'u9' }), ifMatch: '*' })), [
    412,
    'version-perimee',
  ])
  t.same(await refused(send('PUT', `Patient/${'a'.repeat(65)}`, { body })), [400, 'valeur-invalide'])
  t.match(await send('PUT', 'Patient/u1', { body: changed, ifMatch: '"1", W/"2"' }), { etag: 'W/"3"' })
  t.match(await send('PUT', 'Patient/u9', { body: patient('x', { id: 'u9' }), ifNoneMatch: '*' }), {
    status: 201,
  })

  const strict: RestEngine = { ...rest.engine, settings: { ...rest.engine.settings, updateCreate: false } }
  t.same(await refused(send('PUT', 'Patient/new', { body: patient('n', { id: 'new' }), engine: strict })), [
    405,
    'creation-par-id',
  ])
  await send('DELETE', 'Patient/u1')
  const revived = await send('PUT', 'Patient/u1', { body: changed, engine: strict })
  t.match(revived, { status: 201, etag: 'W/"5"' }, 'what was there once comes back, and its versions go on')
})

t.test('delete: gone, and its history stays', async (t) => {
  await using rest = await restTest()
  const { send } = rest
  await send('PUT', 'Patient/d1', { body: patient('d1', { id: 'd1' }) })
  t.same(await refused(send('DELETE', 'Patient/d1', { ifMatch: 'W/"4"' })), [412, 'version-perimee'])
  t.match(await send('DELETE', 'Patient/d1', { ifMatch: 'W/"1"' }), {
    status: 204,
    etag: 'W/"2"',
    body: undefined,
  })
  t.same(await refused(send('GET', 'Patient/d1')), [410, 'supprime'])
  t.same(await refused(send('DELETE', 'Patient/d1', { ifMatch: '*' })), [412, 'version-perimee'])
  t.equal((await send('DELETE', 'Patient/d1')).status, 204)
  t.equal((await send('DELETE', 'Patient/never')).status, 204)
  t.match(await send('DELETE', 'Patient/never', { prefer: 'OperationOutcome' }), {
    status: 200,
    body: /ressource-absente/,
  })
  t.same(await versionsOf(rest, 'Patient', 'd1'), ['DELETE W/"2"', 'PUT W/"1"'])
  t.match(resourceOf(await send('GET', 'Patient/d1/_history/1')), { id: 'd1' })

  for (const value of ['a', 'a', 'b']) await send('POST', 'Patient', { body: patient(value) })
  const single: RestEngine = {
    ...rest.engine,
    settings: { ...rest.engine.settings, conditionalDelete: 'single' },
  }
  const several: RestEngine = {
    ...rest.engine,
    settings: { ...rest.engine.settings, conditionalDelete: 'multiple' },
  }
  const url = `Patient?identifier=${SYSTEM}|`
  t.same(await refused(send('DELETE', `${url}a`, { engine: single })), [412, 'correspondances-multiples'])
  t.equal((await send('DELETE', `${url}b`, { engine: single })).status, 204)
  t.equal((await send('DELETE', `${url}a`, { engine: several })).status, 204)
  t.equal((await send('DELETE', `${url}a`, { engine: several })).status, 204, 'none')
  t.match(resourceOf(await send('GET', 'Patient?_total=accurate')), { total: 0 })
  t.equal((await refused(send('DELETE', 'Patient', { engine: several })))[0], 412, 'without a criterion')
})

t.test('patch: JSON and FHIRPath, by id and by condition', async (t) => {
  await using rest = await restTest()
  const { send } = rest
  await send('PUT', 'Patient/p1', { body: patient('p1', { id: 'p1', active: true }) })
  const jsonPatch = (operations: unknown): JsonObject => ({
    resourceType: 'Binary',
    contentType: 'application/json-patch+json',
    data: Buffer.from(JSON.stringify(operations)).toString('base64'),
  })
  const replace = (path: string, value: unknown) => jsonPatch([{ op: 'replace', path, value }])
  t.match(await send('PATCH', 'Patient/p1', { body: replace('/active', false) }), {
    status: 200,
    etag: 'W/"2"',
  })
  t.match(await send('PATCH', 'Patient/p1', { body: replace('/active', false) }), {
    status: 200,
    etag: 'W/"2"',
  })
  const fhirPath: JsonObject = {
    resourceType: 'Parameters',
    parameter: [
      {
        name: 'operation',
        part: [
          { name: 'type', valueCode: 'add' },
          { name: 'path', valueString: 'Patient' },
          { name: 'name', valueString: 'birthDate' },
          { name: 'value', valueDate: '1980-01-01' },
        ],
      },
    ],
  }
  const by = `Patient?identifier=${SYSTEM}|p1`
  t.match(await send('PATCH', by, { body: fhirPath, ifMatch: 'W/"2"' }), {
    status: 200,
    etag: 'W/"3"',
    body: /"birthDate":"1980-01-01"/,
  })
  t.same(await versionsOf(rest, 'Patient', 'p1'), ['PATCH W/"3"', 'PATCH W/"2"', 'PUT W/"1"'])
  t.same(await refused(send('PATCH', 'Patient/p1', { body: replace('/id', 'x') })), [422, 'patch-identite'])
  t.equal((await refused(send('PATCH', 'Patient/p1', { body: replace('/birthDate', 'then') })))[0], 422)
  t.same(await refused(send('PATCH', 'Patient/p1', { body: replace('/active', true), ifMatch: 'W/"1"' })), [
    412,
    'version-perimee',
  ])
  t.same(await refused(send('PATCH', 'Patient/p1', { body: patient('x') })), [400, 'type-inattendu'])
  t.same(await refused(send('PATCH', 'Patient/never', { body: fhirPath })), [404, 'inconnu'])
  t.same(await refused(send('PATCH', `${by}0`, { body: fhirPath })), [404, 'inconnu'])
  await send('POST', 'Patient', { body: patient('p1') })
  t.same(await refused(send('PATCH', by, { body: fhirPath })), [412, 'correspondances-multiples'])
  await send('DELETE', 'Patient/p1')
  t.same(await refused(send('PATCH', 'Patient/p1', { body: fhirPath })), [410, 'supprime'])
})

t.test('conditional create and update', async (t) => {
  await using rest = await restTest()
  const { send } = rest
  const condition = `identifier=${SYSTEM}|k1`
  const by = `Patient?${condition}`
  const first = await send('POST', 'Patient', { body: patient('k1'), ifNoneExist: condition })
  t.equal(first.status, 201)
  for (const ifNoneExist of [condition, `?${condition}`, by]) {
    const second = await send('POST', 'Patient', { body: patient('k1', { active: true }), ifNoneExist })
    t.match(second, { status: 200, location: first.location, etag: 'W/"1"', body: first.body }, ifNoneExist)
  }
  const id = idOf(first)
  t.match(await send('PUT', by, { body: patient('k1', { active: true }) }), { status: 200, etag: 'W/"2"' })
  t.match(await send('PUT', by, { body: patient('k1', { id, active: false }) }), {
    status: 200,
    etag: 'W/"3"',
  })
  t.same(await refused(send('PUT', by, { body: patient('k1', { id: 'other' }) })), [400, 'id-divergent'])
  const none = `Patient?identifier=${SYSTEM}|k2`
  t.same(await refused(send('PUT', none, { body: patient('k2', { id }) })), [409, 'condition-divergente'])
  const created = await send('PUT', none, { body: patient('k2') })
  t.equal(created.status, 201)
  t.match(idOf(created), /^[0-9a-z]{26}$/)
  const chosen = await send('PUT', `Patient?identifier=${SYSTEM}|k3`, { body: patient('k3', { id: 'k3' }) })
  t.match(chosen, { status: 201, location: 'Patient/k3/_history/1' })

  await send('POST', 'Patient', { body: patient('k1') })
  t.same(await refused(send('PUT', by, { body: patient('k1') })), [412, 'correspondances-multiples'])
  t.same(await refused(send('POST', 'Patient', { body: patient('k1'), ifNoneExist: condition })), [
    412,
    'correspondances-multiples',
  ])
  t.equal((await refused(send('POST', 'Patient', { body: patient('k1'), ifNoneExist: 'nothing=1' })))[0], 400)
  t.equal((await refused(send('POST', 'Patient', { body: patient('k1'), ifNoneExist: '' })))[0], 412)
})

t.test('races: one create of many, one winner of many updates, none lost without If-Match', async (t) => {
  await using rest = await restTest()
  const { send } = rest
  const ifNoneExist = `identifier=${SYSTEM}|r1`
  const creates = await Promise.all(
    Array.from({ length: 32 }, () => send('POST', 'Patient', { body: patient('r1'), ifNoneExist })),
  )
  t.equal(creates.filter(({ status }) => status === 201).length, 1)
  t.equal(new Set(creates.map(({ location }) => location)).size, 1)

  const id = idOf(creates[0] ?? { status: 0 })
  const guarded = await Promise.allSettled(
    Array.from({ length: 16 }, (_, i) =>
      send('PUT', `Patient/${id}`, { body: patient(`r${i + 2}`, { id }), ifMatch: 'W/"1"' }),
    ),
  )
  t.equal(guarded.filter(({ status }) => status === 'fulfilled').length, 1)
  for (const outcome of guarded) {
    if (outcome.status === 'rejected') t.equal((outcome.reason as FhirError).status, 412)
  }
  const free = await Promise.all(
    Array.from({ length: 16 }, (_, i) => send('PUT', `Patient/${id}`, { body: patient(`f${i}`, { id }) })),
  )
  t.strictSame(
    free.map(({ etag }) => Number(etag?.slice(3, -1))).sort((a, b) => a - b),
    Array.from({ length: 16 }, (_, i) => i + 3),
    'each its own version',
  )
  const upserts = await Promise.all(
    Array.from({ length: 16 }, (_, i) => send('PUT', 'Patient/up', { body: patient(`f${i}`, { id: 'up' }) })),
  )
  t.equal(upserts.filter(({ status }) => status === 201).length, 1)
})

/** Transactions whose last act, before the commit, fails as PostgreSQL would fail it. */
function failing(db: Database, code: string, times: number): Database & { readonly runs: () => number } {
  let runs = 0
  return {
    ...db,
    runs: () => runs,
    transaction: (work) =>
      db.transaction(async (tx) => {
        const result = await work(tx)
        if (++runs <= times) {
          await tx.run(
            code === '40001'
              ? sql`do $$ begin raise exception 'injected' using errcode = '40001'; end $$`
              : sql`do $$ begin raise exception 'injected' using errcode = '08006'; end $$`,
          )
        }
        return result
      }),
  }
}

t.test(
  'a serialization failure at commit is run again from scratch, and nothing of it is reported',
  async (t) => {
    await using rest = await restTest()
    const { send } = rest
    const counts = async () => {
      const [row] = await rest.db.run<{ resources: number; traces: number }>(
        sql`select (select count(*) from resource)::integer as resources,
        (select count(*) from audit a where a.interaction = ${interactionCodes.create}::smallint)::integer as traces`,
      )
      return row
    }
    const on = (db: Database): RestEngine => ({
      ...rest.engine,
      db,
      creations: new CreationWriter(db, rest.engine.index),
    })
    const twice = failing(rest.db, '40001', 2)
    const created = await send('POST', 'Patient', {
      body: patient('s1'),
      engine: on(twice),
    })
    t.equal(created.status, 201)
    t.equal(twice.runs(), 3)
    t.same(await counts(), { resources: 1, traces: 1 })
    t.match(resourceOf(await send('GET', `Patient/${idOf(created)}`)), { id: idOf(created) })

    const always = failing(rest.db, '40001', 1000)
    t.same(await refused(send('POST', 'Patient', { body: patient('s2'), engine: on(always) })), [
      503,
      'conflit-concurrent',
    ])
    t.ok(always.runs() > 2 && always.runs() < 20, 'bounded')
    t.same(await counts(), { resources: 1, traces: 2 }, 'the refusal is traced, and nothing is stored')

    const lost = failing(rest.db, '08006', 1000)
    t.same(await refused(send('POST', 'Patient', { body: patient('s3'), engine: on(lost) })), [
      503,
      'indisponible',
    ])
    t.equal(lost.runs(), 1, 'what may have been committed is not run again')
  },
)

t.test('bodies: JSON, XML, and what is neither', async (t) => {
  const registry = testRegistry()
  const read = (format: 'json' | 'xml' | 'json-patch', text: string) => async () =>
    readBody({ registry, limits: { maxDepth: 10, maxEntries: 1, maxDocumentBytes: 1 } }, { format, text })
  const decimal = await read('xml', '<Basic xmlns="http://hl7.org/fhir"><id value="x"/></Basic>')()
  t.strictSame(decimal, { resourceType: 'Basic', id: 'x' })
  const json = await read('json', '{"resourceType":"Basic","x":1.10}')()
  t.ok(json.x instanceof Decimal)
  const cases = [
    ['json', '{"resourceType":', 400, 'json-invalide'],
    ['json', '[]', 400, 'type-inattendu'],
    ['json', '{"resourceType":3}', 400, 'type-inattendu'],
    ['json', '[[[[[[[[[[[[[[]]]]]]]]]]]]]]', 400, 'json-invalide'],
    ['xml', '<Basic xmlns="http://hl7.org/fhir"><id value="x"></Basic>', 400, 'xml-invalide'],
    ['xml', '<!DOCTYPE x><Basic xmlns="http://hl7.org/fhir"/>', 400, 'xml-invalide'],
    ['xml', '<Basic xmlns="http://hl7.org/fhir"><nothing value="x"/></Basic>', 422, 'element-inconnu'],
    ['json-patch', '[]', 415, 'format-envoye'],
  ] as const
  for (const [format, text, ...expected] of cases) t.same(await refused(read(format, text)()), expected, text)
})
