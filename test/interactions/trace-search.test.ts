/**
 * A search of traces finds what filtering their AuditEvents would find: random traces, asked by parameters made of what
 * they say, against the oracle that the generic search is held to. And the CSV of a trace is a table whatever it says.
 * @see src/interactions/dmp/traces/trace-terms.ts, https://hl7.org/fhir/R4/search.html
 */

import t from 'tap'
import { renderTrace } from '../../src/audit/forms/render-trace.ts'
import type { ShownTrace } from '../../src/audit/forms/shown-trace.ts'
import { interactions } from '../../src/audit/interaction-names.ts'
import { ERROR_SYSTEM, RULE_SYSTEM } from '../../src/fhir/error-catalogue.ts'
import { encodeUuid, formatResourceId, uuidV7 } from '../../src/fhir/id.ts'
import { parisTime } from '../../src/fhir/paris-time.ts'
import { csvLine } from '../../src/interactions/dmp/traces/csv-line.ts'
import { traceCriteria } from '../../src/interactions/dmp/traces/trace-criteria.ts'
import { titles, traceCells } from '../../src/interactions/dmp/traces/trace-line.ts'
import type { TraceReader } from '../../src/interactions/dmp/traces/trace-reader.ts'
import { TraceTerms } from '../../src/interactions/dmp/traces/trace-terms.ts'
import { withoutUnseen } from '../../src/interactions/dmp/traces/without-unseen.ts'
import type { DocumentScope } from '../../src/policy/document-scope.ts'
import { buildExtraction } from '../../src/search/extraction/build-extraction.ts'
import { parseSearch } from '../../src/search/parse-search.ts'
import { traceCapability } from '../../src/search/trace-capability.ts'
import { type Database, openDatabase } from '../../src/storage/database.ts'
import { insertTraces, type TraceRow } from '../../src/storage/traces/insert-traces.ts'
import {
  countTraces,
  readTrace,
  type StoredTrace,
  searchTraces,
} from '../../src/storage/traces/search-traces.ts'
import { codePoint } from '../support/code-point.ts'
import { testDatabase } from '../support/database.ts'
import fc from '../support/draws.ts'
import { testRegistry } from '../support/registry.ts'
import { SearchOracle } from '../support/search-oracle.ts'
import { documentWith, newUuid, store } from '../support/stored-documents.ts'
import { testChain } from '../support/test-chain.ts'

const registry = testRegistry()
const server = 'https://dmp.test/fhir'
const extraction = buildExtraction(registry, { base: server, zone: parisTime }, ['AuditEvent'])
const capability = traceCapability(registry, server)
const terms = new TraceTerms(registry, server)
const chain = testChain()
const start = Date.parse('2026-11-20T22:30:00Z')
const HOUR = 3_600_000
const patientKey = newUuid(start)
const runs = { numRuns: Number(process.env.FC_RUNS ?? 400) }

const traced = Object.entries(interactions).flatMap(([name, kind]) => ('untraced' in kind ? [] : [name]))
const documents = Array.from({ length: 6 }, (_, n) => newUuid(start + n))
const people = ['ps:810000000001', 'ps:810000000002']
const structures = ['', 'st:1750000001', 'st:1750000002']

/** What a caller of each kind leaves in a row (src/audit/trace.ts). */
const caller = fc.constantFrom(
  ...people.flatMap((person) =>
    structures.map((organization) => ({ actor: 'PS', person, organization, profession: '10' })),
  ),
  { actor: 'PS', person: people[0] ?? '', organization: '', profession: '60' },
  { actor: 'NON_PS', person: '', organization: 'st:1750000001', profession: '' },
  { actor: 'STRUCTURE', person: '', organization: 'st:1750000002', profession: '' },
  { actor: 'PATIENT', person: 'patient', organization: '', profession: '' },
  { actor: 'REPRESENTANT_LEGAL', person: 'patient', organization: '', profession: '' },
  {
    actor: 'REPRESENTANT_LEGAL',
    person: `rp:${encodeUuid(newUuid(start))}`,
    organization: '',
    profession: '',
  },
  { actor: 'AIDANT', person: 'patient', organization: '', profession: '' },
  { actor: 'AUDITEUR', person: '', organization: '', profession: '' },
  { actor: 'ADMINISTRATION', person: '', organization: 'st:1750000001', profession: '' },
  { actor: '', person: '', organization: '', profession: '' },
  { actor: 'SYSTEME', person: '', organization: '', profession: '' },
)
const entity = fc
  .tuple(
    fc.constantFrom('DocumentReference', 'DocumentReference', 'Binary', 'Consent'),
    fc.constantFrom(...documents),
    fc.constantFrom(1, 2, 12, 129),
  )
  .map(([type, id, version]) => `${type}/${encodeUuid(id)}/${version}`)
