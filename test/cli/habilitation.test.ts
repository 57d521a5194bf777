/** `dmp habilitation import`: a publication becomes a dated table, wholly right or not at all (H1). */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { commandLine } from '../../src/cli/command-line.ts'
import { loadHabilitation } from '../../src/definitions/load-profiles.ts'
import { habilitationDifference } from '../../src/dmp/matrices/habilitation-difference.ts'
import { importHabilitation } from '../../src/dmp/matrices/habilitation-import.ts'
import { buildHabilitationMatrix } from '../../src/dmp/matrices/habilitation-matrix.ts'
import { type PublishedRow, readPublication } from '../../src/dmp/matrices/habilitation-publication.ts'
import { tableInForce } from '../../src/dmp/matrices/table-in-force.ts'
import { parisDay } from '../../src/wiring/paris-day.ts'
import fc from '../support/draws.ts'
import { profiles, profilesFolder, terminology } from '../support/profiles.ts'

const { documentTypes } = terminology
const before = buildHabilitationMatrix(tableInForce(profiles.habilitation, '2026-11-22'), documentTypes)
const numbered = before.professions.map(({ code }) => code).filter((code) => /^\d+$/.test(code))
const keep = before.professions.map(({ code }) => code).filter((code) => !numbered.includes(code))
const DAY = 86_400_000

type Row = Readonly<Record<string, unknown>>

/** The matrix before, as an operator would publish it; `flip` says which cells are the other way round. */
function published(flip: (profession: string, type: string) => boolean = () => false): Row[] {
  return numbered.flatMap((profession) =>
    before.types.map((type) => ({
      field_code_profession: Number(profession),
      field_code_categorie_document: Number(documentTypes.byCode(type)?.class.code),
      field_code_loinc: type,
      field_consultation_document:
        (before.cell(profession, type)?.value === 'allow') !== flip(profession, type),
    })),
  )
}

function asCsv(rows: readonly Row[], separator = ';'): string {
  const names = Object.keys(rows[0] ?? {})
  return `\ufeff${[names, ...rows.map((row) => names.map((name) => `"${row[name]}"`))]
    .map((cells) => cells.join(separator))
    .join('\r\n')}\r\n`
}

function folder(t: Test): string {
  const path = mkdtempSync(join(tmpdir(), 'dmp-tables-'))
  t.teardown(() => rmSync(path, { recursive: true, force: true }))
  return path
}

type Ran = { readonly code: number; readonly out: string; readonly err: string }

async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const [out, err]: [string[], string[]] = [[], []]
  const code = await commandLine(['habilitation', ...args], {
    out: (line) => out.push(line),
    err: (line) => err.push(line),
    env,
  })
  return { code, out: out.join('\n'), err: err.join('\n') }
}

t.test('a publication is imported: told, written for its day, read as it was told', async (t) => {
  const tables = folder(t)
  const file = join(tables, 'matrice.json')
  const rows = published((profession, type) => profession === '60' && ['11490-0', '89601-9'].includes(type))
  writeFileSync(file, JSON.stringify(rows))
  const from = parisDay(Date.now() + 40 * DAY)
  const args = ['import', file, '--from', from, '--keep', keep.join(','), '--tables', tables]

  const dry = await run([...args, '--dry-run'])
  t.equal(dry.code, 0, dry.err)
  t.match(dry.out, `${before.professions.length * before.types.length} cells: 0 added, 2 changed, 0 removed`)
  t.match(dry.out, '60 × 11490-0  allow → deny')
  t.match(dry.out, '60 × 89601-9  deny → allow')
  t.same(readdirSync(tables), ['matrice.json'], 'a dry run writes nothing, not even the folder')

  const done = await run(args)
  t.equal(done.code, 0, done.err)
  t.same(readdirSync(join(tables, 'habilitation')), [`${from}.json`], 'and leaves nothing unfinished behind')
  const all = loadHabilitation(profilesFolder, tables)
  t.equal(tableInForce(all, parisDay(Date.now())).validFrom, before.validFrom, 'today it is not in force')
  const after = buildHabilitationMatrix(tableInForce(all, from), documentTypes)
  t.equal(after.cell('60', '11490-0')?.value, 'deny')
  t.equal(after.cell('60', '11490-0')?.status, 'confirmed')
  t.match(after.cell('60', '11490-0')?.source, /matrice\.json/)
  t.same(after.cell('GENR08', '11490-0'), before.cell('GENR08', '11490-0'), 'what is kept is what it was')

  const again = await run(args)
  t.equal(again.code, 1)
  t.match(again.err, `there is a table of ${from} already`, 'nothing is written over')
})

