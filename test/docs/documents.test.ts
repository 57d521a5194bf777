/**
 * What documents say of other things is so: links and anchors, files and headings that are named, numbers and lists that come
 * from the code. Addresses on the web are not looked up.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import t from 'tap'
import { packageRoot } from '../../src/asset-path.ts'
import { errorCatalogue } from '../../src/fhir/error-catalogue.ts'
import { anchorsOf, headingsOf, linksOf, proseOf } from './markdown-links.ts'
import { blocksOf, commandsOf, firstDifference } from './shown-blocks.ts'

const root = packageRoot()
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const json = (path: string): unknown => JSON.parse(read(path))

function filesBelow(folder: string, ending: RegExp): string[] {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((path) => join(folder, path))
    .filter((path) => ending.test(path) && !path.includes('node_modules'))
}

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...['docs', 'examples', 'dashboards'].flatMap((folder) => filesBelow(folder, /\.md$/)),
].sort()

t.test('every link leads to a file that is there, and to a heading in it', async (t) => {
  const leadsTo = (page: string, target: string): boolean => {
    if (/^https?:/.test(target)) return URL.canParse(target)
    const [path = '', anchor] = target.split('#')
    const file = path === '' ? page : normalize(join(dirname(page), path))
    return existsSync(join(root, file)) && (anchor === undefined || anchorsOf(read(file)).has(anchor))
  }
  const broken: string[] = []
  let links = 0
  for (const page of pages) {
    for (const { target } of linksOf(read(page))) {
      links++
      if (!leadsTo(page, target)) broken.push(`${page}: ${target}`)
    }
  }
  t.ok(links > 120, 'not vacuous')
  t.same(broken, [])
  t.comment(`report: documents  ${links} links of ${pages.length} pages`)
})

t.test('every document is in the index', async (t) => {
  const linked = new Set(
    linksOf(read('docs/README.md')).map(({ target }) => normalize(join('docs', target.split('#')[0] ?? ''))),
  )
  const covered = (page: string): boolean =>
    linked.has(page) || linked.has(join(dirname(page), 'README.md')) || linked.has(dirname(page))
  t.same(
    pages.filter((page) => page.startsWith('docs/') && page !== 'docs/README.md' && !covered(page)),
    [],
  )
})

t.test('files and headings that texts and comments name are there', async (t) => {
  const sources = ['src', 'test', 'scripts', 'examples'].flatMap((folder) =>
    filesBelow(folder, /\.(ts|js|py|java)$/),
  )
  const absent: string[] = []
  let named = 0
  for (const file of [...pages, ...sources]) {
    // What a test of this very test says in passing is no reference.
    if (file.startsWith('test/docs/')) continue
    const text = read(file)
    for (const [, page = '', section] of text.matchAll(/\b(docs\/[\w/-]+\.md)(?: "([^"\n]+)")?/g)) {
      named++
      if (!existsSync(join(root, page))) absent.push(`${file}: ${page}`)
      else if (section !== undefined && !headingsOf(read(page)).some((title) => title.includes(section)))
        absent.push(`${file}: ${page} "${section}"`)
    }
  }
  for (const page of pages.filter((each) => each !== 'CHANGELOG.md')) {
    for (const [, path = ''] of proseOf(read(page)).matchAll(
      /`((?:src|test|scripts|profiles|migrations|examples)\/[\w./-]+)`/g,
    )) {
      named++
      if (!existsSync(join(root, path))) absent.push(`${page}: ${path}`)
    }
  }
  t.ok(named > 200, 'not vacuous')
  t.same(absent, [])
})

type Matrix = { readonly professions: readonly unknown[]; readonly types: readonly unknown[] }
type Rights = {
  readonly rights: readonly (readonly [string, string, string])[]
  readonly columns: readonly { readonly status: string }[]
}

t.test(
  'what is confirmed and what is ours: the numbers, and every rule of which a part is not law',
  async (t) => {
    const page = read('docs/confirmed.md')
    const { professions, types } = json('profiles/habilitation/2023-10-26.json') as Matrix
    t.match(page, `${professions.length} professions × ${types.length} types`)
    const policy = read('docs/policy.md')
    const [, confirmed, proposed] =
      /of which (\d+) cells are\s+confirmed by a named source and ([\d,]+) are our proposal/.exec(policy) ??
      []
    t.match(page, `| ${confirmed} cells,`)
    t.match(page, `| ${proposed} cells,`)
    t.equal(Number(confirmed) + Number(proposed?.replace(',', '')), professions.length * types.length)
    const cells = (professions.length * types.length).toLocaleString('en')
    t.match(read('README.md'), `${proposed} of ${cells} cells`)
    const { columns } = json('profiles/functional-rights/2022-01-01.json') as Rights
    const sure = columns.filter(({ status }) => status === 'confirmed').length
    t.match(page, `${sure} of ${columns.length} columns`)
    t.match(page, `${columns.length - sure} columns`)

    const partlyOurs = policy
      .split(/^### /m)
      .slice(1)
      .filter((section) => /· (?:[ABCU]\/)?[BCU]\b/.test(/^- Source: (.+)$/m.exec(section)?.[1] ?? ''))
      .map((section) => section.slice(0, section.indexOf('\n')))
    const section = page.slice(page.indexOf('## Rules of which a part is not law'))
    const told = /each which part: ([^.]+)\./.exec(section)?.[1]?.split(', ') ?? []
    t.ok(told.length > 20, 'not vacuous')
    t.same(told.toSorted(), partlyOurs.toSorted())
  },
)

t.test(
  'transactions: every one of the functional rights, with its right; every code of a refusal is one',
  async (t) => {
    const page = read('docs/transactions.md')
    const { rights } = json('profiles/functional-rights/2022-01-01.json') as Rights
    for (const [right, transaction] of rights) {
      if (transaction === '') continue
      const row = page.split('\n').find((line) => line.startsWith(`| [${transaction}](`)) ?? ''
      t.not(row, '', `${transaction} has its row`)
      const [low, high] = /F(\d+) to F(\d+)/.exec(row)?.slice(1).map(Number) ?? []
      const number = Number(right.slice(1))
      const among = low !== undefined && high !== undefined && low <= number && number <= high
      t.ok(among || new RegExp(`\\b${right}\\b`).test(row), `${transaction} names ${right}`)
    }
    const refusals = [...proseOf(page).matchAll(/Refused:([^#]+?)(?=\n\n|\n#)/g)].flatMap(([, text = '']) =>
      codesIn(text),
    )
    const hospital = [...read('docs/guides/hospital.md').matchAll(/^\| (`[a-z][^|]*) \|/gm)].flatMap(
      ([, cell = '']) => codesIn(cell),
    )
    t.ok(refusals.length > 30 && hospital.length > 20, 'not vacuous')
    const codes = Object.keys(errorCatalogue)
    t.same(
      [...refusals, ...hospital].filter((code) => !codes.includes(code) && !notCodes.has(code)),
      [],
    )
  },
)

/** Words of FHIR that look like a code of ours. */
const notCodes = new Set(['status'])