const what = fc.record({
  interaction: fc.constantFrom(...traced),
  status: fc.constantFrom(200, 201, 304, 400, 403, 404, 500, 503),
  authentication: fc.constantFrom('DIRECTE', 'INDIRECTE', 'INDIRECTE_RENFORCEE'),
  mode: fc.constantFrom('normal', 'normal', 'bris_de_glace', 'centre_15'),
  motive: fc.constantFrom('', 'Patient inconscient'),
  client: fc.constantFrom('', 'logiciel-a', 'logiciel-b'),
  rules: fc.subarray(['F8', 'A1', 'H1', 'V3', 'P1', 'A10'], { maxLength: 3 }),
  entities: fc.array(entity, { maxLength: 3 }),
  network: fc.constantFrom('', '192.0.2.7', '2001:db8::1'),
  query: fc.constantFrom('', 'status=current'),
  resource_type: fc.constantFrom('DocumentReference', 'AuditEvent', 'Patient'),
})
const drawn = fc.array(fc.tuple(caller, what, fc.integer({ min: 0, max: 200 * HOUR })), {
  minLength: 250,
  maxLength: 250,
})

function rowOf([who, did, after]: readonly [object, object, number], n: number): TraceRow {
  const at = start + after
  const id = uuidV7(at, new Uint8Array(10).fill(n))
  const row = { ...(who as TraceRow), ...(did as TraceRow) }
  const outcome = row.status < 400 ? '0' : row.status < 500 ? '4' : '8'
  return {
    ...row,
    patient_key: patientKey,
    id,
    recorded: new Date(at).toISOString(),
    outcome,
    authentication: row.actor === '' ? '' : row.authentication,
    error: row.status < 400 ? '' : row.status < 500 ? 'droit-fonctionnel' : 'interne',
    on_behalf_of: row.actor === 'REPRESENTANT_LEGAL' ? patientKey : null,
    request_id: n % 3 === 0 ? newUuid(at) : `request-${n}`,
    notices: [],
    chain,
  }
}

async function withTraces(
  work: (db: Database, world: readonly StoredTrace[], terms: TraceTerms) => Promise<void>,
): Promise<void> {
  await using test = await testDatabase()
  const db = openDatabase(test.server, (error) => t.fail(error.message))
  try {
    const [rows = []] = fc.sample(drawn, { numRuns: 1, seed: 20261122 })
    await insertTraces(db, rows.map(rowOf))
    const everything = { patientKey, reach: 'all', condition: { kind: 'all', of: [] } } as const
    const page = { order: 'newest first', after: undefined, count: 1000 } as const
    const { traces } = await searchTraces(db, everything, page)
    t.equal(traces.length, rows.length)
    await work(db, traces, terms)
  } finally {
    await db.close()
  }
}

const idOf = ({ patient_key, id }: ShownTrace): string => formatResourceId({ patientKey: patient_key, id })
const worldOf = (traces: readonly ShownTrace[]) =>
  traces.map((trace) => ({
    type: 'AuditEvent',
    id: idOf(trace),
    lastUpdated: trace.recorded,
    resource: renderTrace(trace, 'balp', { server }),
  }))

