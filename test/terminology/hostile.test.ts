/** Value sets and patterns made to cost: each is answered or refused, within a bound. */

import t from 'tap'
import type { JsonObject } from '../../src/fhir/json.ts'
import { sourceOf } from '../../src/terminology/code-source.ts'
import { indexCodeSystem } from '../../src/terminology/code-system-index.ts'
import { Effort } from '../../src/terminology/effort.ts'
import { compileFilter } from '../../src/terminology/filter.ts'
import { compilePattern } from '../../src/terminology/pattern.ts'
import fc from '../support/draws.ts'
import { ask, expansionOf, refusalOf } from '../support/terminology.ts'

const system = (url: string, concept: JsonObject[], more: JsonObject = {}): JsonObject => ({
  resourceType: 'CodeSystem',
  url,
  content: 'complete',
  concept,
  ...more,
})
const valueSet = (url: string, include: JsonObject[], exclude: JsonObject[] = []): JsonObject => ({
  resourceType: 'ValueSet',
  url,
  compose: { include, exclude },
})
const flat = (size: number): JsonObject[] => Array.from({ length: size }, (_, i) => ({ code: `c${i}` }))

const expand = (resources: JsonObject[], body: JsonObject, ...query: [string, string][]) =>
  expansionOf(ask('ValueSet/$expand', { source: sourceOf(resources), body, query }))

t.test('a value set that includes itself, directly or not, is refused', async (t) => {
  const a = valueSet('urn:a', [{ valueSet: ['urn:b'] }])
  const b = valueSet('urn:b', [{ system: 'urn:s' }], [{ valueSet: ['urn:a'] }])
  const s = system('urn:s', flat(3))
  t.match(
    refusalOf(() => expand([a, b, s], a)),
    /^422 business-rule jeu-cyclique/,
  )
  t.match(
    refusalOf(() => expand([b, a, s], b)),
    /^422 business-rule jeu-cyclique/,
  )
  const self = valueSet('urn:self', [{ valueSet: ['urn:self'] }])
  t.match(
    refusalOf(() => expand([self], self)),
    /jeu-cyclique/,
  )
})

t.test('imports that double at each step, or go on for long, are bounded', async (t) => {
  const s = system('urn:s', flat(50))
  const doubling = (depth: number): JsonObject[] => [
    s,
    valueSet('urn:v0', [{ system: 'urn:s' }]),
    ...Array.from({ length: depth }, (_, i) =>
      valueSet(`urn:v${i + 1}`, [
        { valueSet: [`urn:v${i}`, `urn:v${i}|`] },
        { valueSet: [`urn:v${i}`], system: 'urn:s' },
      ]),
    ),
  ]
  const few = doubling(3)
  t.equal(expand(few, few.at(-1) ?? {}).total, 50, 'a few are answered')
  const many = doubling(25)
  t.match(
    refusalOf(() => expand(many, many.at(-1) ?? {})),
    /^422 too-costly expansion-trop-couteuse/,
  )
  const long = doubling(60)
  t.match(
    refusalOf(() => expand(long, long.at(-1) ?? {})),
    /^422 too-costly/,
  )
})

t.test('more codes than one answer holds are too costly, unless asked for by page', async (t) => {
  const s = system('urn:s', flat(10_001))
  const all = valueSet('urn:v', [{ system: 'urn:s' }])
  t.match(
    refusalOf(() => expand([s], all)),
    /^422 too-costly expansion-trop-couteuse 10000/,
  )
  t.same(expand([s], all, ['count', '2'], ['offset', '9999']), {
    total: 10_001,
    contains: [
      { system: 'urn:s', code: 'c9999' },
      { system: 'urn:s', code: 'c10000' },
    ],
  })
  t.same(expand([s], all, ['count', '0']), { total: 10_001, contains: [] })
  t.equal(expand([s], all, ['filter', 'c1000']).total, 2, 'c1000 and c10000')
  const often = valueSet(
    'urn:v',
    Array.from({ length: 3000 }, () => ({ system: 'urn:s' })),
  )
  t.match(
    refusalOf(() => expand([s], often)),
    /^422 too-costly/,
  )
})

t.test('hierarchies may be deep, have loops, and are walked once', async (t) => {
  const DEPTH = 20_000
  let chain: JsonObject = { code: `c${DEPTH}` }
  for (let i = DEPTH - 1; i >= 0; i--) chain = { code: `c${i}`, concept: [chain] }
  const deep = indexCodeSystem(system('urn:deep', [chain]))
  t.equal(deep.descendants('c0').size, DEPTH + 1)
  t.equal(deep.ancestors(`c${DEPTH}`).size, DEPTH + 1)
  const loop = indexCodeSystem(
    system('urn:loop', [
      { code: 'a', property: [{ code: 'parent', valueCode: 'c' }] },
      { code: 'b', property: [{ code: 'parent', valueCode: 'a' }] },
      {
        code: 'c',
        property: [
          { code: 'parent', valueCode: 'b' },
          { code: 'child', valueCode: 'nowhere' },
        ],
      },
    ]),
  )
  t.same([...loop.descendants('b')].sort(), ['a', 'b', 'c'])
  const nested = valueSet('urn:v', [{ system: 'urn:loop' }])
  t.equal(expand([loop.resource], nested, ['excludeNested', 'false']).total, 3, 'a loop has no top')
  const parts = indexCodeSystem(
    system('urn:parts', [{ code: 'hand', concept: [{ code: 'finger' }] }], { hierarchyMeaning: 'part-of' }),
  )
  t.same([...parts.descendants('hand')], ['hand'], 'a part is not a kind')
})

