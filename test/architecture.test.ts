/**
 * The layout, checked: who may import whom, what is pure, sizes and names. It proves itself with planted faults.
 * @see CONTRIBUTING.md
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { packageRoot } from '../src/asset-path.ts'
import { cyclesOf, faultsOf, folders, type SourceFile } from './support/architecture.ts'

const root = packageRoot()
const files: readonly SourceFile[] = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => ({ path: `src/${name}`, source: readFileSync(join(root, 'src', name), 'utf8') }))
  .sort((a, b) => a.path.localeCompare(b.path))

/** Longer than the others with a reason: one table that is read as a whole. */
const longFiles: Readonly<Record<string, string>> = {}
const MAX_LINES = 300
const MEDIAN_LINES = 100

const lines = ({ source }: SourceFile): number => source.split('\n').length - 1

t.test('every file imports and uses only what its folder may', async (t) => {
  t.ok(files.length > 150, 'the files were found')
  t.same(files.flatMap(faultsOf), [])
})

t.test('no import leads back to its beginning, by way of types neither', async (t) => {
  t.same(cyclesOf(files), [])
})

t.test('every folder has its line in the table, and every line its folder', async (t) => {
  const present = new Set(
    files
      .map(({ path }) => path.split('/'))
      .flatMap(([, folder = '', ...rest]) => (rest.length > 0 ? [folder] : [])),
  )
  t.same(
    [...present].sort(),
    [...Object.keys(folders), 'cli', 'embedded-postgres', 'sandbox', 'wiring', 'workers'].sort(),
  )
})

