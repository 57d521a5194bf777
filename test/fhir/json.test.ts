/** JSON that keeps its digits: agrees with RFC 8259 as JSON.parse reads it, and is stricter where FHIR needs it. */
import { isDeepStrictEqual } from 'node:util'
import t from 'tap'
import {
  Decimal,
  isJsonObject,
  JsonSyntaxError,
  type JsonValue,
  parseJson,
  parseNumber,
  prettyJson,
  stringifyJson,
} from '../../src/fhir/json.ts'
import { codePoint } from '../support/code-point.ts'
import fc from '../support/draws.ts'

/** Text of numbers, many of which a JavaScript number would change. */
const numberTexts = fc.oneof(
  fc.constantFrom(
    '0',
    '-0',
    '1.00',
    '1e3',
    '1E+3',
    '0.10',
    '-0.0',
    '1e400',
    '12345678901234567890',
    '1e-7',
    '1e21',
  ),
  fc
    .tuple(
      fc.constantFrom('', '-'),
      fc.bigInt({ min: 0n, max: 10n ** 30n }),
      fc.option(fc.stringMatching(/^\d{1,25}$/), { nil: undefined }),
      fc.option(fc.tuple(fc.constantFrom('e', 'E'), fc.constantFrom('', '+', '-'), fc.nat(999)), {
        nil: undefined,
      }),
    )
    .map(
      ([sign, whole, fraction, exponent]) =>
        `${sign}${whole}${fraction === undefined ? '' : `.${fraction}`}${exponent ? exponent.join('') : ''}`,
    ),
)
const space = fc.constantFrom('', '', '', ' ', '\n', '\t\r\n ')
const strings = fc.oneof(
  fc.string({ unit: codePoint }),
  fc.string(),
  fc.constantFrom('"', '\\', '\\"', '\\\\"', '\u0000', '\ud83d', '\udc00\ud800', '\u2028', 'é', '😀', 'a\\'),
)

/** Valid JSON texts, without a key twice, with their spelling as it may come: spaces, escapes, any digits. */
const texts = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('null', 'true', 'false'),
    numberTexts,
    strings.map((s) => JSON.stringify(s)),
    strings.map(
      (s) =>
        `"${[...Array(s.length).keys()].map((i) => `\\u${s.charCodeAt(i).toString(16).padStart(4, '0')}`).join('')}"`,
    ),
    fc
      .tuple(space, fc.array(tie('value'), { maxLength: 4 }))
      .map(([s, items]) => `[${s}${items.join(`${s},${s}`)}${s}]`),
    fc
      .tuple(
        space,
        fc.uniqueArray(fc.tuple(strings, tie('value')), { selector: ([key]) => key, maxLength: 4 }),
      )
      .map(([s, members]) => {
        const text = members
          .filter(([key]) => key !== '__proto__')
          .map(([key, value]) => `${JSON.stringify(key)}${s}:${s}${value}`)
          .join(`,${s}`)
        return `{${s}${text}${s}}`
      }),
  ),
})).value

/** The same value as JSON.parse gives it. */
function plain(value: JsonValue): unknown {
  if (value instanceof Decimal) return Number(value.digits)
  if (Array.isArray(value)) return value.map(plain)
  if (!isJsonObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]))
}

function reasonOf(text: string, maxDepth?: number): string | undefined {
  try {
    parseJson(text, maxDepth)
    return undefined
  } catch (error) {
    if (error instanceof JsonSyntaxError) return error.reason
    throw error
  }
}

t.test('what JSON.parse reads is read, with the same value', async (t) => {
  let decimals = 0
  fc.assert(
    fc.property(texts, (text) => {
      const value = parseJson(text, 1000)
      if (stringifyJson(value) !== JSON.stringify(JSON.parse(text))) decimals++
      return isDeepStrictEqual(plain(value), JSON.parse(text))
    }),
    { numRuns: 1500 },
  )
  t.ok(decimals > 100, 'not vacuous: digits were at stake')
})

t.test('parse ∘ stringify = identity, digit by digit', async (t) => {
  let withDigits = 0
  fc.assert(
    fc.property(texts, (text) => {
      const value = parseJson(text, 1000)
      const written = stringifyJson(value)
      if (/\.\d*0\b|[eE]/.test(written)) withDigits++
      const again = parseJson(written, 1000)
      // Written again, it is the same text; and what was read is the same value.
      return stringifyJson(again) === written && JSON.stringify(plain(again)) === JSON.stringify(plain(value))
    }),
    { numRuns: 1500 },
  )
  t.ok(withDigits > 100, 'not vacuous')
  fc.assert(fc.property(numberTexts, (text) => stringifyJson(parseJson(text)) === text))
  fc.assert(
    fc.property(
      numberTexts,
      (text) => stringifyJson(parseJson(`{"value":[${text}]}`)) === `{"value":[${text}]}`,
    ),
  )
})