/** Parameters that ask for what some of the traces say, and for what none does. */
function askable(traces: readonly ShownTrace[]): fc.Arbitrary<readonly [string, string]> {
  const events = worldOf(traces)
  const extractors = extraction.extractors('AuditEvent')
  const said = <V>(parameter: string): V[] =>
    events.flatMap(
      ({ resource }) => (extractors.get(parameter)?.extract(resource) ?? []) as readonly V[] as V[],
    )
  const escaped = (text: string): string => text.replace(/[\\,|$]/g, '\\$&')
  type Token = { readonly system?: string; readonly code?: string }
  const forms = ({ system, code }: Token): string[] => [
    ...(code === undefined ? [] : [escaped(code)]),
    ...(system === undefined ? [] : [`${escaped(system)}|`]),
    `${escaped(system ?? '')}|${escaped(code ?? '')}`,
  ]
  const tokens = ['action', 'outcome', 'type', 'subtype', 'purpose', 'agent-role', 'site'].map((name) => {
    const values = [...new Set(said<Token>(name).flatMap(forms)), 'nothing', 'urn:x|nothing', '|E']
    if (values.length < 5) throw new Error(`${name}: nothing said`)
    return fc
      .tuple(
        fc.constantFrom('', '', ':not'),
        fc.uniqueArray(fc.constantFrom(...values.filter((v) => v !== '|')), { minLength: 1, maxLength: 3 }),
      )
      .map(([modifier, chosen]): [string, string] => [`${name}${modifier}`, chosen.join(',')])
  })
  type Reference = {
    readonly type?: string
    readonly id?: string
    readonly version?: string
    readonly identifier?: { readonly system?: string; readonly value: string }
  }
  const references = (name: 'agent' | 'entity') => {
    const found = said<Reference>(name)
    const literal = found.flatMap(({ type, id, version }) =>
      type === undefined || id === undefined
        ? []
        : [
            `${type}/${id}`,
            id,
            `${server}/${type}/${id}`,
            ...(version === undefined ? [] : [`${type}/${id}/_history/${version}`]),
          ],
    )
    const identified = found.flatMap(({ identifier }) =>
      identifier === undefined
        ? []
        : forms({ ...identifier, code: identifier.value }).filter((form) => !form.endsWith('|')),
    )
    const other = `${encodeUuid(newUuid())}.${encodeUuid(documents[0] ?? patientKey)}`
    const strange = [
      `DocumentReference/${other}`,
      'Patient/nobody',
      `Binary/${encodeUuid(patientKey)}.${encodeUuid(newUuid())}`,
    ]
    return [
      fc.constantFrom(...new Set([...literal, ...strange])).map((value): [string, string] => [name, value]),
      fc
        .constantFrom(...new Set([...identified, 'nobody', 'urn:x|nobody']))
        .map((value): [string, string] => [`${name}:identifier`, value]),
    ]
  }
  const times = fc
    .tuple(
      fc.constantFrom('', 'ne', 'ge', 'gt', 'le', 'lt', 'sa', 'eb', 'ap'),
      fc.integer({ min: -24, max: 224 }),
      fc.constantFrom(4, 7, 10, 16, 19, 23),
    )
    .map(([prefix, hours, length]): [string, string] => {
      const iso = new Date(start + hours * HOUR).toISOString()
      return ['date', `${prefix}${iso.slice(0, length)}${length > 10 ? 'Z' : ''}`]
    })
  const policies = fc
    .constantFrom('F8', 'A1', 'A10', 'V3', 'P1', 'none', 'F8 A1')
    .map((rule): [string, string] => ['policy', `${RULE_SYSTEM}#${rule}`])
  const ids = fc
    .uniqueArray(fc.constantFrom(...traces.map(idOf), 'nothing', encodeUuid(patientKey)), {
      minLength: 1,
      maxLength: 4,
    })
    .map((chosen): [string, string] => ['_id', chosen.join(',')])
  return fc.oneof(
    ...tokens,
    ...references('agent'),
    ...references('entity'),
    times,
    times.map(([, value]): [string, string] => ['_lastUpdated', value]),
    policies,
    ids,
    fc.constant(['policy', `${ERROR_SYSTEM}#F8`] as [string, string]),
  )
}

/** Nobody whom a trace names. */
const self: TraceReader['self'] = { actor: 'PS', person: 'ps:' }

