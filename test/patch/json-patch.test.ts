/** RFC 6902 on resources: what it does, what it refuses, and what no patch may do to the server. */

import t from 'tap'
import { Decimal, type JsonObject, type JsonValue, parseJson, stringifyJson } from '../../src/fhir/json.ts'
import { sameDigits, sameJson } from '../../src/fhir/json-equality.ts'
import { applyJsonPatch, maxCopied, patchJson } from '../../src/patch/apply-json-patch.ts'
import { identityChange, refuseIdentityChange } from '../../src/patch/identity-change.ts'
import { maxOperations } from '../../src/patch/json-patch-operations.ts'
import fc from '../support/draws.ts'
import { refusalOf } from '../support/refusal-of.ts'

const read = (text: string): JsonValue => parseJson(text)
const patched = (document: string, patch: string): string =>
  stringifyJson(patchJson(read(document), read(patch)))

/** Document, operations, outcome: a document or a refusal. The situations of appendix A of the RFC, and beyond. */
const cases: readonly (readonly [document: string, patch: string, outcome: string])[] = [
  ['{}', '[]', '{}'],
  // add
  ['{"a":1}', '[{"op":"add","path":"/b","value":2}]', '{"a":1,"b":2}'],
  ['{"a":1}', '[{"op":"add","path":"/a","value":2}]', '{"a":2}'],
  ['{"a":1}', '[{"op":"add","path":"","value":{"z":1}}]', '{"z":1}'],
  ['{"a":[1,3]}', '[{"op":"add","path":"/a/1","value":2}]', '{"a":[1,2,3]}'],
  ['{"a":[1]}', '[{"op":"add","path":"/a/1","value":2}]', '{"a":[1,2]}'],
  ['{"a":[1]}', '[{"op":"add","path":"/a/-","value":[2,3]}]', '{"a":[1,[2,3]]}'],
  ['{"a":1}', '[{"op":"add","path":"/b","value":{"c":{}}}]', '{"a":1,"b":{"c":{}}}'],
  ['{"a":1}', '[{"op":"add","path":"/b","value":null,"more":1}]', '{"a":1,"b":null}'],
  ['{"a":1}', '[{"op":"add","path":"/b/c","value":2}]', '422 patch-cible'],
  ['{"a":[1]}', '[{"op":"add","path":"/a/2","value":2}]', '422 patch-index'],
  ['{"a":[1]}', '[{"op":"add","path":"/a/01","value":2}]', '422 patch-index'],
  ['{"a":[1]}', '[{"op":"add","path":"/a/b","value":2}]', '422 patch-index'],
  ['{"a":[1]}', '[{"op":"add","path":"/a/-1","value":2}]', '422 patch-index'],
  ['{"a":"text"}', '[{"op":"add","path":"/a/0","value":2}]', '422 patch-cible'],
  // remove
  ['{"a":1,"b":2}', '[{"op":"remove","path":"/b"}]', '{"a":1}'],
  ['{"a":[1,2,3]}', '[{"op":"remove","path":"/a/1"}]', '{"a":[1,3]}'],
  ['{"a":1}', '[{"op":"remove","path":"/b"}]', '422 patch-cible'],
  ['{"a":[1]}', '[{"op":"remove","path":"/a/-"}]', '422 patch-cible'],
  ['{"a":[1]}', '[{"op":"remove","path":"/a/1"}]', '422 patch-cible'],
  ['{"a":1}', '[{"op":"remove","path":""}]', '422 patch-cible'],
  ['{"a":1}', '[{"op":"remove","path":""},{"op":"add","path":"","value":{}}]', '{}'],
  // replace
  ['{"a":1}', '[{"op":"replace","path":"/a","value":{"b":2}}]', '{"a":{"b":2}}'],
  ['{"a":[1,2]}', '[{"op":"replace","path":"/a/1","value":9}]', '{"a":[1,9]}'],
  ['{"a":1}', '[{"op":"replace","path":"","value":{"z":1}}]', '{"z":1}'],
  ['{"a":1}', '[{"op":"replace","path":"/b","value":2}]', '422 patch-cible'],
  ['{"a":[1]}', '[{"op":"replace","path":"/a/-","value":2}]', '422 patch-cible'],
  // move
  ['{"a":{"x":1,"y":2},"b":{}}', '[{"op":"move","from":"/a/x","path":"/b/z"}]', '{"a":{"y":2},"b":{"z":1}}'],
  ['{"a":[1,2,3,4]}', '[{"op":"move","from":"/a/1","path":"/a/3"}]', '{"a":[1,3,4,2]}'],
  ['{"a":[1,2]}', '[{"op":"move","from":"/a/0","path":"/a/-"}]', '{"a":[2,1]}'],
  ['{"a":1}', '[{"op":"move","from":"/a","path":"/a"}]', '{"a":1}'],
  ['{"a":1}', '[{"op":"move","from":"/b","path":"/c"}]', '422 patch-cible'],
  ['{"a":{"b":1}}', '[{"op":"move","from":"/a","path":"/a/b"}]', '400 patch-forme'],
  // copy
  [
    '{"a":{"b":1}}',
    '[{"op":"copy","from":"/a","path":"/c"},{"op":"add","path":"/c/d","value":2}]',
    '{"a":{"b":1},"c":{"b":1,"d":2}}',
  ],
  ['{"a":{"b":1}}', '[{"op":"copy","from":"/a","path":"/a/c"}]', '{"a":{"b":1,"c":{"b":1}}}'],
  ['{"a":[1]}', '[{"op":"copy","from":"/a/0","path":"/a/0"}]', '{"a":[1,1]}'],
  ['{"a":1}', '[{"op":"copy","from":"/b","path":"/c"}]', '422 patch-cible'],
  // test
  [
    '{"a":"x","b":[1,{"c":2,"d":3}]}',
    '[{"op":"test","path":"/b","value":[1,{"d":3,"c":2}]}]',
    '{"a":"x","b":[1,{"c":2,"d":3}]}',
  ],
  ['{"a":1.10}', '[{"op":"test","path":"/a","value":1.1}]', '{"a":1.10}'],
  ['{"a":1.10}', '[{"op":"test","path":"/a","value":11e-1}]', '{"a":1.10}'],
  ['{"a":100}', '[{"op":"test","path":"/a","value":1.0E+2}]', '{"a":100}'],
  ['{"a":0.0}', '[{"op":"test","path":"/a","value":-0}]', '{"a":0.0}'],
  ['{"a":1e999999999999}', '[{"op":"test","path":"/a","value":10e999999999998}]', '{"a":1e999999999999}'],
  ['{"a":1.10}', '[{"op":"test","path":"/a","value":1.11}]', '422 patch-test'],
  ['{"a":9007199254740993}', '[{"op":"test","path":"/a","value":9007199254740992}]', '422 patch-test'],
  ['{"a":10}', '[{"op":"test","path":"/a","value":"10"}]', '422 patch-test'],
  ['{"a":null}', '[{"op":"test","path":"/a","value":false}]', '422 patch-test'],
  ['{"a":{}}', '[{"op":"test","path":"/a","value":[]}]', '422 patch-test'],
  ['{"a":{"b":1}}', '[{"op":"test","path":"/a","value":{"b":1,"c":1}}]', '422 patch-test'],
  ['{"a":{"toString":1}}', '[{"op":"test","path":"/a","value":{"valueOf":1}}]', '422 patch-test'],
  ['{"a":1}', '[{"op":"test","path":"/b","value":1}]', '422 patch-cible'],
  // pointers
  [
    '{"/":9,"~1":10,"":7}',
    '[{"op":"test","path":"/~01","value":10},{"op":"remove","path":"/~1"},{"op":"replace","path":"/","value":8}]',
    '{"~1":10,"":8}',
  ],
  ['{"a":1}', '[{"op":"remove","path":"a"}]', '400 patch-forme'],
  ['{"a~":1}', '[{"op":"remove","path":"/a~"}]', '400 patch-forme'],
  ['{"a":1}', '[{"op":"remove","path":"/constructor"}]', '422 patch-cible'],
  ['{"a":1}', '[{"op":"add","path":"/constructor/prototype/x","value":1}]', '422 patch-cible'],
  ['{"a":1}', '[{"op":"add","path":"/__proto__/x","value":1}]', '422 patch-cible'],
  ['{"a":1}', '[{"op":"add","path":"/__proto__","value":{"x":1}}]', '422 patch-cible'],
  ['{"a":1}', '[{"op":"add","path":"/toString","value":1}]', '{"a":1,"toString":1}'],
  // form
  ['{}', '{"op":"add","path":"/a","value":1}', '400 type-attendu'],
  ['{}', '[1]', '400 patch-forme'],
  ['{}', '[{"path":"/a","value":1}]', '400 patch-forme'],
  ['{}', '[{"op":"ADD","path":"/a","value":1}]', '400 patch-forme'],
  ['{}', '[{"op":"add","value":1}]', '400 patch-forme'],
  ['{}', '[{"op":"add","path":1,"value":1}]', '400 patch-forme'],
  ['{}', '[{"op":"add","path":"/a"}]', '400 patch-forme'],
  ['{}', '[{"op":"copy","path":"/a"}]', '400 patch-forme'],
  // order, and all or none
  [
    '{"a":1}',
    '[{"op":"add","path":"/b","value":[]},{"op":"add","path":"/b/-","value":1}]',
    '{"a":1,"b":[1]}',
  ],
  ['{"a":1}', '[{"op":"remove","path":"/a"},{"op":"remove","path":"/a"}]', '422 patch-cible'],
]

