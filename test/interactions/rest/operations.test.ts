/** Operations of the plain FHIR interactions: what their tables name, and what they refuse without asking the database. */
import t from 'tap'
import { FhirError } from '../../../src/fhir/fhir-error.ts'
import { careDates } from '../../../src/interactions/rest/operations/care-dates.ts'
import { everything } from '../../../src/storage/resources/reach.ts'
import { readMetaInUse } from '../../../src/storage/resources/read-meta-in-use.ts'
import { testRegistry } from '../../support/registry.ts'
import { resourceOf, restTest } from '../../support/rest-engine.ts'
import { storedTraces } from '../../support/stored-traces.ts'

const registry = testRegistry()

t.test('care dates are dates that can be searched, of types that tell of a patient', async (t) => {
  t.ok(careDates.size > 30, 'not vacuous')
  for (const [type, codes] of careDates) {
    t.ok(registry.compartmentParameters('Patient', type).length > 0, `${type} is of the compartment`)
    for (const code of codes)
      t.equal(registry.searchParameters(type).get(code)?.type, 'date', `${type}.${code}`)
  }
})

t.test('meta in use: codings by system and code, profiles as they stand; too much is refused', async (t) => {
  await using test = await restTest()
  const meta = {
    profile: ['http://p/2', 'http://p/1'],
    tag: [
      { system: 's', code: 'a' },
      { system: 's', code: 'a', display: 'A' },
      { code: 'a' },
      { display: 'no code' },
    ],
  }
  await test.send('POST', 'Basic', { body: { resourceType: 'Basic', code: { text: 'x' }, meta } })
  await test.send('POST', 'Patient', { body: { resourceType: 'Patient', meta: { security: meta.tag } } })
  const used = async (url: string) => resourceOf(await test.send('GET', url)).parameter
  const codings = [{ code: 'a' }, { system: 's', code: 'a', display: 'A' }]
  const profile = ['http://p/1', 'http://p/2']
  t.same(await used('Basic/$meta'), [{ name: 'return', valueMeta: { profile, tag: codings } }])
  t.same(await used('Patient/$meta'), [{ name: 'return', valueMeta: { security: codings } }])
  t.same(await used('$meta'), [{ name: 'return', valueMeta: { profile, security: codings, tag: codings } }])
  t.same(await used('Device/$meta'), undefined, 'nothing')

  const many = Array.from({ length: 1001 }, (_nothing, index) => ({ system: 's', code: `c${index}` }))
  await test.send('POST', 'Patient', { body: { resourceType: 'Patient', meta: { tag: many } } })
  const { engine } = test
  await t.rejects(
    readMetaInUse(engine.db, engine.partition, ['Patient'], everything),
    FhirError,
    'too many values',
  )
  t.ok(
    await readMetaInUse(engine.db, engine.partition, ['Basic'], everything),
    'of a type with few of them it is not',
  )
})

t.test('the capabilities are an entry like any other, with a trace', async (t) => {
  await using test = await restTest()
  const body = {
    resourceType: 'Bundle',
    type: 'batch',
    entry: [{ request: { method: 'GET', url: 'metadata' } }],
  }
  const answered = resourceOf(await test.send('POST', '', { body }))
  t.match(answered, {
    entry: [{ resource: { resourceType: 'CapabilityStatement' }, response: { status: '200 OK' } }],
  })
  t.equal((await storedTraces(test.db, 'capabilities')).length, 1)
})
