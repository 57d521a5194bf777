/**
 * The matrices, published and by the clock: a version takes force at midnight in France, without a restart, and what cannot
 * be read stops decisions on the day it may be in force, not before.
 * @see docs/policy.md H1, docs/operations.md "The habilitation matrix"
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Parameters, ParametersParameter } from '@medplum/fhirtypes'
import tap, { type Test } from 'tap'
import { commandLine } from '../../src/cli/command-line.ts'
import { readConfig } from '../../src/config/config.ts'
import { parisDay } from '../../src/wiring/paris-day.ts'
import { type TestApp, testApp } from '../support/app.ts'
import { resourceOf, verdict } from '../support/http-client.ts'
import { gp, matricule, nurse } from '../support/personas.ts'
import { profiles, profilesFolder, terminology } from '../support/profiles.ts'
import { openTestRecord } from '../support/record.ts'

tap.setTimeout(300_000)

const HOUR = 3_600_000
const DAY = 24 * HOUR
const CELLS = 3672

async function published(app: TestApp, query = ''): Promise<Parameters> {
  return resourceOf(await app.withHeader().get(`/$habilitation${query}`), 'Parameters')
}

function part(of: ParametersParameter | undefined, name: string): ParametersParameter | undefined {
  return of?.part?.find((one) => one.name === name)
}

const matrixOf = (parameters: Parameters, name = 'habilitation'): ParametersParameter | undefined =>
  parameters.parameter?.find((one) => one.name === name)

function cells(of: ParametersParameter | undefined, counted: string): number {
  const groups = (of?.part ?? []).filter(({ name }) => name === 'cases')
  return groups.flatMap(({ part: parts = [] }) => parts.filter(({ name }) => name === counted)).length
}

tap.test('$habilitation: public, whole, each cell with its status and source', async (t) => {
  await using app = await testApp()
  const whole = await published(app)
  const matrix = matrixOf(whole)
  const [confirmed, proposed] = ['casesConfirmees', 'casesProposees'].map(
    (name) => part(matrix, name)?.valueInteger ?? 0,
  )
  t.same([confirmed, proposed], [170, CELLS - 170])
  t.equal(cells(matrix, 'type'), CELLS)
  t.equal(part(matrix, 'valableDepuis')?.valueDate, '2023-10-26')
  t.equal(part(matrix, 'suivante'), undefined, 'none is known')
  for (const { part: parts = [] } of (matrix?.part ?? []).filter(({ name }) => name === 'cases')) {
    const names = new Set(parts.map(({ name }) => name))
    if (!['profession', 'valeur', 'statut', 'source', 'type'].every((name) => names.has(name)))
      t.fail('a part is missing')
  }
  const rights = matrixOf(whole, 'droits-fonctionnels')
  t.equal(cells(rights, 'acteur'), 18 * 12 * 9)
  const size = (await app.withHeader().get('/$habilitation')).bytes.length
  t.ok(size < 600_000, `${size} bytes`)
  t.comment(`${size} bytes`)

  const one = matrixOf(await published(app, '?profession=60&type=89601-9'))
  t.equal(cells(one, 'type'), 1)
  const [cell] = (one?.part ?? []).filter(({ name }) => name === 'cases')
  t.equal(part(cell, 'valeur')?.valueCode, 'deny')
  t.equal(part(cell, 'profession')?.valueCoding?.code, '60')
  t.equal(part(cell, 'type')?.valueCode, '89601-9')
  t.equal(part(one, 'typeDocument')?.valueCoding?.system, 'http://loinc.org')
  t.equal(cells(matrixOf(await published(app, '?type=11490-0')), 'type'), 36)
})

tap.test('$habilitation: cached by its version, in both formats, without a trace', async (t) => {
  await using app = await testApp()
  const before = await app.traces()
  const client = app.withHeader()
  const first = await client.get('/$habilitation')
  const { etag = '', 'cache-control': cache } = first.headers
  t.match(etag, /^W\/"[!#-~]+"$/)
  t.equal(cache, 'public, max-age=300')
  const again = await client.get('/$habilitation', { 'if-none-match': etag })
  t.equal(again.status, 304)
  t.equal(again.bytes.length, 0)
  t.not((await client.get('/$habilitation?profession=10')).headers.etag, etag)
  const xml = await client.get('/$habilitation?profession=10', { accept: 'application/fhir+xml' })
  t.match(xml.text, '<Parameters xmlns="http://hl7.org/fhir">')
  t.equal((await client.get('/$habilitation', { accept: 'image/png' })).status, 406)
  t.equal(verdict(await client.get('/$habilitation?profession=999')), '400 invalid parametre-invalide')
  t.equal(verdict(await client.get('/$habilitation?type=E1762')), '400 invalid parametre-invalide')
  t.match(verdict(await client.get('/$habilitation?lang=fr')), '400 not-supported parametre-operation')
  t.equal(await app.traces(), before)
})

function tablesFolder(t: Test): string {
  const path = mkdtempSync(join(tmpdir(), 'dmp-tables-'))
  t.teardown(() => rmSync(path, { recursive: true, force: true }))
  mkdirSync(join(path, 'habilitation'))
  return path
}

/** Imports today's matrix with one cell the other way round. */
async function importFlipped(tables: string, from: string, profession: string, type: string): Promise<void> {
  const [table] = profiles.habilitation
  if (!table) throw new Error('no table')
  const allowed = new Set(
    table.cells.flatMap(({ professions, types, value }) =>
      value === 'allow'
        ? professions.flatMap((p) => (types === '*' ? table.types : types).map((one) => `${p} ${one}`))
        : [],
    ),
  )
  const codes = table.professions.map(([code]) => code)
  const numbered = codes.filter((code) => /^\d+$/.test(code))
  const rows = numbered.flatMap((p) =>
    table.types.map((one) => ({
      field_code_profession: Number(p),
      field_code_categorie_document: Number(terminology.documentTypes.byCode(one)?.class.code),
      field_code_loinc: one,
      field_consultation_document: allowed.has(`${p} ${one}`) !== (p === profession && one === type),
    })),
  )
  const file = join(tables, 'published.json')
  writeFileSync(file, JSON.stringify(rows))
  const keep = codes.filter((code) => !numbered.includes(code)).join(',')
  const errors: string[] = []
  const code = await commandLine(['habilitation', 'import', file, '--from', from, '--keep', keep], {
    out: () => undefined,
    err: (line) => errors.push(line),
    env: { DMP_TABLES_DIR: tables },
  })
  if (code !== 0) throw new Error(errors.join('\n'))
}