t.test('CSV with any of three separators says what JSON says', async (t) => {
  const json = readPublication(JSON.stringify(published()), 'json')
  if ('faults' in json) throw new Error(json.faults.join('\n'))
  const plain = ({ line: _, ...row }: PublishedRow) => row
  for (const separator of [';', ',', '\t']) {
    const csv = readPublication(asCsv(published(), separator), 'csv')
    if ('faults' in csv) throw new Error(csv.faults.join('\n'))
    t.same(csv.rows.map(plain), json.rows.map(plain))
  }
  const words = asCsv(published()).replaceAll('"true"', 'Oui').replaceAll('"false"', 'Non')
  const read = readPublication(words, 'csv')
  t.ok('rows' in read && read.rows.length === json.rows.length)
})

t.test('what is no matrix is refused with every reason, and nothing is written', async (t) => {
  const tables = folder(t)
  const rows = published()
  const cases: readonly (readonly [name: string, text: string, reason: RegExp])[] = [
    ['hole.json', JSON.stringify(rows.slice(1)), /cell 10 × 11488-4 is missing/],
    ['row-less.json', '[]', /no row at all/],
    ['object.json', '{"rows":[]}', /not a JSON array/],
    ['broken.json', '[{', /not JSON/],
    ['twice.json', JSON.stringify([...rows, rows[0]]), /line 3163: 10 × 11488-4 repeats line 1/],
    [
      'contradiction.json',
      JSON.stringify([...rows, { ...rows[0], field_consultation_document: false }]),
      /10 × 11488-4 contradicts line 1/,
    ],
    [
      'type.json',
      JSON.stringify([...rows, { ...rows[0], field_code_loinc: '00000-0' }]),
      /unknown document type 00000-0/,
    ],
    [
      'excluded.json',
      JSON.stringify([...rows, { ...rows[0], field_code_loinc: 'E1762' }]),
      /document type E1762 is left out of the matrix on purpose/,
    ],
    [
      'profession.json',
      JSON.stringify([...rows, { ...rows[0], field_code_profession: 999 }]),
      /unknown profession 999/,
    ],
    [
      'category.json',
      JSON.stringify([{ ...rows[0], field_code_categorie_document: 42 }, ...rows.slice(1)]),
      /line 1: type 11488-4 is of category 10, not 42/,
    ],
    [
      'value.json',
      JSON.stringify([{ ...rows[0], field_consultation_document: 'maybe' }, ...rows.slice(1)]),
      /line 1: field_consultation_document is neither true nor false/,
    ],
    ['null.json', JSON.stringify([null, ...rows]), /line 1: field_code_profession is not a code/],
    ['header.csv', 'a;b\n1;2\n', /the header has no field_code_profession/],
    [
      'short.csv',
      asCsv(rows).replace('"10";"10";"11488-4";"true"', '"10";"11488-4";"true"'),
      /line 2: field_code_profession is not a code/,
    ],
  ]
  for (const [name, text, reason] of cases) {
    const file = join(tables, name)
    writeFileSync(file, text)
    const { code, err } = await run(['import', file, '--keep', keep.join(','), '--tables', tables])
    t.equal(code, 1, name)
    t.match(err, reason, name)
  }
  const whole = join(tables, 'whole.json')
  writeFileSync(whole, JSON.stringify(rows))
  const without = await run(['import', whole, '--tables', tables])
  t.equal(without.code, 1)
  t.match(without.err, /profession GENR08 is missing \(--keep GENR08 leaves it as it was\)/)
  const needless = await run(['import', whole, '--keep', `${keep.join(',')},10,0`, '--tables', tables])
  t.match(needless.err, /profession 10 is to be kept, and the publication has it/)
  t.match(needless.err, /profession 0 is to be kept, and the table before has it not/)
  t.notOk(readdirSync(tables).includes('habilitation'))
})

