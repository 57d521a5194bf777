/**
 * What finding costs in a record of 2,000 documents, among others: in pages of PostgreSQL, a number that does not depend on
 * the machine, and told in milliseconds. No search of a record reads a table from end to end.
 */
import t from 'tap'
import { encodeUuid, type Uuid } from '../../src/fhir/id.ts'
import type { DocumentScope } from '../../src/policy/document-scope.ts'
import { parseSearch } from '../../src/search/parse-search.ts'
import { withOwner } from '../../src/storage/connection/owner-connection.ts'
import { type Database, openDatabase, type Runner } from '../../src/storage/database.ts'
import { readChanges } from '../../src/storage/documents/read-changes.ts'
import { countDocuments, searchDocuments } from '../../src/storage/documents/search-documents.ts'
import { countLists, searchLists } from '../../src/storage/documents/search-lists.ts'
import { type Sql, sql } from '../../src/storage/sql.ts'
import { searchCapabilities } from '../../src/wiring/search-capabilities.ts'
import { testDatabase } from '../support/database.ts'
import { matrices } from '../support/questions.ts'
import { testRegistry } from '../support/registry.ts'

t.setTimeout(300_000)

const patientKey = '00000000-0000-7000-8000-000000000001' as Uuid
const capabilities = searchCapabilities(testRegistry())
const scope: DocumentScope = {
  types: matrices.habilitation.readableTypes('10'),
  onlyOwn: false,
  masked: 'own',
  invisiblePatient: true,
  invisibleLegal: 'shown',
  withdrawn: true,
  self: ['ps:810000000001'],
}

/** One record of 2,000 documents, each with its set; 400 records of 50. Bodies of 5 KB lie out of line, as real ones do. */
const statements = [
  `insert into document (patient_key, id, version, last_updated, status, type, masked, invisible_patient, invisible_legal,
     archived, authors, category, format, facility, setting, event, security_label, identifier, date, period_from,
     period_until, binary_id, content_type, content_sha256, body, tokens, strings, words)
   select k.key, (k.prefix || lpad(to_hex(i), 12, '0'))::uuid, 1, timestamptz '2026-01-01' + i * interval '1 minute', 'current',
     case when i % 5 = 0 then 'http://loinc.org|11490-0' else 'http://loinc.org|11502-2' end, i % 50 = 0, false, false, false,
     '{ps:810000000009}', '{c|10}', 'f|x', 'r|SA01', 's|ETABLISSEMENT', '{}', '{N}', array['urn:ietf:rfc:3986|urn:oid:1.' || i],
     timestamptz '2020-01-01' + i * interval '1 day', timestamptz '2020-01-01' + i * interval '1 day',
     timestamptz '2020-01-02' + i * interval '1 day', (k.prefix || lpad(to_hex(i + 100000), 12, '0'))::uuid, 'text/xml', '',
     (select string_agg(md5(i::text || n), '') from generate_series(1, 160) as n),
     (select array_agg('author:PractitionerRole.identifier' || chr(31) || 'urn:oid:1.2.250.1.71.4.2.1|' || (810000000000 + i % 40) || n) from generate_series(1, 30) as n),
     array['author:PractitionerRole.family' || chr(31) || 'nom' || i % 40 || chr(31) || 'Nom'],
     to_tsvector('french', 'lettre de liaison du service ' || i % 20)
   from (select '${patientKey}'::uuid as key, 2000 as many, '00000000-0000-7000-9000-' as prefix
         union all select ('00000000-0000-7000-8000-' || lpad(to_hex(r + 1), 12, '0'))::uuid, 50,
           '00000000-0000-7' || lpad(to_hex(r), 3, '0') || '-9000-' from generate_series(1, 400) as r) k,
     generate_series(1, k.many) as i`,
  `insert into resource (patient_key, type, id, version, last_updated, method, body, terms)
   select d.patient_key, 'List', d.id::text, 1, d.last_updated, 'POST', '{"resourceType":"List"}', '{}' from document d`,
  `insert into document_list (patient_key, id, folder, status, archived, date, last_updated, documents, folders, tokens, strings)
   select d.patient_key, d.id, false, 'current', false, d.date, d.last_updated, array[d.id], '{}', d.tokens[1:10], '{}' from document d`,
  `insert into document_change (patient_key, at, id, version)
   select d.patient_key, d.last_updated, d.id, 1 from document d`,
  'vacuum analyze document, document_list, document_change, resource, resource_version',
]