t.test('a definition that is not one is refused, not read half', async (t) => {
  const s = system('urn:s', flat(3))
  const cases: [JsonObject, RegExp][] = [
    [{ include: 'all' } as JsonObject, /type-attendu include/],
    [{ include: [{ system: 5 }] }, /type-attendu system/],
    [{ include: [{}] }, /jeu-incorrect vsd-1/],
    [{ include: [{ valueSet: ['urn:v'], concept: [{ code: 'a' }] }] }, /jeu-incorrect vsd-2/],
    [
      { include: [{ system: 'urn:s', concept: [{ code: 'c0' }], filter: [{ property: 'concept' }] }] },
      /jeu-incorrect vsd-3/,
    ],
    [filterOf('concept', 'like', 'c0'), /filtre-non-pris-en-charge concept like/],
    [filterOf('colour', '=', 'red'), /filtre-non-pris-en-charge colour =/],
    [filterOf('concept', 'is-a', 'none'), /filtre-non-pris-en-charge concept is-a/],
    [filterOf('code', 'regex', '(a'), /filtre-non-pris-en-charge code regex/],
    [filterOf('code', 'regex', '(a)\\1'), /filtre-non-pris-en-charge code regex/],
    [filterOf('code', 'constructor', 'x'), /filtre-non-pris-en-charge/],
  ]
  for (const [compose, refusal] of cases) {
    const resource = { resourceType: 'ValueSet', compose }
    t.match(
      refusalOf(() => expand([s], resource)),
      refusal,
      JSON.stringify(compose),
    )
  }
  const stored = { contains: [{ system: 'urn:s', code: 'c1', contains: [{ system: 'urn:s', code: 'c2' }] }] }
  t.equal(expand([s], { resourceType: 'ValueSet', expansion: stored }).total, 2, 'an expansion that says all')
  const part = { resourceType: 'ValueSet', expansion: { ...stored, total: 9 } }
  t.match(
    refusalOf(() => expand([s], part)),
    /jeu-incorrect expansion/,
    'and one that is a page',
  )
})

function filterOf(property: string, op: string, value: string): JsonObject {
  return { include: [{ system: 'urn:s', filter: [{ property, op, value }] }] }
}

t.test('patterns match as regular expressions do', async (t) => {
  const atom = fc.constantFrom(
    'a',
    'b',
    '.',
    '[ab]',
    '[^a]',
    '\\d',
    '\\w',
    '\\.',
    '(a|b)',
    '(?:ab|)',
    '[a-c1]',
    '1',
  )
  const piece = fc
    .tuple(atom, fc.constantFrom('', '', '*', '+', '?', '{2}', '{1,3}', '{0,}', '*?'))
    .map(([a, q]) => a + q)
  const source = fc.array(fc.oneof(piece, fc.constant('|')), { maxLength: 6 }).map((parts) => parts.join(''))
  let matched = 0
  let not = 0
  fc.assert(
    fc.property(
      source,
      fc.string({ unit: fc.constantFrom('a', 'b', 'c', '1', '.'), maxLength: 6 }),
      (pattern, text) => {
        const ours = compilePattern(pattern)
        if (!ours) return false
        const expected = new RegExp(`^(?:${pattern})$`).test(text)
        if (expected) matched++
        else not++
        return ours.matches(text) === expected
      },
    ),
    { numRuns: 5000 },
  )
  t.ok(matched > 300 && not > 300, `not vacuous: ${matched} and ${not}`)
  const anchored = compilePattern('^[0-9]{3}$')
  t.ok(anchored?.matches('250') && !anchored.matches('2500'))
  for (const refused of [
    '(',
    ')',
    'a)',
    '[a',
    '*',
    'a**',
    'a{2',
    'a{3,1}',
    '(?=a)',
    '(?<n>a)',
    '\\1',
    '\\b',
    '\\',
    '[b-a]',
    '[a-\\d]',
    'a^b',
    'a{999}{999}',
  ])
    t.equal(compilePattern(refused), undefined, refused)
  t.equal(compilePattern('(a{100}){100}'), undefined, 'too many states')
  t.equal(compilePattern('('.repeat(30) + ')'.repeat(30)), undefined, 'too deep')
})

// A backtracking engine would not come back from these.
t.test('no pattern takes longer than its size times the text', async (t) => {
  const hostile = ['(a+)+b', '(a|a)*b', '(a|aa)+b', '(.*)(.*)(.*)(.*)b', '(a?){50}a{50}b']
  const text = 'a'.repeat(5000)
  for (const source of hostile) t.equal(compilePattern(source)?.matches(text), false, source)
  const index = indexCodeSystem(
    system(
      'urn:s',
      Array.from({ length: 2000 }, (_, i) => ({ code: `${text}${i}` })),
    ),
  )
  const test = compileFilter({ property: 'code', op: 'regex', value: '(a?){50}a{50}b' }, index, new Effort())
  t.match(
    refusalOf(() => index.concepts.filter(test)),
    /^422 too-costly/,
    'and the sum is bounded',
  )
})
