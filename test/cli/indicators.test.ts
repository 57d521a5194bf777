/** `dmp indicators rebuild`, as an operator runs it beside nothing: counts that were altered are counted anew. */
import t from 'tap'
import { commandLine } from '../../src/cli/command-line.ts'
import { timeOfUuid } from '../../src/fhir/id.ts'
import { idAt, named, traceOf, UsageWorld } from '../indicators/usage-world.ts'
import { testDatabase } from '../support/database.ts'

type Run = { readonly code: number; readonly out: string; readonly err: string }

async function run(args: readonly string[], env: Record<string, string> = {}): Promise<Run> {
  const out: string[] = []
  const err: string[] = []
  const io = { out: (text: string) => void out.push(text), err: (text: string) => void err.push(text), env }
  const code = await commandLine(['indicators', ...args], io)
  return { code, out: out.join('\n'), err: err.join('\n') }
}

t.test('what it is told, and what it refuses', async (t) => {
  t.match(await run(['--help']), { code: 0, out: /dmp indicators rebuild/ })
  t.match(await run([]), { code: 64, out: '', err: /usage/ })
  t.match(await run(['count']), { code: 64, err: /no such command: indicators count/ })
  t.match(await run(['rebuild', '--now']), { code: 64, err: /--now/ })
})

t.test('counts that were altered are counted anew; those of months without traces stay', async (t) => {
  await using database = await testDatabase()
  await using world = await UsageWorld.of(database.owner)
  const { host, port, user, password, database: name } = database.owner
  const url = `postgres://${user}:${encodeURIComponent(password)}@${encodeURIComponent(host)}:${port}/${name}`
  const at = Date.parse('2026-09-10T00:00:00Z')
  const document = {
    patientKey: idAt(1),
    id: idAt(at),
    type: 'http://loinc.org|11490-0',
    authors: ['st:1750000001'],
    facility: '',
    created: at,
  }
  await world.insertDocument(document)
  const { patientKey: patient_key } = document
  const entities = [named(document)]
  const recorded = timeOfUuid(document.id)
  await world.insertTrace(
    1,
    traceOf({ patient_key, recorded, interaction: 'publish-document', status: 201, entities }),
  )
  await world.insertTrace(1, traceOf({ patient_key, recorded: recorded + 1, entities }))
  await world.checkpoint(1)
  await world.query(
    `insert into usage_count (measure, month, stratum, count) values
      ('type', '2026-09-01', '{11490-0,sous-24h}', 7), ('type', '2026-08-01', '{11490-0,sous-24h}', 12)`,
  )
  const counted = (): Promise<unknown> =>
    world.query(
      `select measure || ' ' || month || ' ' || array_to_string(stratum, ',') || ' ' || count as line from usage_count
        where count <> 0 order by 1`,
    )
  const ofSeptember = [
    { line: 'delai 2026-09-01 0 1' },
    { line: 'origine 2026-09-01 structure, 1' },
    { line: 'ouverture 2026-09-01 normal,10 1' },
    { line: 'type 2026-09-01 11490-0,sous-24h 1' },
  ]
  const retention = { form: 'dmp-audit-retention-1', number: 1, before: '2026-09-01T00:00:00.000Z' }
  const payload = JSON.stringify({ ...retention, at: retention.before, removed: 0, writers: [] })
  await world.query(
    `insert into audit_retention (number, recorded, jws)
      values (1, now(), 'x.${Buffer.from(payload).toString('base64url')}.x')`,
  )
  t.match(await run(['rebuild'], { DATABASE_URL: url }), { code: 0, out: 'all traces are counted' })
  t.same(await counted(), [
    ...ofSeptember.slice(0, 3),
    { line: 'type 2026-08-01 11490-0,sous-24h 12' },
    ...ofSeptember.slice(3),
  ])
  await world.query('delete from audit_retention')
  t.match(await run(['rebuild'], { DATABASE_URL: url }), { code: 0 })
  t.same(await counted(), ofSeptember)
  await world.query(`insert into audit_retention (number, recorded, jws) values (1, now(), 'x.e30.x')`)
  t.match(await run(['rebuild'], { DATABASE_URL: url }), { code: 1, err: /cannot be read/ })
})
