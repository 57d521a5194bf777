/**
 * The benchmarks of the fhir profile in their quick form: they run, and what they tell is what was asked. Nothing here is
 * timed: the machine may be busy.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { packageRoot } from '../../src/asset-path.ts'

const QUICK = [
  '--resources',
  '300',
  '--seconds',
  '0.01',
  '--rounds',
  '1',
  '--samples',
  '1',
  '--connections',
  '4',
]
type Side = { name: string; rounds: { pieces: number; perSecond: number }[] }
type Figures = {
  population: { total: number; patients: number }
  import: { server: Side; baseline: Side; ratio: { median: number } }
  crud: { sides: (Side & { ratio?: { median: number } })[] }
  search: {
    searches: (Side & { pages: { pages: number; most: number; entries: number; statements: number } })[]
  }
}

t.test('import, crud and search tell a figure for each thing they do', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const json = join(folder, 'figures.json')
  const run = join(packageRoot(), '.build', 'bench', 'run.js')
  await promisify(execFile)(process.execPath, [
    run,
    'fhir-import',
    'fhir-crud',
    'fhir-search',
    ...QUICK,
    '--json',
    json,
  ])
  const figures = JSON.parse(readFileSync(json, 'utf8')) as Figures
  const { population, crud, search } = figures
  t.ok(population.total >= 200 && population.patients >= 5, JSON.stringify(population))
  t.equal(figures.import.server.rounds[0]?.pieces, population.total, 'all of it was imported')
  t.equal(figures.import.baseline.rounds[0]?.pieces, population.total, 'and inserted')
  t.equal(crud.sides.length, 10)
  for (const { name, rounds } of [...crud.sides, ...search.searches])
    t.ok((rounds[0]?.pieces ?? 0) > 0 && (rounds[0]?.perSecond ?? 0) > 0, name)
  t.equal(crud.sides.filter(({ ratio }) => ratio !== undefined && ratio.median > 0).length, 8)
  for (const { name, pages } of search.searches) t.ok(pages.statements > 0 && pages.most > 0, name)
  const found = (name: string): number =>
    search.searches.find((one) => one.name === name)?.pages.entries ?? Number.NaN
  t.equal(found('token: identifier'), 1)
  t.ok(found('reference + _sort + _include') > 1)
})