t.test('a-search-finds-what-its-audit-events-say', async (t) => {
  await withTraces(async (db, traces) => {
    const world = worldOf(traces)
    const oracle = new SearchOracle(world, extraction, start + 100 * HOUR)
    const byParameter = new Map<string, { some: number; none: number }>()
    const reader: TraceReader = { patientKey, reach: 'all', sees: 'all', self }
    await fc.assert(
      fc.asyncProperty(
        fc.array(askable(traces), { minLength: 1, maxLength: 2 }),
        fc.constantFrom('date', '-date'),
        async (pairs, order) => {
          const asked = [['patient', encodeUuid(patientKey)], ...pairs, ['_sort', order]] as const
          const search = parseSearch(capability, asked, 'strict')
          const condition = traceCriteria(terms, reader, search.criteria)
          const page = {
            order: order === 'date' ? 'oldest first' : 'newest first',
            after: undefined,
            count: 1000,
          } as const
          const within = { patientKey, reach: 'all', condition } as const
          const found = (await searchTraces(db, within, page)).traces.map(idOf)
          const expected = traces
            .map((trace, i) => ({ trace, event: world[i] }))
            .filter(
              ({ event }) => event && search.criteria.every((criterion) => oracle.meets(event, criterion)),
            )
            .map(({ trace }) => trace)
          const inOrder = order === 'date' ? expected.toReversed() : expected
          if (found.join() !== inOrder.map(idOf).join())
            throw new Error(`${JSON.stringify(pairs)}: ${found.length} for ${expected.length}`)
          t.equal(await countTraces(db, within), expected.length)
          for (const [name] of pairs) {
            const count = byParameter.get(name) ?? { some: 0, none: 0 }
            count[expected.length > 0 ? 'some' : 'none']++
            byParameter.set(name, count)
          }
        },
      ),
      { ...runs, seed: 1 },
    )
    for (const [name, { some, none }] of byParameter) {
      t.ok(some > 0, `not vacuous: ${name} finds something (${some} of ${some + none})`)
    }
    for (const name of capability.parameters.keys())
      if (name !== 'period-start') t.ok(byParameter.has(name), `asked: ${name}`)
  })
})

t.test('period-start is the time that the form of TdE says', async (t) => {
  await withTraces(async (db, traces) => {
    const at = new Date(start + 90 * HOUR).toISOString()
    const reader: TraceReader = { patientKey, reach: 'all', sees: 'all', self }
    const [date = [], period = []] = await Promise.all(
      ['date', 'period-start'].map(async (name) => {
        const asked = [
          ['patient', encodeUuid(patientKey)],
          [name, `lt${at}`],
        ] as const
        const { criteria } = parseSearch(capability, asked, 'strict')
        const condition = traceCriteria(terms, reader, criteria)
        const page = { order: 'newest first', after: undefined, count: 1000 } as const
        return (await searchTraces(db, { patientKey, reach: 'all', condition }, page)).traces
      }),
    )
    t.same(period, date)
    const said = traces.filter((trace) => {
      const { period } = renderTrace(trace, 'tde', { server }) as { period?: { start?: string } }
      return (period?.start ?? '') < at
    })
    t.same(period.map(idOf), said.map(idOf))
    t.ok(period.length > 20 && period.length < traces.length, 'not vacuous')
  })
})

const scopes: fc.Arbitrary<DocumentScope> = fc.record({
  types: fc.constantFrom<DocumentScope['types']>('every', new Set(['http://loinc.org|11490-0'])),
  onlyOwn: fc.constant(false),
  masked: fc.constantFrom('none', 'all'),
  invisiblePatient: fc.boolean(),
  invisibleLegal: fc.constantFrom('hidden', 'shown'),
  withdrawn: fc.boolean(),
  self: fc.constant([]),
})

t.test('what-is-hidden-is-no-oracle: entity finds what the reader is shown, no more (V7)', async (t) => {
  await withTraces(async (db, traces) => {
    const hidden = [
      {},
      { masked: true },
      { invisiblePatient: true },
      { invisibleLegal: true },
      { archived: true },
      { type: 'http://loinc.org|34874-8' },
    ]
    await store(
      db,
      documents.map((id, n) => documentWith({ patientKey, id, ...hidden[n] })),
    )
    const seen = { shown: 0, kept: 0 }
    await fc.assert(
      fc.asyncProperty(
        fc.option(scopes, { nil: undefined }),
        fc.constantFrom(...documents),
        fc.constantFrom('DocumentReference', 'Binary', 'Consent'),
        fc.constantFrom('', '/_history/1', '/_history/12'),
        async (sees, id, type, version) => {
          const reader: TraceReader = { patientKey, reach: 'all', sees, self }
          const shown = await withoutUnseen(db, reader, traces)
          const reference = `${type}/${formatResourceId({ patientKey, id })}${version}`
          const asked = [
            ['patient', encodeUuid(patientKey)],
            ['entity', reference],
          ] as const
          const { criteria } = parseSearch(capability, asked, 'strict')
          const oracle = new SearchOracle([], extraction, start)
          const expected = shown.filter((trace, i) => {
            const [event] = worldOf([trace])
            const [whole] = worldOf([traces[i] ?? trace])
            const says = (one: typeof event): boolean =>
              one !== undefined && criteria.every((c) => oracle.meets(one, c))
            if (says(event)) seen.shown++
            else if (says(whole)) seen.kept++
            return says(event)
          })
          const condition = traceCriteria(terms, reader, criteria)
          const page = { order: 'newest first', after: undefined, count: 1000 } as const
          const { traces: found } = await searchTraces(db, { patientKey, reach: 'all', condition }, page)
          t.same(found.map(idOf), expected.map(idOf), reference)
        },
      ),
      { numRuns: Math.min(runs.numRuns, 60) },
    )
    t.ok(seen.shown > 50 && seen.kept > 50, `not vacuous: ${JSON.stringify(seen)}`)
  })
})