t.test('each operation, its outcome or its refusal', async (t) => {
  for (const [document, patch, outcome] of cases) {
    const refused = refusalOf(() => patched(document, patch))
    t.equal(refused ?? patched(document, patch), outcome, `${document} ${patch}`)
  }
})

t.test('a refusal names the operation, counted from 0, and no value or path', async (t) => {
  const secret = '277076322082910'
  const patch = read(
    `[{"op":"test","path":"/a","value":1},{"op":"test","path":"/b/${secret}","value":"${secret}"}]`,
  )
  try {
    patchJson(read('{"a":1}'), patch)
    t.fail('not refused')
  } catch (error) {
    t.match(error, { issues: [{ error: 'patch-cible', params: { index: 1 } }] })
    t.notMatch(JSON.stringify(error), secret)
  }
})

t.test('a resource: what is left empty goes, what keeps a place stays', async (t) => {
  const resource = (text: string): JsonObject => {
    const value = read(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Decimal)
      throw new Error(text)
    return value
  }
  const outcome = (document: string, patch: string): string =>
    stringifyJson(applyJsonPatch(resource(document), read(patch)))
  t.equal(
    outcome('{"resourceType":"Patient","name":[{"family":"A"}]}', '[{"op":"remove","path":"/name/0"}]'),
    '{"resourceType":"Patient"}',
    'a list without elements',
  )
  t.equal(
    outcome(
      '{"resourceType":"Patient","contact":[{"name":{"text":"A"}},{"gender":"male"}]}',
      '[{"op":"remove","path":"/contact/0/name/text"},{"op":"replace","path":"/contact/1/gender","value":"female"}]',
    ),
    '{"resourceType":"Patient","contact":[{"gender":"female"}]}',
    'after the last operation, not between two',
  )
  t.equal(
    outcome(
      '{"resourceType":"Patient","name":[{"given":["A",null,"C"],"_given":[null,{"extension":[{"url":"u","valueCode":"x"}]},null]}]}',
      '[{"op":"remove","path":"/name/0/_given/1/extension/0"}]',
    ),
    '{"resourceType":"Patient","name":[{"given":["A","C"]}]}',
    'a primitive that had only extensions',
  )
  t.equal(
    outcome(
      '{"resourceType":"Patient","name":[{"given":["A","B"],"_given":[{"id":"1"},{"id":"2"}]}]}',
      '[{"op":"remove","path":"/name/0/_given/0/id"}]',
    ),
    '{"resourceType":"Patient","name":[{"given":["A","B"],"_given":[null,{"id":"2"}]}]}',
  )
  t.match(
    outcome('{"resourceType":"Patient"}', '[{"op":"add","path":"/name","value":[null]}]'),
    'null',
    'a null that was sent is not hidden from the validation',
  )
  t.equal(
    refusalOf(() => applyJsonPatch({ resourceType: 'Patient' }, [{ op: 'replace', path: '', value: [] }])),
    '422 type-attendu',
  )
  const before = resource('{"resourceType":"Patient","id":"a"}')
  t.equal(identityChange(before, { ...before, active: true }), undefined)
  t.equal(identityChange(before, { ...before, id: 'b' }), 'id')
  t.equal(identityChange(before, { resourceType: 'Patient' }), 'id')
  t.equal(identityChange(before, { ...before, resourceType: 'Person' }), 'resourceType')
  t.equal(
    refusalOf(() => refuseIdentityChange(before, { ...before, id: 'b' })),
    '422 patch-identite @ id',
  )
})

