/** Where the profile without tokens may run, and on which database. */
import t from 'tap'
import { readConfig } from '../src/config/config.ts'
import { withOwner } from '../src/storage/connection/owner-connection.ts'
import { claimDatabase } from '../src/storage/schema/claim-database.ts'
import { testDatabase } from './support/database.ts'

const ISSUERS = '[{"issuer":"https://i.test","jwksUri":"https://i.test/jwks"}]'

t.test('on the loopback interface alone, and not in production', async (t) => {
  for (const host of ['127.0.0.1', '::1', 'localhost'])
    t.equal(readConfig({ DMP_PROFILE: 'fhir', HOST: host }).profile, 'fhir')
  t.equal(readConfig({ DMP_PROFILE: 'fhir', HOST: '' }).host, '127.0.0.1', 'empty is not set')
  const refused: readonly Readonly<Record<string, string>>[] = [
    { HOST: '0.0.0.0' },
    { HOST: '::' },
    { HOST: '192.168.1.1' },
    { NODE_ENV: 'production' },
    { DMP_ISSUERS: ISSUERS },
  ]
  for (const settings of refused)
    t.throws(
      () => readConfig({ DMP_PROFILE: 'fhir', ...settings }),
      { name: 'ConfigError', message: /^DMP_PROFILE=fhir/ },
      JSON.stringify(settings),
    )
  t.throws(() => readConfig({ DMP_PROFILE: 'r4' }), { name: 'ConfigError', message: /DMP_PROFILE/ })
  t.equal(readConfig({ DMP_PROFILE: 'fhir' }).sandbox, false)
  t.equal(readConfig({}).profile, 'dmp')
})

t.test('a database belongs to the profile that made it', async (t) => {
  await using empty = await testDatabase()
  await claimDatabase(empty.owner, 'fhir')
  await claimDatabase(empty.owner, 'fhir')
  await t.rejects(claimDatabase(empty.owner, 'dmp'), {
    name: 'DatabaseProfileError',
    message: /made by the profile fhir/,
  })

  await using dmp = await testDatabase()
  await claimDatabase(dmp.owner, 'dmp')
  await t.rejects(claimDatabase(dmp.owner, 'fhir'), { name: 'DatabaseProfileError' })
})

t.test('a database that holds data and names no profile is of the DMP', async (t) => {
  await using old = await testDatabase()
  await withOwner(old.owner, (client) =>
    client.query(
      `insert into patient_identifier (system, value, patient_key, since)
       values ('urn:oid:1', '1', gen_random_uuid(), now())`,
    ),
  )
  await t.rejects(claimDatabase(old.owner, 'fhir'), { name: 'DatabaseProfileError' })
  await claimDatabase(old.owner, 'dmp')
})

t.test('of two that come at once, one takes it', async (t) => {
  await using database = await testDatabase()
  const outcomes = await Promise.allSettled([
    claimDatabase(database.owner, 'fhir'),
    claimDatabase(database.owner, 'dmp'),
  ])
  t.same(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
})