t.test('wrong usage is 64, and says how', async (t) => {
  const tables = folder(t)
  const file = join(tables, 'whole.json')
  writeFileSync(file, JSON.stringify(published()))
  for (const args of [
    [],
    ['export', file],
    ['import'],
    ['import', file, 'another'],
    ['import', file, '--from', '2026-02-30'],
    ['import', file, '--from', '2020-01-01'],
    ['import', file, '--force'],
    ['import', join(tables, 'absent.json')],
    ['import', tables],
  ]) {
    t.equal((await run(args, { DMP_TABLES_DIR: tables })).code, 64, args.join(' '))
  }
  t.equal((await run(['import', file])).code, 64, 'nobody knows where to')
  t.match((await run(['--help'])).out, /--dry-run/)
})

t.test('import-is-exact: whatever cells differ, those and no others are told and changed', async (t) => {
  const cells = numbered.flatMap((profession) => before.types.map((type) => `${profession} ${type}`))
  let flipped = 0
  fc.assert(
    fc.property(fc.uniqueArray(fc.constantFrom(...cells), { maxLength: 30 }), (chosen) => {
      const flip = new Set(chosen)
      const read = readPublication(JSON.stringify(published((p, type) => flip.has(`${p} ${type}`))), 'json')
      if ('faults' in read) return false
      const imported = importHabilitation(read.rows, {
        before,
        documentTypes,
        professions: new Map(),
        keep,
        validFrom: '2027-01-01',
        version: '2',
        source: 'a test',
      })
      if ('faults' in imported) return false
      const after = buildHabilitationMatrix(imported.table, documentTypes)
      const { added, changed, removed } = habilitationDifference(before, after)
      flipped += chosen.length
      const told = changed.map(({ profession, type }) => `${profession} ${type}`)
      return added.length + removed.length === 0 && told.sort().join() === chosen.sort().join()
    }),
    { numRuns: 15 },
  )
  t.ok(flipped > 20, 'not vacuous')
})

t.test('a profession may be added, whole', async (t) => {
  const rows = published()
  const first = rows.slice(0, before.types.length).map((row) => ({ ...row, field_code_profession: 99 }))
  const given = {
    before,
    documentTypes,
    professions: new Map([['99', { systemOid: '1.2.250.1.71.1.2.7', display: 'Essai' }]]),
    keep,
    validFrom: '2027-01-01',
    version: '2',
    source: 'a test',
  }
  const rowsOf = (text: readonly Row[]): readonly PublishedRow[] => {
    const read = readPublication(JSON.stringify(text), 'json')
    return 'rows' in read ? read.rows : []
  }
  const part = importHabilitation(rowsOf([...rows, ...first.slice(1)]), given)
  t.same('faults' in part && part.faults, ['cell 99 × 11488-4 is missing'])
  const whole = importHabilitation(rowsOf([...rows, ...first]), given)
  if ('faults' in whole) throw new Error(whole.faults.join('\n'))
  const after = buildHabilitationMatrix(whole.table, documentTypes)
  t.equal(habilitationDifference(before, after).added.length, before.types.length)
  t.same(after.cell('99', '11490-0')?.value, before.cell('10', '11490-0')?.value)
  t.same(
    JSON.parse(readFileSync(join(profilesFolder, 'schemas', 'habilitation.json'), 'utf8')).type,
    'object',
  )
})