t.test('bounded: operations, copies, depth', async (t) => {
  const many = (count: number): JsonValue[] =>
    Array.from({ length: count }, () => ({ op: 'test', path: '/a', value: 1 }))
  t.equal(
    refusalOf(() => patchJson({ a: 1 }, many(maxOperations))),
    undefined,
  )
  t.equal(
    refusalOf(() => patchJson({ a: 1 }, many(maxOperations + 1))),
    '413 trop-long',
  )
  const doubling: JsonValue[] = Array.from({ length: 60 }, (_, i) => ({
    op: 'copy',
    from: '/a',
    path: `/a/x${i}`,
  }))
  t.equal(
    refusalOf(() => patchJson({ a: { b: 1 } }, doubling)),
    '413 trop-long',
  )
  const long: JsonValue[] = Array.from({ length: 12 }, (_, i) => ({ op: 'copy', from: '/a', path: `/b${i}` }))
  t.equal(
    refusalOf(() => patchJson({ a: 'x'.repeat(maxCopied / 10) }, long)),
    '413 trop-long',
  )
  const nesting: JsonValue[] = Array.from({ length: 200 }, (_, i) => ({
    op: 'move',
    from: `/a${i}`,
    path: `/a${i + 1}/b`,
  }))
  const flat = Object.fromEntries(Array.from({ length: 201 }, (_, i) => [`a${i}`, {}]))
  t.equal(
    refusalOf(() => patchJson(flat, nesting)),
    '413 trop-long',
  )
  t.equal(
    refusalOf(() => patchJson({}, [{ op: 'remove', path: '/a'.repeat(65) }])),
    '400 patch-forme',
  )
})