t.test('a-minor’s-secret-leaves-no-trace-for-representatives (V5)', async (t) => {
  await withTraces(async (db, traces) => {
    const secret = documents[2] ?? patientKey
    await store(
      db,
      documents.map((id) => documentWith({ patientKey, id, invisibleLegal: id === secret })),
    )
    const told = encodeUuid(secret)
    const isSecret = ({ entities }: StoredTrace): boolean =>
      entities.some((one) => one.startsWith(`DocumentReference/${told}/`))
    const inSecret = rowOf(
      [
        { actor: 'PS', person: people[0], organization: '', profession: '10' },
        { ...traces[0], rules: ['A1', 'V5'], entities: [] },
        5,
      ],
      251,
    )
    await insertTraces(db, [inSecret])
    const reach = 'all-but-secrets'
    const page = { order: 'newest first', after: undefined, count: 1000 } as const
    const { traces: found } = await searchTraces(
      db,
      { patientKey, reach, condition: { kind: 'all', of: [] } },
      page,
    )
    t.same(found.map(idOf), traces.filter((trace) => !isSecret(trace)).map(idOf))
    t.ok(traces.some(isSecret) && found.length > 100, 'not vacuous')
    for (const trace of traces)
      t.equal((await readTrace(db, patientKey, trace.id, reach)) === undefined, isSecret(trace))
    t.equal(await readTrace(db, patientKey, inSecret.id, reach), undefined, 'nor one of a secret connection')
    t.ok(await readTrace(db, patientKey, inSecret.id, 'all'))
    const shown = await withoutUnseen(db, { patientKey, reach, sees: undefined, self }, found)
    for (const trace of shown)
      if (trace.actor !== 'REPRESENTANT_LEGAL') t.equal(trace.query, '', 'nor what others looked for')
  })
})

t.test('a table, whatever traces say: one line of so many cells, none of them a formula', async (t) => {
  const dangerous = fc.oneof(
    fc.string({ unit: codePoint }),
    fc
      .tuple(fc.constantFrom('=', '+', '-', '@', '\t=', '\r', '＝', ' =', '\u00a0@'), fc.string())
      .map(([a, b]) => a + b),
    fc.constantFrom(`=HYPERLINK("https://x.test";"a")`, `"; "=1`, '\n=1', '-2+3'),
  )
  let formulas = 0
  fc.assert(
    fc.property(fc.array(dangerous, { minLength: 1, maxLength: 5 }), (cells) => {
      const back = parsedCsv(csvLine(cells))
      t.equal(back.length, cells.length)
      cells.forEach((cell, i) => {
        const shown = back[i] ?? ''
        if (shown === cell) return
        formulas++
        t.equal(shown, `'${cell}`)
      })
      for (const cell of back) t.notMatch(cell, /^[\s]*[=+\-@＝＋－＠]/)
    }),
    { numRuns: 2000 },
  )
  t.ok(formulas > 50, `not vacuous: ${formulas}`)
  await withTraces(async (_db, traces) => {
    for (const trace of traces) t.equal(traceCells(trace).length, titles.length)
    const [one] = traces
    if (!one) throw new Error('no trace')
    const at = Date.parse('2026-07-01T22:30:05Z')
    t.equal(traceCells({ ...one, recorded: at })[0], '2026-07-02 00:30:05', 'in the time of Paris')
  })
})

/** A line as a spreadsheet reads it. */
function parsedCsv(line: string): string[] {
  const cells: string[] = []
  let rest = line
  while (rest !== '' && rest !== '\r\n') {
    const match = /^;?"((?:[^"]|"")*)"/.exec(rest)
    if (!match) throw new Error(`No cell: ${JSON.stringify(rest)}`)
    cells.push((match[1] ?? '').replaceAll('""', '"'))
    rest = rest.slice(match[0].length)
  }
  return cells
}