t.test('files are small, and say what they are', async (t) => {
  const long = files.filter((file) => lines(file) > MAX_LINES).map(({ path }) => path)
  t.same(long, Object.keys(longFiles))
  const sizes = files.map(lines).sort((a, b) => a - b)
  const median = sizes[Math.floor(sizes.length / 2)] ?? 0
  t.ok(median <= MEDIAN_LINES, `median of ${median} lines`)
  t.same(
    files.filter(({ source }) => !/^(?:#!.*\n)?\/\*\*/.test(source)).map(({ path }) => path),
    [],
    'a header comment',
  )
})

/** What must be found, and in whose place it is no fault. */
const planted: readonly (readonly [path: string, source: string, fault: RegExp | undefined])[] = [
  ['src/fhir/x.ts', "import { a } from '../dmp/ins.ts'", /imports src\/dmp\/ins\.ts/],
  ['src/fhir/x.ts', "import type { A } from '../dmp/ins.ts'", /imports src\/dmp/],
  ['src/fhir/x.ts', "export * from '../policy/decide.ts'", /imports src\/policy/],
  ['src/fhir/x.ts', "const a = await import('../http/server.ts')", /imports src\/http/],
  ['src/fhir/x.ts', "type A = import('../http/server.ts').A", /imports src\/http/],
  ['src/fhir/x.ts', "import '../app.ts'", /imports src\/app\.ts/],
  ['src/fhir/x.ts', "import { a } from './id.ts'", undefined],
  ['src/fhir/x.ts', "import { a } from './id'", /no extension/],
  ['src/fhir/deeper/x.ts', "import { a } from '../id.ts'", undefined],
  ['src/dmp/x.ts', "import { a } from '../fhir/id.ts'", undefined],
  ['src/dmp/x.ts', "import { a } from '../definitions/registry.ts'", /imports src\/definitions/],
  ['src/policy/x.ts', "import { a } from '../storage/sql.ts'", /imports src\/storage/],
  ['src/policy/rules/x.ts', "import { a } from '../../search/cursor.ts'", /imports src\/search/],
  ['src/search/x.ts', "import { a } from '../policy/decide.ts'", /imports src\/policy/],
  ['src/storage/x.ts', "import pg from 'pg'", undefined],
  ['src/interactions/x.ts', "import pg from 'pg'", /package pg/],
  ['src/interactions/x.ts', "import Fastify from 'fastify'", /package fastify/],
  ['src/interactions/x.ts', "import { a } from '../http/routes.ts'", /imports src\/http/],
  ['src/http/x.ts', "import { a } from '../storage/sql.ts'", /imports src\/storage/],
  ['src/http/x.ts', "import { a } from '../audit/trace.ts'", /imports src\/audit/],
  ['src/http/x.ts', "import { a } from '../sandbox/issuer.ts'", /imports src\/sandbox/],
  [
    'src/sandbox/x.ts',
    "import { a } from '../embedded-postgres/launch.ts'",
    /imports src\/embedded-postgres/,
  ],
  ['src/wiring/app.ts', "import { a } from '../sandbox/issuer.ts'", undefined],
  ['src/cli/x.ts', "import { a } from '../sandbox/personas.ts'", undefined],
  ['src/http/x.ts', "import { a } from '../../test/support/app.ts'", /outside src/],
  ['src/policy/x.ts', "import { readFileSync } from 'node:fs'", /node:fs/],
  ['src/definitions/load.ts', "import { readFileSync } from 'node:fs'", undefined],
  ['src/definitions/load.ts', "import { request } from 'node:http'", /node:http/],
  ['src/definitions/x.ts', "import { readFileSync } from 'node:fs'", /node:fs/],
  ['src/policy/x.ts', 'const now = Date.now()', /:1: Date\.now/],
  ['src/policy/x.ts', 'const now = new Date()', /new Date\(\)/],
  ['src/policy/x.ts', 'const then = new Date(0)', undefined],
  ['src/search/x.ts', 'const dice = Math.random()', /Math\.random/],
  ['src/dmp/x.ts', 'const id = crypto.randomUUID()', /crypto/],
  ['src/dmp/x.ts', 'const home = process.env.HOME', /process/],
  ['src/dmp/x.ts', 'const { process } = table; const a = { process: 1 }; a.process', /process/],
  ['src/dmp/x.ts', 'const a = { process: 1, fetch: 2 }; a.fetch', undefined],
  ['src/http/x.ts', 'const now = Date.now()', undefined],
  ['src/console/browser/api/x.ts', "import { a } from '../frame/element.ts'", undefined],
  ['src/console/browser/api/x.ts', "import { a } from '../../words.ts'", undefined],
  ['src/console/browser/api/x.ts', "import { a } from '../../api/api-words.ts'", undefined],
  ['src/console/browser/api/x.ts', "import { a } from '../../api/api-page.ts'", /in a browser/],
  ['src/console/browser/api/x.ts', "import { a } from '../../../fhir/id.ts'", /in a browser/],
  ['src/console/browser/api/x.ts', "import { a } from 'node:fs'", /in a browser/],
  ['src/console/browser/api/x.ts', "import a from 'left-pad'", /in a browser/],
  ['src/console/x.ts', "import { a } from './browser/frame/element.ts'", /runs in a browser/],
  ['src/wiring/app.ts', "import { a } from '../console/browser/frame/element.ts'", /runs in a browser/],
  ['src/console/x.ts', "import { a } from '../storage/sql.ts'", /imports src\/storage/],
  ['src/jobs/x.ts', "import { a } from '../wiring/app.ts'", /imports src\/wiring/],
  ['src/sandbox/x.ts', "import { a } from '../wiring/app.ts'", /imports src\/wiring/],
  ['src/fhir/utils.ts', '', /utils says nothing/],
  ['src/fhir/types.ts', '', /types says nothing/],
  ['src/common/id.ts', '', /common says nothing/],
  ['src/fhir/resourceId.ts', '', /kebab-case/],
]

t.test('planted faults are found, and only faults', async (t) => {
  for (const [path, source, fault] of planted) {
    const found = faultsOf({ path, source }).join('\n')
    if (fault) t.match(found, fault, `${path}: ${source}`)
    else t.equal(found, '', `${path}: ${source}`)
  }
  const cycle = [
    { path: 'src/fhir/a.ts', source: "import './b.ts'" },
    { path: 'src/fhir/b.ts', source: "import type { A } from './c.ts'" },
    { path: 'src/fhir/c.ts', source: "import './b.ts'" },
  ]
  t.same(cyclesOf(cycle), ['src/fhir/b.ts → src/fhir/c.ts → src/fhir/b.ts'])
})