const names = fc.constantFrom('a', 'b', '~', '/', 'ä', '0', '-', 'toString')
const scalars: fc.Arbitrary<JsonValue> = fc.oneof(
  fc.constantFrom<JsonValue>(null, true, false, 0, 1.5, 'x', ''),
  fc.constantFrom('1.10', '1.100', '0.0', '1e2', '12345678901234567890').map((digits) => new Decimal(digits)),
)
const values = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    scalars,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(names, tie('value'), { maxKeys: 3 }).map((o): JsonValue => ({ ...o })),
  ),
})).value

const escaped = (key: string | number): string =>
  `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`

/** Every value below the root, by its pointer. */
function places(value: JsonValue, at = ''): (readonly [pointer: string, value: JsonValue])[] {
  if (value === null || typeof value !== 'object' || value instanceof Decimal) return []
  return (Array.isArray(value) ? [...value.entries()] : Object.entries(value)).flatMap(([key, item]) => [
    [`${at}${escaped(key)}`, item] as const,
    ...places(item, `${at}${escaped(key)}`),
  ])
}

const same = (a: JsonValue, b: JsonValue): boolean => sameJson(a, b, sameDigits)

t.test(
  'laws: test-then-replace-back, remove-then-add, copy-then-remove are the identity; input is never changed',
  async (t) => {
    let tried = 0
    let decimals = 0
    fc.assert(
      fc.property(values, values, fc.nat(), (document, other, place) => {
        const all = places(document)
        const chosen = all[place % Math.max(all.length, 1)]
        if (!chosen) return
        tried++
        const [path, value] = chosen
        const before = stringifyJson(document)
        if (/\d\.\d+0\b/.test(before)) decimals++
        const identities: JsonValue[] = [
          [
            { op: 'test', path, value },
            { op: 'replace', path, value: other },
            { op: 'test', path, value: other },
            { op: 'replace', path, value },
          ],
          [
            { op: 'remove', path },
            { op: 'add', path, value },
          ],
          [
            { op: 'copy', from: path, path },
            { op: 'test', path, value },
          ],
          [{ op: 'move', from: path, path }],
        ]
        for (const [i, patch] of identities.entries()) {
          const after = patchJson(document, patch)
          // Copied onto itself an element of a list is there twice.
          const isList = /\/\d+$/.test(path)
          if (i !== 2 || !isList) t.ok(same(after, document), `${before} ${stringifyJson(patch)}`)
          if (stringifyJson(document) !== before) throw new Error(`changed: ${before}`)
        }
        const extended = patchJson({ d: document }, [
          { op: 'add', path: '/new', value: other },
          { op: 'remove', path: '/new' },
        ])
        if (!same(extended, { d: document })) throw new Error(before)
      }),
      { numRuns: 500 },
    )
    t.ok(tried > 200 && decimals > 20, `not vacuous: ${tried}, ${decimals}`)
  },
)

t.test('values of a patch and of the resource are never shared', async (t) => {
  const value: JsonObject = { b: [1] }
  const patch: JsonValue = [
    { op: 'add', path: '/a', value },
    { op: 'add', path: '/a/b/-', value: 2 },
    { op: 'copy', from: '/a', path: '/c' },
    { op: 'add', path: '/c/b/-', value: 3 },
  ]
  t.equal(stringifyJson(patchJson({}, patch)), '{"a":{"b":[1,2]},"c":{"b":[1,2,3]}}')
  t.equal(stringifyJson(value), '{"b":[1]}')
})