/** To an hour of the n-th day from now, in France. */
function advanceTo(app: TestApp, days: number, hour: number): void {
  const day = parisDay(app.now() + days * DAY)
  let at = app.now()
  while (parisDay(at) < day) at += 60_000
  app.advance(at - app.now() + hour * HOUR)
}

const reads = async (app: TestApp, binaryId: string): Promise<string> =>
  verdict(await app.as(nurse).get(`/Binary/${binaryId}`))

tap.test('a matrix imported while the server runs takes force at midnight in France', async (t) => {
  const tables = tablesFolder(t)
  await using app = await testApp({ DMP_TABLES_DIR: tables })
  // Whatever the hour is: what follows must not pass another midnight than its own.
  advanceTo(app, 1, 1)
  const record = await openTestRecord(app, matricule(1))
  await record.choose('autorisation', nurse.nationalId ?? '')
  const { binaryId } = await record.push({ type: '11490-0' })
  t.equal(await reads(app, binaryId), '200')
  const from = parisDay(app.now() + 3 * DAY)
  await importFlipped(tables, from, '60', '11490-0')

  app.advance(HOUR)
  t.equal(await reads(app, binaryId), '200', 'not yet')
  const matrix = matrixOf(await published(app))
  t.equal(part(part(matrix, 'suivante'), 'valableDepuis')?.valueDate, from, 'announced within the hour')
  const { etag } = (await app.withHeader().get('/$habilitation')).headers
  advanceTo(app, 3, 0)
  app.advance(-120_000)
  t.equal(parisDay(app.now()) < from, true)
  t.equal(await reads(app, binaryId), '200', 'a minute before midnight')
  app.advance(180_000)
  t.equal(parisDay(app.now()), from)
  t.equal(await reads(app, binaryId), '404 not-found inconnu', 'a minute after')
  const now = await app.withHeader().get('/$habilitation')
  t.not(now.headers.etag, etag)
  t.equal(part(matrixOf(resourceOf(now, 'Parameters')), 'valableDepuis')?.valueDate, from)
  t.equal(part(matrixOf(resourceOf(now, 'Parameters')), 'suivante'), undefined)
  const one = matrixOf(await published(app, '?profession=60&type=11490-0'))
  t.equal(
    part(
      (one?.part ?? []).find(({ name }) => name === 'cases'),
      'statut',
    )?.valueCode,
    'confirmed',
  )
})

tap.test('a table that cannot be read stops decisions on its day, and not before', async (t) => {
  const tables = tablesFolder(t)
  await using app = await testApp({ DMP_TABLES_DIR: tables })
  const record = await openTestRecord(app, matricule(1))
  await record.choose('autorisation', gp.nationalId ?? '')
  const from = parisDay(app.now() + 2 * DAY)
  const path = join(tables, 'habilitation', `${from}.json`)
  writeFileSync(path, '{"name": "half a ta')
  const read = async (): Promise<string> => verdict(await app.as(gp).get(`/Patient/${record.id}`))
  app.advance(HOUR)
  t.equal(await read(), '200')
  t.match(app.log(), /an imported table cannot be read/, 'but it is in the log')
  advanceTo(app, 2, 1)
  t.equal(await read(), '503 transient indisponible')
  t.equal((await app.withHeader().get('/$habilitation')).status, 503)
  rmSync(path)
  await importFlipped(tables, from, '60', '11490-0').catch(() => undefined)
  app.advance(61_000)
  t.equal(await read(), '200', 'within a minute of its repair')
})

tap.test('a table with a hole, or none where one was announced, stops the start', async (t) => {
  const tables = tablesFolder(t)
  const text = readFileSync(join(profilesFolder, 'habilitation', '2023-10-26.json'), 'utf8')
  const table = JSON.parse(text)
  const path = join(tables, 'habilitation', '2030-01-01.json')
  const starts = async (): Promise<void> => {
    await using app = await testApp({ DMP_TABLES_DIR: tables })
    t.ok(app.base)
  }
  writeFileSync(path, JSON.stringify({ ...table, validFrom: '2030-01-01', cells: table.cells.slice(1) }))
  await t.rejects(starts(), { message: /is missing/ }, 'a cell that is missing')
  writeFileSync(path, JSON.stringify({ ...table, validFrom: '2030-01-02' }))
  await t.rejects(starts(), { message: /validFrom is 2030-01-02/ })
  writeFileSync(path, JSON.stringify({ ...table, validFrom: '2030-01-01', author: 'x' }))
  await t.rejects(starts(), { message: /must NOT have additional properties/ }, 'the schema is closed')
  rmSync(path)
  writeFileSync(join(tables, 'habilitation', '2023-10-26.json'), text)
  await t.rejects(starts(), { message: /there is a table of 2023-10-26 already/ })
  t.throws(() => readConfig({ DMP_TABLES_DIR: join(tables, 'elsewhere') }), { message: /DMP_TABLES_DIR/ })
})
