/**
 * What finding costs among two hundred thousand records, in pages that PostgreSQL touches: the records that authorise
 * somebody (F3) and a patient by traits (F4) are read off an index, however many there are. By the plan that the server
 * uses: one for all values.
 */
import pg from 'pg'
import t from 'tap'
import { isUuid } from '../../src/fhir/id.ts'
import type { ActorId } from '../../src/policy/facts.ts'
import type { Runner } from '../../src/storage/database.ts'
import { matchRecords } from '../../src/storage/records/match-records.ts'
import { listStanding } from '../../src/storage/records/standing.ts'
import { compileSql, type Sql } from '../../src/storage/sql.ts'
import { testDatabase } from '../support/database.ts'

t.setTimeout(300_000)

const RECORDS = 200_000
const NOW = Date.parse('2026-11-22T10:00:00Z')

/** A structure that half of all records authorise, a doctor with a few, people born on one of 20,000 days. */
const statements = [
  `insert into record (patient_key, status, family_name, birth_date, sex, traits_folded, opened_at, version)
   select ('00000000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, case when i % 50 = 0 then 'closed' else 'open' end,
     'NOM' || i % 5000, date '1940-01-01' + (i % 20000), case when i % 2 = 0 then 'male' else 'female' end,
     'nom' || i % 5000 || '/prenom' || i % 40, timestamptz '2026-01-01' + i * interval '1 second', 1
   from generate_series(1, ${RECORDS}) as n(i)`,
  `insert into resource (patient_key, type, id, version, last_updated, method, body, terms)
   select patient_key, 'Patient', patient_key::text, 1, opened_at, 'POST', '{"resourceType":"Patient","x":"' || repeat('x', 100) || '"}', '{}'
   from record`,
  `insert into standing (patient_key, actor, since, valid_until)
   select patient_key, 'st:1750000001', opened_at, timestamptz '2027-01-01' from record where version = 1 and sex = 'male'
   union all
   select patient_key, 'ps:' || (row_number() over () % 4000), opened_at, timestamptz '2027-01-01' from record`,
  'analyze record, resource, standing',
]

type Node = {
  'Node Type': string
  'Relation Name'?: string
  'Shared Hit Blocks': number
  'Shared Read Blocks': number
  Plans?: Node[]
}

const pagesOf = (node: Node): number => node['Shared Hit Blocks'] + node['Shared Read Blocks']

/** Runs each statement by its generic plan, and keeps what it touched. */
class Explainer implements Runner {
  readonly #client: pg.Client
  buffers = 0
  scans: string[] = []

  constructor(client: pg.Client) {
    this.#client = client
  }

  async run<Row>(statement: Sql): Promise<Row[]> {
    const { text, values } = compileSql(statement)
    const name = 'measured'
    await this.#client.query(`prepare ${name} as ${text}`)
    const literals = values.map((value) =>
      value === null ? 'null' : this.#client.escapeLiteral(String(value)),
    )
    const execute = `execute ${name}${literals.length > 0 ? `(${literals.join(', ')})` : ''}`
    const { rows } = await this.#client.query<{ 'QUERY PLAN': { Plan: Node }[] }>(
      `explain (analyze, buffers, format json) ${execute}`,
    )
    const walk = (node: Node): string[] => [
      // A partition without a page is read from end to end for nothing.
      ...(node['Node Type'] === 'Seq Scan' && pagesOf(node) > 0 ? [node['Relation Name'] ?? '?'] : []),
      ...(node.Plans ?? []).flatMap(walk),
    ]
    for (const { Plan } of rows[0]?.['QUERY PLAN'] ?? []) {
      this.buffers += pagesOf(Plan)
      this.scans.push(...walk(Plan))
    }
    const { rows: found } = await this.#client.query<pg.QueryResultRow>(execute)
    await this.#client.query(`deallocate ${name}`)
    return found as Row[]
  }
}

t.test('finding reads what it answers, and little more', async (t) => {
  await using database = await testDatabase()
  const client = new pg.Client({
    ...database.owner,
    options: '-c timezone=UTC -c plan_cache_mode=force_generic_plan',
  })
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
    const measured = async (work: (db: Runner) => Promise<readonly unknown[]>) => {
      const db = new Explainer(client)
      const found = await work(db)
      return { found: found.length, buffers: db.buffers, scans: db.scans }
    }
    const list = (actor: ActorId, after?: { at: number; id: string }) => (db: Runner) =>
      listStanding(
        db,
        actor,
        {},
        {
          now: NOW,
          since: Number.NEGATIVE_INFINITY,
          after: after && isUuid(after.id) ? { at: after.at, id: after.id } : undefined,
          limit: 101,
        },
      )
    const key = (i: number): string => `00000000-0000-7000-8000-${i.toString(16).padStart(12, '0')}`
    const deep = { at: Date.parse('2026-01-01T00:00:00Z') + 1000 * 1000, id: key(1000) }
    const cases = {
      'a structure with 100,000 records, first page': {
        ...(await measured(list('st:1750000001'))),
        found: 101,
        most: 1500,
      },
      'the same, the last pages': { ...(await measured(list('st:1750000001', deep))), most: 1500 },
      'a doctor with fifty': { ...(await measured(list('ps:7'))), most: 1000 },
      'a doctor with none': { ...(await measured(list('ps:none'))), most: 20 },
      'by traits': {
        ...(await measured((db) =>
          matchRecords(db, { family: 'nom41', birthDate: '1940-02-11', sex: 'female' }, {}, 50),
        )),
        most: 300,
      },
    }
    for (const [name, { found, buffers, scans, most }] of Object.entries(cases)) {
      t.comment(`${name}: ${found} rows, ${buffers} pages`)
      t.same(scans, [], `${name}: nothing is read from end to end`)
      t.ok(buffers <= most, `${name}: ${buffers} pages, at most ${most}`)
    }
    t.ok(cases['a doctor with fifty'].found > 20)
    t.ok(cases['by traits'].found > 0, 'not vacuous')
  } finally {
    await client.end()
  }
})