function codesIn(text: string): string[] {
  return [...text.matchAll(/`([a-z]+(?:-[a-z0-9]+)*)`/g)].map(([, code = '']) => code)
}

t.test('the security model: every claim of a table names what holds it', async (t) => {
  const page = read('docs/security.md')
  const claims = page.split('\n').filter((line) => /^\| [a-z]/.test(line))
  const bare = claims.filter((line) => /\| held by \|/.test(line) === false && /\|\s*\|$/.test(line))
  t.ok(claims.length > 20, 'not vacuous')
  t.same(bare, [])
})

t.test('the examples that transactions link are there, with the part they are linked for', async (t) => {
  const page = read('docs/transactions.md')
  let linked = 0
  for (const section of page.split(/^## /m)) {
    for (const { target } of linksOf(section)) {
      if (!target.startsWith('../examples/') || !/\.(ts|py|java)$/.test(target)) continue
      linked++
      const title = section.slice(0, section.indexOf('\n'))
      const region = /^TD[\d.]+[a-d]?/.exec(title)?.[0].toLowerCase() ?? ''
      t.match(read(join('docs', target)), `region: ${region}`, `${target} has ${region}`)
    }
  }
  t.comment(`report: documents  ${linked} links to examples in other languages`)
})

t.test('the reader of these pages reads them rightly', async (t) => {
  const page =
    '# A b’s, `c`\n```bash run exit=1\nls\n```\n```text output\na…\n…\n```\n## A b’s, `c`\n[x](y.md#z) `[no](link)`\n'
  t.same([...anchorsOf(page)], ['a-bs-c', 'a-bs-c-1'])
  t.same(linksOf(page), [{ text: 'x', target: 'y.md#z' }])
  t.match(commandsOf(page), [{ line: 2, text: 'ls', exit: 1, output: { text: 'a…\n…' } }])
  t.equal(firstDifference('a…\n…', 'abc\nd\ne\n'), undefined)
  t.equal(firstDifference('a…\nb', 'abc\nc\n'), 'b')
  t.equal(firstDifference('a.c', 'abc'), 'a.c')
  t.match(firstDifference('a', 'a\nb'), 'nothing more')
  t.throws(() => blocksOf('```\nopen'), /never closed/)
})

t.test('every picture is small', async (t) => {
  const pictures = filesBelow('docs', /\.(png|svg|jpg|webp)$/)
  for (const picture of pictures) t.ok(statSync(join(root, picture)).size <= 150_000, relative(root, picture))
})