type Node = {
  'Node Type': string
  'Relation Name'?: string
  'Shared Hit Blocks': number
  'Shared Read Blocks': number
  Plans?: Node[]
}
type Explained = { readonly Plan: Node; readonly 'Execution Time': number }

class Explainer implements Runner {
  readonly #db: Database
  readonly plans: Explained[] = []

  constructor(db: Database) {
    this.#db = db
  }

  async run<Row>(statement: Sql): Promise<Row[]> {
    const rows = await this.#db.run<{ 'QUERY PLAN': Explained[] }>(
      sql`explain (analyze, buffers, format json) ${statement}`,
    )
    this.plans.push(...rows.flatMap((row) => row['QUERY PLAN']))
    return this.#db.run<Row>(statement)
  }

  get pages(): number {
    return this.plans.reduce(
      (sum, { Plan }) => sum + Plan['Shared Hit Blocks'] + Plan['Shared Read Blocks'],
      0,
    )
  }

  get milliseconds(): number {
    return this.plans.reduce((sum, plan) => sum + plan['Execution Time'], 0)
  }

  get scans(): string[] {
    const walk = (node: Node): string[] => [
      ...(node['Node Type'] === 'Seq Scan' ? [node['Relation Name'] ?? '?'] : []),
      ...(node.Plans ?? []).flatMap(walk),
    ]
    return this.plans.flatMap(({ Plan }) => walk(Plan))
  }
}

type Cost = readonly [what: string, most: number, work: (runner: Runner) => Promise<unknown>]

t.test('a record of 2,000 documents: pages of 20, counts, words, sets, what changed', async (t) => {
  await using test = await testDatabase()
  await withOwner(test.owner, async (client) => {
    for (const statement of statements) await client.query(statement)
  })
  const db = openDatabase(test.server, (error) => t.fail(error.message))
  try {
    const asked = (type: 'DocumentReference' | 'List', query: string) =>
      parseSearch(
        capabilities[type],
        [...new URLSearchParams(`patient=${encodeUuid(patientKey)}&${query}`)],
        'strict',
      )
    const documents = (query: string) => (runner: Runner) =>
      searchDocuments(runner, patientKey, scope, asked('DocumentReference', query), undefined)
    const counts = (query: string) => (runner: Runner) =>
      countDocuments(runner, patientKey, scope, asked('DocumentReference', query))
    const sets = (query: string) => (runner: Runner) =>
      searchLists(runner, patientKey, scope, asked('List', query), undefined)
    const since = Date.parse('2026-01-02T09:00:00Z')
    const history = (from: number | undefined) => (runner: Runner) =>
      readChanges(runner, { patientKey, scope, since: from, within: undefined, after: undefined, limit: 20 })
    // What is answered must be read: 20 rows and their texts out of line are some 100 pages.
    const costs: readonly Cost[] = [
      ['newest first', 200, documents('')],
      ['of a type', 500, documents('type=http://loinc.org|11490-0')],
      ['of a period', 2_000, documents('period=ge2025-01-01')],
      ['in the order of period', 2_000, documents('_sort=-period')],
      ['in the order of type and date', 2_000, documents('_sort=type,-date')],
      ['by the name of an author', 2_500, documents('author.family=nom7')],
      ['by a word', 2_500, documents('mots=liaison service 7')],
      ['how many', 100, counts('')],
      ['how many of a type', 100, counts('type=http://loinc.org|11490-0')],
      ['how many of a period', 2_500, counts('period=ge2025-01-01')],
      ['sets, newest first', 2_500, sets('')],
      ['how many sets', 2_500, (r) => countLists(r, patientKey, scope, asked('List', ''))],
      ['the last that changed', 400, history(undefined)],
      ['what changed since', 400, history(since)],
    ]
    for (const [what, most, work] of costs) {
      await work(db)
      const explainer = new Explainer(db)
      await work(explainer)
      t.ok(explainer.pages <= most, `${what}: ${explainer.pages} pages, at most ${most}`)
      t.same(explainer.scans, [], `${what}: no table from end to end`)
      t.comment(
        `report: record of 2,000: ${what}: ${explainer.pages} pages, ${explainer.milliseconds.toFixed(1)} ms`,
      )
    }
  } finally {
    await db.close()
  }
})
