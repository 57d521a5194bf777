/** SMART scopes with a query: what is left of the documents, by property against what the scopes say one by one. */

import t from 'tap'
import { allows, parseScopes } from '../../src/http/authentication/scopes.ts'
import type { Scope } from '../../src/policy/caller.ts'
import { type DocumentScope, holds } from '../../src/policy/document-scope.ts'
import { coveredDocuments, coveredTypes, narrowed } from '../../src/policy/scope-narrowing.ts'
import fc from '../support/draws.ts'
import { terminology } from '../support/profiles.ts'

const types = terminology.documentTypes
const keyOf = ({ system, code }: { readonly system: string; readonly code: string }) => `${system}|${code}`
// Two classes with several types each, and one type of a third.
const classes = [...new Set(types.all.map((type) => keyOf(type.class)))].slice(0, 2)
const some = [
  ...classes.flatMap((key) => types.all.filter((type) => keyOf(type.class) === key).slice(0, 2)),
  ...types.all.filter((type) => !classes.includes(keyOf(type.class))).slice(0, 1),
]
const typeKeys = some.map(keyOf)
const letters = ['c', 'r', 'u', 'd', 's'] as const

const documentOf = (type: string) => ({
  type,
  status: 'current',
  archived: false,
  masked: false,
  invisiblePatient: false,
  invisibleLegal: false,
  authors: [],
})
const seesAll: DocumentScope = {
  types: 'every',
  onlyOwn: false,
  masked: 'all',
  invisiblePatient: true,
  invisibleLegal: 'shown',
  withdrawn: true,
  self: [],
}

type Wish = {
  readonly level: string
  readonly resource: string
  readonly letters: readonly string[]
  readonly query: readonly (readonly [string, readonly string[]])[]
}
const query = fc.array(
  fc.oneof(
    fc.tuple(fc.constant('type'), fc.subarray(typeKeys, { minLength: 1 })),
    fc.tuple(fc.constant('category'), fc.subarray(classes, { minLength: 1 })),
  ),
  { maxLength: 2 },
)
const wishes: fc.Arbitrary<Wish> = fc.record({
  level: fc.constantFrom('user', 'system', 'patient'),
  resource: fc.constantFrom('DocumentReference', 'DocumentReference', 'DocumentReference', 'Binary', '*'),
  letters: fc.subarray([...letters], { minLength: 1 }),
  query,
})

function textOf({ level, resource, letters, query }: Wish): string {
  const asked = resource === 'DocumentReference' ? query : []
  const pairs = asked.map(([name, values]) => `${name}=${values.map(encodeURIComponent).join(',')}`)
  return `${level}/${resource}.${letters.join('')}${pairs.length > 0 ? `?${pairs.join('&')}` : ''}`
}

/** Does this one scope give this letter on a document of this type? */
function gives({ resource, letters, query }: Wish, letter: string, type: string): boolean {
  if (resource === 'Binary' || !letters.includes(letter)) return false
  const known = types.all.find((each) => keyOf(each) === type)
  if (resource === '*') return true
  return query.every(([name, values]) =>
    values.includes(name === 'type' ? type : known ? keyOf(known.class) : ''),
  )
}

t.test(
  'a document is covered when one of the scopes covers it: nothing is added, nothing is lost',
  async (t) => {
    const met = { whole: 0, some: 0, none: 0 }
    fc.assert(
      fc.property(fc.array(wishes, { maxLength: 4 }), fc.constantFrom(...letters), (wished, letter) => {
        const scopes = parseScopes(wished.map(textOf).join(' ')) ?? []
        const covered = coveredDocuments(scopes, { type: 'DocumentReference', letter })
        const scope = narrowed(seesAll, covered, types)
        met[scope.types === 'every' ? 'whole' : scope.types.size > 0 ? 'some' : 'none']++
        return (
          scopes.length === wished.length &&
          typeKeys.every(
            (type) => holds(scope, documentOf(type)) === wished.some((wish) => gives(wish, letter, type)),
          )
        )
      }),
      { numRuns: 2_000 },
    )
    t.ok(Math.min(...Object.values(met)) > 100, `not vacuous: ${JSON.stringify(met)}`)
  },
)

