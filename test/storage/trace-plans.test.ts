/**
 * Traces of a long record are read by ranges of one index: a page, a page within dates, a page behind a cursor, and the
 * summary, with other records' traces between them and months before. Counted in pages touched; the times are told.
 */

import pg from 'pg'
import t from 'tap'
import { NO_PATIENT } from '../../src/fhir/id.ts'
import { openDatabase, type Runner } from '../../src/storage/database.ts'
import { compileSql } from '../../src/storage/sql.ts'
import { searchTraces } from '../../src/storage/traces/search-traces.ts'
import { summariseTraces } from '../../src/storage/traces/summarise-traces.ts'
import type { TraceCondition } from '../../src/storage/traces/trace-condition.ts'
import { testDatabase } from '../support/database.ts'
import { newUuid } from '../support/stored-documents.ts'

const DAY = 86_400_000
const start = Date.UTC(2026, 6, 1)
const patientKey = newUuid(start)

type Plan = {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Shared Hit Blocks': number
  readonly 'Shared Read Blocks': number
  readonly 'Actual Loops': number
  readonly Plans?: readonly Plan[]
}

function nodes(plan: Plan): Plan[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodes)]
}

t.test('10,000 traces of one record among 40,000, over five months', async (t) => {
  await using test = await testDatabase()
  const client = new pg.Client(test.owner)
  await client.connect()
  const db = openDatabase(test.server, (error) => t.fail(error.message))
  try {
    for (let month = 6; month < 11; month++) {
      const bound = (m: number): string => {
        const hex = Date.UTC(2026, m, 1).toString(16).padStart(12, '0')
        return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`
      }
      const table = `audit_2026_${String(month + 1).padStart(2, '0')}`
      await client.query(
        `create table if not exists ${table} partition of audit for values from ('${bound(month)}') to ('${bound(month + 1)}')`,
      )
    }
    await client.query(
      `insert into audit select
        case when n % 4 = 0 then $1::uuid else md5((n % 500)::text)::uuid end,
        (lpad(to_hex($2::bigint + n * 330000::bigint), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8' || substr(md5(n::text), 4, 15))::uuid,
        1, n, 11, case when n % 10 = 0 then 403 else 200 end, 2, 'P', 'D', case when n % 50 = 0 then 'b' else 'n' end, false,
        'ps:' || (810000000000 + n / 4 % 60), 'st:' || (1750000000 + n / 4 % 9), '10', 'logiciel', '192.0.2.1', '', 'F8 A1 H1 V3', '',
        '', ''::bytea, ('\\x04' || md5(n::text) || '01')::bytea, '\\x00'::bytea
      from generate_series(1, 40000) as s(n)`,
      [patientKey, start],
    )
    await client.query('analyze audit')
    // As the server plans (src/storage/database.ts).
    await client.query('set enable_seqscan = off; set random_page_cost = 1.1; set jit = off')
    const measured = async (run: (db: Runner) => Promise<unknown>) => {
      let plans: Plan[] = []
      let time = 0
      await run({
        async run<Row>(statement: Parameters<Runner['run']>[0]) {
          const { text, values } = compileSql(statement)
          for (let i = 0; i < 3; i++) {
            const { rows } = await client.query(`explain (analyze, buffers, format json) ${text}`, values)
            const [{ Plan: plan, 'Execution Time': took }] = rows[0]['QUERY PLAN']
            plans = nodes(plan)
            time = took
          }
          return [] as Row[]
        },
      })
      const [top] = plans
      const pages = (top?.['Shared Hit Blocks'] ?? 0) + (top?.['Shared Read Blocks'] ?? 0)
      const read = plans.filter(
        ({ 'Relation Name': name, 'Actual Loops': loops }) => loops > 0 && name?.startsWith('audit'),
      )
      const scans = plans.filter(
        ({ 'Node Type': type, 'Actual Loops': loops }) => loops > 0 && type === 'Seq Scan',
      )
      return {
        pages,
        time,
        scans: scans.length,
        months: new Set(read.map((node) => node['Relation Name'])).size,
      }
    }
    const everything: TraceCondition = { kind: 'all', of: [] }
    const page = { order: 'newest first', after: undefined, count: 20 } as const
    const asked = { patientKey, reach: 'all', condition: everything } as const
    const recorded = (prefix: 'ge' | 'lt', day: number): TraceCondition => ({
      kind: 'recorded',
      value: { prefix, start: start + day * DAY, end: start + (day + 1) * DAY },
    })
    const august: TraceCondition = { kind: 'all', of: [recorded('ge', 40), recorded('lt', 45)] }
    const cases = {
      'a page': { ...(await measured((db) => searchTraces(db, asked, page))), most: 80, within: 12 },
      'a page behind a cursor': {
        ...(await measured((db) => searchTraces(db, asked, { ...page, after: newUuid(start + 60 * DAY) }))),
        most: 80,
        within: 4,
      },
      'a page within five days': {
        ...(await measured((db) => searchTraces(db, { ...asked, condition: august }, page))),
        most: 60,
        within: 1,
      },
      'a representative’s page': {
        ...(await measured((db) => searchTraces(db, { ...asked, reach: 'all-but-secrets' }, page))),
        most: 100,
        within: 12,
      },
      'who came, in all': {
        ...(await measured((db) =>
          summariseTraces(db, patientKey, 'all', {
            since: start,
            after: undefined,
            limit: 51,
            writing: [12],
          }),
        )),
        most: 12_000,
        within: 12,
      },
      nobody: {
        ...(await measured((db) => searchTraces(db, { ...asked, patientKey: NO_PATIENT }, page))),
        most: 40,
        within: 12,
      },
    }
    for (const [name, { pages, time, scans, months, most, within }] of Object.entries(cases)) {
      t.comment(`${name}: ${pages} pages, ${months} months, ${time.toFixed(2)} ms`)
      t.equal(scans, 0, `${name}: nothing is read from end to end`)
      t.ok(pages <= most, `${name}: ${pages} pages, at most ${most}`)
      t.ok(months <= within, `${name}: ${months} months, at most ${within}`)
    }
    const all = await summariseTraces(db, patientKey, 'all', {
      since: start,
      after: undefined,
      limit: 500,
      writing: [],
    })
    t.equal(
      all.reduce((sum, { done, refused, failed }) => sum + done + refused + failed, 0),
      10_000,
      'not vacuous',
    )
    const half = await summariseTraces(db, patientKey, 'all', {
      since: start,
      after: all[9]?.position,
      limit: 500,
      writing: [],
    })
    t.same(half, all.slice(10), 'a page of it goes on where the one before ended')
  } finally {
    await db.close()
    await client.end()
  }
})
