/** `bench traces`, scaled down: the table it makes is one that a server could have written, and its figures are of what it says. */
import t from 'tap'
import { kindOf, kinds, nationalMix } from '../../scripts/bench/made-up-traces.ts'
import { readOptions } from '../../scripts/bench/options.ts'
import { makeTracesDatabase } from '../../scripts/bench/traces-database.ts'
import { loadTraces } from '../../scripts/bench/traces-load.ts'
import { measureSize } from '../../scripts/bench/traces-size.ts'
import {
  measureInsertion,
  measurePage,
  measureVerification,
  type VolumeOfTraces,
} from '../../scripts/bench/traces-volume.ts'
import { withClient } from '../../scripts/bench/with-client.ts'
import { testDatabase } from '../support/database.ts'
import { storedTraces } from '../support/stored-traces.ts'

const TRACES = 4_000

t.test('a mix is kept in each hundred, and its kinds are mixed', async (t) => {
  for (const begin of [0, 100, 12_300]) {
    const counts = Object.fromEntries(kinds.map((kind) => [kind, 0]))
    for (let n = begin; n < begin + 100; n++) {
      const kind = kindOf(nationalMix, n)
      counts[kind] = (counts[kind] ?? 0) + 1
    }
    t.same(counts, nationalMix)
  }
  const first = Array.from({ length: 20 }, (_, n) => kindOf(nationalMix, n))
  t.ok(new Set(first).size >= 3, first.join(', '))
})

t.test('what is loaded verifies, is read by patients, and takes more', { timeout: 300_000 }, async (t) => {
  await using test = await testDatabase()
  const name = (of: string): string => `${test.owner.database}_${of}`
  const [many, few] = [
    await makeTracesDatabase(test.owner, name('many')),
    await makeTracesDatabase(test.owner, name('few')),
  ]
  t.teardown(() =>
    withClient({ ...test.owner, database: 'postgres' }, async (client) => {
      for (const of of ['many', 'few']) await client.query(`drop database if exists ${name(of)}`)
    }),
  )
  const patients = await loadTraces(many, TRACES)
  t.equal(patients.length, TRACES / 100)
  const traces = await withClient(many.owner, (client) =>
    storedTraces(async (text) => (await client.query(text)).rows),
  )
  t.equal(traces.length, TRACES)
  t.ok(new Set(traces.map(({ patient_key: key }) => key)).size > patients.length / 2, 'spread over patients')
  t.ok(traces.some(({ entities }) => entities.length === 20) && traces.some(({ status }) => status === 403))
  const verified = await measureVerification(many)
  t.equal(verified.rows, TRACES, 'as a server would have sealed and signed it')
  await withClient(many.owner, (client) => client.query('delete from audit where seq = 77'))
  await t.rejects(measureVerification(many), /faults?, the first: .*removed/, 'and a row less is found')
  const page = await measurePage(many, patients, 100)
  t.ok(page.p50 > 0 && page.p50 <= page.p99)

  const sizes = await measureSize(few, 1_000)
  t.same(
    sizes.map(({ of }) => of),
    [...kinds, 'the mix'],
  )
  const bytes = Object.fromEntries(sizes.map(({ of, rows }) => [of, rows]))
  t.ok((bytes['search of 20'] ?? 0) > (bytes.read ?? 0) + 300, 'twenty documents are named')

  const options = readOptions(['traces', '--rounds', '2', '--seconds', '0.05', '--connections', '8'])
  const at = { full: many, empty: few, patients, postmasterPid: process.pid, options }
  const insertion: VolumeOfTraces['insertion'] = await measureInsertion(at)
  t.ok(insertion.ratio.median > 0)
  const after = await withClient(few.owner, (client) =>
    client.query('select count(*)::integer as n from audit'),
  )
  const written = insertion.baseline.rounds.reduce((sum, { pieces }) => sum + pieces, 0)
  t.ok(after.rows[0].n >= written && written > 0, `${written} were written`)
})