t.test('what shows documents under another name is covered by the scopes that read documents', async (t) => {
  const met = { whole: 0, narrowed: 0, nothing: 0 }
  fc.assert(
    fc.property(
      fc.array(wishes, { maxLength: 4 }),
      fc.constantFrom('Binary', 'List', 'Patient'),
      (wished, type) => {
        const scopes = parseScopes(wished.map(textOf).join(' ')) ?? []
        const left = coveredTypes(coveredDocuments(scopes, { type, letter: 'r' }), types)
        const isNarrowed = wished.some(
          ({ resource, query }) => resource === 'DocumentReference' && query.length > 0,
        )
        met[left === 'every' ? 'whole' : left.size > 0 ? 'narrowed' : 'nothing']++
        if (!isNarrowed) return left === 'every'
        const reads = (key: string) => wished.some((wish) => gives(wish, 'r', key) || gives(wish, 's', key))
        return typeKeys.every((key) => (left === 'every' || left.has(key)) === reads(key))
      },
    ),
    { numRuns: 2_000 },
  )
  t.ok(Math.min(...Object.values(met)) > 40, `not vacuous: ${JSON.stringify(met)}`)
})

t.test('narrowing only ever takes away, from what the matrix gives too', async (t) => {
  let taken = 0
  fc.assert(
    fc.property(fc.subarray(typeKeys), fc.array(wishes, { maxLength: 3 }), (matrix, wished) => {
      const given = { ...seesAll, types: new Set(matrix) }
      const scopes = parseScopes(wished.map(textOf).join(' ')) ?? []
      const left = narrowed(
        given,
        coveredDocuments(scopes, { type: 'DocumentReference', letter: 'r' }),
        types,
      )
      if (left.types !== 'every' && left.types.size < matrix.length) taken++
      return typeKeys.every((key) => !holds(left, documentOf(key)) || holds(given, documentOf(key)))
    }),
    { numRuns: 1_000 },
  )
  t.ok(taken > 100, `not vacuous: ${taken}`)
})

t.test('a query that is not understood gives nothing at all', async (t) => {
  const good = 'type=http://loinc.org|11488-4'
  const refused = [
    'user/DocumentReference.rs?',
    'user/DocumentReference.rs?type',
    'user/DocumentReference.rs?type=',
    'user/DocumentReference.rs?type=11488-4',
    'user/DocumentReference.rs?type=|11488-4',
    'user/DocumentReference.rs?type=http://loinc.org|',
    'user/DocumentReference.rs?type=http://loinc.org|a|b',
    'user/DocumentReference.rs?type=http://loinc.org|11488-4,',
    'user/DocumentReference.rs?type:not=http://loinc.org|11488-4',
    'user/DocumentReference.rs?Type=http://loinc.org|11488-4',
    `user/DocumentReference.rs?${good}&date=ge2020`,
    `user/DocumentReference.rs?${good}&`,
    `user/DocumentReference.rs?${good}=x`,
    `user/DocumentReference.rs?${good}&patient=1`,
    'user/DocumentReference.rs?type=%E9',
    'user/DocumentReference.rs?type=http://loinc.org|11488-4%5C,x',
    `user/Binary.r?${good}`,
    `user/List.r?${good}`,
    `user/*.rs?${good}`,
    `user/DocumentReference.rs??${good}`,
    `user/DocumentReference.rs?${Array.from({ length: 11 }, () => good).join('&')}`,
    `user/DocumentReference.rs?type=${Array.from({ length: 101 }, () => 'a|b').join(',')}`,
  ]
  for (const scope of refused) t.strictSame(parseScopes(scope), [], scope)
  const understood: readonly Scope[] =
    parseScopes(`user/DocumentReference.rs?${good},urn:oid:1.2%7Cx&category=a|b`) ?? []
  t.strictSame(understood, [
    {
      level: 'user',
      resourceType: 'DocumentReference',
      interactions: 'rs',
      criteria: [
        { parameter: 'type', values: ['http://loinc.org|11488-4', 'urn:oid:1.2|x'] },
        { parameter: 'category', values: ['a|b'] },
      ],
    },
  ])
  t.equal(allows(understood, 'DocumentReference', 'r'), true)
  t.equal(allows(understood, 'DocumentReference', 'c'), false, 'the letters go with the query')
  t.equal(allows(parseScopes('user/*.rs') ?? [], 'Observation', 's'), true)
  t.equal(allows(parseScopes('user/*.cud') ?? [], 'Observation', 's'), false)
  for (const word of [
    'user/*.sr',
    'user/*.',
    'user/*.rr',
    'user/*.x',
    'user/*',
    'other/*.r',
    'user/patient.r',
  ])
    t.strictSame(parseScopes(word), [], word)
})
