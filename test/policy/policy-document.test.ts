/**
 * docs/policy.md, src/policy/rule-ids.ts and the code name the same rules; every file that enforces one is there.
 * Reading for ids is a search for the word: that a rule is applied rightly is what its own tests say.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { packageRoot } from '../../src/asset-path.ts'
import { ruleIds } from '../../src/policy/rule-ids.ts'

const root = packageRoot()

type Rule = { readonly id: string; readonly source: string; readonly files: readonly string[] }

/** The rules of a document: a heading of the third level that is an id, with its `Source` and `Enforcement` lines. */
function rulesOf(text: string): Rule[] {
  return text
    .split(/^### /m)
    .slice(1)
    .map((section) => {
      const enforcement = /^- Enforcement: (.+)$/m.exec(section)?.[1] ?? ''
      return {
        id: section.slice(0, section.indexOf('\n')),
        source: /^- Source: (.+)$/m.exec(section)?.[1] ?? '',
        files: [...enforcement.matchAll(/`([^`]+)`/g)].map(([, path]) => path ?? ''),
      }
    })
}

function differences(a: readonly string[], b: readonly string[]): string[] {
  return [...a.filter((id) => !b.includes(id)), ...b.filter((id) => !a.includes(id))]
}

function sourcesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name))
}

const document = readFileSync(join(root, 'docs', 'policy.md'), 'utf8')
const rules = rulesOf(document)
const known: readonly string[] = ruleIds
/** Tables of ids and the demonstration apply no rule. */
const applying = sourcesBelow('src')
  .filter((path) => !/rule-ids\.ts$|functional-matrix\.ts$|^src\/cli\//.test(path))
  .map((path) => readFileSync(join(root, path), 'utf8'))
/** How far the numbers of each letter go in the rules of the DMP. */
const groups: ReadonlyMap<string, readonly [number, number]> = new Map([
  ['F', [0, 17]],
  ['H', [1, 1]],
  ['P', [1, 2]],
  ['A', [1, 13]],
  ['V', [1, 7]],
  ['D', [1, 11]],
  ['I', [1, 5]],
  ['T', [1, 5]],
  ['S', [1, 2]],
  ['M', [1, 2]],
  ['R', [1, 1]],
])
const isRuleId = (id: string): boolean => {
  const [low = 1, high = 0] = groups.get(id.charAt(0)) ?? []
  return Number(id.slice(1)) >= low && Number(id.slice(1)) <= high
}

t.test('the document and the code know the same rules', async (t) => {
  t.ok(rules.length > 40)
  t.same(
    differences(
      rules.map(({ id }) => id),
      known,
    ),
    [],
  )
  t.equal(new Set(rules.map(({ id }) => id)).size, rules.length, 'none stands twice')
})

t.test('every rule has a source and an enforcement, and its files are there', async (t) => {
  for (const { id, source, files } of rules) {
    t.not(source, '', `${id} has a source`)
    t.ok(
      files.some((path) => path.startsWith('src/')),
      `${id} is enforced in src/`,
    )
    for (const path of files) t.ok(existsSync(join(root, path)), `${id}: ${path}`)
  }
})

t.test('every rule is applied somewhere, and every id that the code writes is a rule', async (t) => {
  for (const id of known) {
    const word = new RegExp(`\\b${id}\\b`)
    t.ok(
      applying.some((source) => word.test(source)),
      `${id} is named in the code`,
    )
  }
  const unenforced = document.slice(document.indexOf('## 9.'))
  const written = new Set(applying.flatMap((source) => source.match(/(?<=\brule: ')[A-Z]\d+(?=')/g) ?? []))
  t.ok(written.size > 5)
  t.same(
    differences(
      [...written].filter((id) => !known.includes(id)),
      [],
    ),
    [],
  )
  const named = applying
    .flatMap((source) => source.match(/\b[FHPAVDIT](?:0|[1-9]\d?)\b/g) ?? [])
    .filter(isRuleId)
  const undocumented = [...new Set(named)].filter((id) => !known.includes(id) && !unenforced.includes(id))
  t.same(
    undocumented.filter((id) => !isWithinRange(unenforced, id)),
    [],
  )
})

t.test('a difference would be noticed, either way', async (t) => {
  t.same(differences(['A1', 'A2'], ['A1']), ['A2'])
  t.same(differences(['A1'], ['A1', 'A3']), ['A3'])
  t.same(rulesOf('### A1\n\nText.\n- Source: law\n- Enforcement: `src/a.ts`, `test/b.ts`\n'), [
    { id: 'A1', source: 'law', files: ['src/a.ts', 'test/b.ts'] },
  ])
  t.same(rulesOf('### A1\n\nText.\n')[0]?.files, [])
})

/** `F13 to F17` names F15. */
function isWithinRange(text: string, id: string): boolean {
  return [...text.matchAll(/\b([A-Z])(\d+) to \1(\d+)\b/g)].some(
    ([, letter, low, high]) =>
      letter === id[0] && Number(low) <= Number(id.slice(1)) && Number(id.slice(1)) <= Number(high),
  )
}