t.test('what JSON.parse refuses is refused', async (t) => {
  const cases = [
    '',
    ' ',
    'nul',
    'nulll',
    'True',
    'undefined',
    'NaN',
    'Infinity',
    '01',
    '1.',
    '.5',
    '+1',
    '1e',
    '1e+',
    '--1',
    '0x1',
    '1 2',
    '[1,]',
    '[,1]',
    '[1 2]',
    '[',
    ']',
    '[1',
    '{',
    '}',
    '{"a"}',
    '{"a":}',
    '{"a":1,}',
    '{a:1}',
    "{'a':1}",
    '{"a" 1}',
    '{1:1}',
    '"',
    '"a',
    '"\\',
    '"\\"',
    '"\\x"',
    '"\\u12"',
    '"\\u12g4"',
    '"a\nb"',
    '"\t"',
    '"\u0000"',
    '"\\u0000',
    '[1]]',
    '{}{}',
    '// a',
    '/**/1',
    '"a"b',
    '\u00a01',
    '\u20281',
    'null,',
    '[1}',
    '{"a":1]',
    '"\u001f"',
  ]
  for (const text of cases) {
    t.throws(() => JSON.parse(text), `JSON.parse: ${encodeURIComponent(text)}`)
    t.ok(reasonOf(text), encodeURIComponent(text))
  }
  const seen = { valid: 0, invalid: 0 }
  const broken = fc
    .tuple(
      texts,
      fc.nat(),
      fc.constantFrom('', '"', '\\', ',', '}', ']', '{', '[', ':', '0', 'e', '.', '-', '\n', '\u0001'),
    )
    .map(([text, place, by]) => {
      const at = place % (text.length + 1)
      return text.slice(0, at) + by + text.slice(at + 1)
    })
  fc.assert(
    fc.property(fc.oneof(broken, fc.string()), (text) => {
      let valid = true
      try {
        JSON.parse(text)
      } catch {
        valid = false
      }
      seen[valid ? 'valid' : 'invalid']++
      const reason = reasonOf(text, 1000)
      return valid ? reason === undefined || reason === 'duplicate or forbidden key' : reason !== undefined
    }),
    { numRuns: 5000 },
  )
  t.ok(seen.valid > 100 && seen.invalid > 1000, 'not vacuous')
})

t.test('stricter than RFC 8259: keys twice, __proto__, depth', async (t) => {
  for (const text of [
    '{"a":1,"a":1}',
    '{"a":1,"b":2,"\\u0061":3}',
    '{"__proto__":{}}',
    '{"\\u005f_proto__":1}',
  ])
    t.equal(reasonOf(text), 'duplicate or forbidden key', text)
  t.equal(reasonOf('[{"a":1},{"a":1}]'), undefined, 'in two objects it is two keys')
  const odd = parseJson('{"constructor":1,"hasOwnProperty":2,"toString":3}')
  t.equal(
    stringifyJson(odd),
    '{"constructor":1,"hasOwnProperty":2,"toString":3}',
    'names Object knows are names',
  )
  for (const [open, close] of [
    ['[', ']'],
    ['{"a":', '}'],
  ] as const) {
    const nested = (depth: number): string =>
      open.repeat(depth) + (open === '[' ? '' : '1') + close.repeat(depth)
    t.equal(reasonOf(nested(64)), undefined)
    t.equal(reasonOf(nested(65)), 'nested too deep')
    t.equal(reasonOf(nested(100_000)), 'nested too deep', 'and no stack overflows')
    t.equal(reasonOf(open.repeat(1_000_000)), 'nested too deep')
    t.equal(reasonOf(nested(3), 3), undefined)
    t.equal(reasonOf(nested(4), 3), 'nested too deep')
  }
  t.equal(reasonOf('[[],[],[[]]]', 3), undefined, 'depth is nesting, not number')
})

t.test('a byte order mark is read over at the start, and only there', async (t) => {
  t.same(parseJson('\ufeff{}'), {})
  t.ok(reasonOf('\ufeff\ufeff{}'))
  t.ok(reasonOf('{}\ufeff'))
})

t.test('an error tells where, and repeats no part of the text', async (t) => {
  try {
    parseJson('{"name":"DURAND" oops')
    t.fail('no error')
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error
    t.equal(error.offset, 18)
    t.notMatch(error.message, /DURAND|oops|name/)
  }
})

t.test('long texts take time in proportion to their length', async (t) => {
  // Each quote after a run of backslashes would be read over and over by a careless search for the end of the string.
  // At this length it would outlast the time limit of a test file by far.
  for (const unit of ['\\\\', '\\"', 'a\\\\\\"', '\\u0041']) {
    const text = `"${unit.repeat(1_000_000)}"`
    t.equal(parseJson(text), JSON.parse(text), JSON.stringify(unit))
  }
})

t.test('stringify leaves out what is undefined and writes no lone surrogate as a half', async (t) => {
  t.equal(stringifyJson({ a: undefined, b: [undefined], c: new Decimal('1.00') }), '{"b":[null],"c":1.00}')
  t.equal(stringifyJson('\ud800'), '"\\ud800"')
})

t.test('pretty: laid out as JSON.stringify does, digit by digit', async (t) => {
  const value = { a: [1, new Decimal('1.10'), [], {}], b: { c: null, d: undefined, e: 'x\n' } }
  const plainly = JSON.stringify({ ...value, a: [1, 0.5, [], {}] }, null, 2)
  t.equal(prettyJson(value), plainly.replace('0.5', '1.10'))
  let exact = 0
  fc.assert(
    fc.property(texts, (text) => {
      const parsed = parseJson(text)
      const pretty = prettyJson(parsed)
      if (!isDeepStrictEqual(parseJson(pretty), parsed)) throw new Error(pretty)
      const json = stringifyJson(parsed)
      if (json !== JSON.stringify(JSON.parse(json))) return
      exact++
      if (pretty !== JSON.stringify(JSON.parse(json), null, 2)) throw new Error(pretty)
    }),
  )
  t.ok(exact > 10, `${exact} compared with JSON.stringify`)
})

t.test('a number alone is what it is in a document', async (t) => {
  fc.assert(fc.property(numberTexts, (text) => isDeepStrictEqual(parseNumber(text), parseJson(text))))
  for (const text of ['', ' 1', '1 ', '+1', '01', '.5', '1.', 'NaN', '1e', '--1', '1,5']) {
    t.equal(parseNumber(text), undefined, text)
  }
})
