/** A cursor is worth something only to whom it was given, for the search it was given for, as it was given. */

import t from 'tap'
import { type Position, readCursor, writeCursor } from '../../src/search/cursor.ts'
import { readTimePosition, writeTimePosition } from '../../src/search/time-position.ts'
import { signer } from '../../src/wiring/keys.ts'
import { codePoint } from '../support/code-point.ts'
import fc from '../support/draws.ts'

const sign = signer('a master key of the tests', 'cursor')
const parts = fc.oneof(
  fc.constant(null),
  fc.integer(),
  fc.double({ noNaN: true }).map((number) => number + 0),
  fc.constantFrom(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e21, 5e-324, Number.MAX_VALUE),
  fc.string({ maxLength: 60 }),
  fc.string({ unit: codePoint, maxLength: 20 }),
  fc.constantFrom('', '~', '_', '_a_', '__', 'n', 'd1', 's', '\uD800', '\n', 'Durand', 'é'),
)
const positions: fc.Arbitrary<Position> = fc.array(parts, { minLength: 1, maxLength: 6 })
const example: Position = [1, 'a']

t.test('there and back, for the same search and caller', async (t) => {
  const seen = { null: 0, number: 0, string: 0, infinite: 0 }
  fc.assert(
    fc.property(positions, fc.string(), (position, bound) => {
      for (const part of position) {
        if (part === null) seen.null++
        else if (typeof part === 'number') seen[Number.isFinite(part) ? 'number' : 'infinite']++
        else seen.string++
      }
      const cursor = writeCursor(position, bound, sign)
      const back = readCursor(cursor, bound, sign)
      return (
        // A URL takes it as it is.
        /^[-a-zA-Z0-9._~]{1,4096}$/.test(cursor) &&
        back !== undefined &&
        back.length === position.length &&
        back.every((part, i) => Object.is(part, position[i]))
      )
    }),
    { numRuns: 1000 },
  )
  for (const [kind, count] of Object.entries(seen)) t.ok(count > 50, `not vacuous: ${kind}`)
})

t.test('positions that differ have cursors that differ', async () => {
  fc.assert(
    fc.property(positions, positions, (a, b) => {
      if (a.length === b.length && a.every((part, i) => Object.is(part, b[i]))) return
      return writeCursor(a, 'bound', sign) !== writeCursor(b, 'bound', sign)
    }),
  )
})

t.test('altered anywhere, it is none', async (t) => {
  let altered = 0
  fc.assert(
    fc.property(positions, fc.nat(), fc.constantFrom(...'0aZ~-_ é\u0000'), (position, place, by) => {
      const cursor = writeCursor(position, 'bound', sign)
      const at = place % (cursor.length + 1)
      const other = cursor.slice(0, at) + by + cursor.slice(at + 1)
      if (other === cursor) return
      altered++
      return readCursor(other, 'bound', sign) === undefined
    }),
    { numRuns: 2000 },
  )
  t.ok(altered > 1000, 'not vacuous')
  const cursor = writeCursor(example, 'bound', sign)
  for (const text of [
    cursor.slice(0, -1),
    `${cursor}A`,
    `${cursor}~`,
    `~${cursor}`,
    cursor.toUpperCase(),
    '',
  ])
    t.equal(readCursor(text, 'bound', sign), undefined, text)
})

t.test('another caller, another search, another record, another key: none', async (t) => {
  const cursor = writeCursor(example, 'record search caller', sign)
  t.ok(readCursor(cursor, 'record search caller', sign), 'not vacuous')
  for (const bound of [
    'record search other',
    'record other caller',
    'other search caller',
    '',
    'record search caller ',
  ])
    t.equal(readCursor(cursor, bound, sign), undefined, bound)
  t.equal(readCursor(cursor, 'record search caller', signer('another key of the tests', 'cursor')), undefined)
  t.equal(readCursor(cursor, 'record search caller', signer('a master key of the tests', 'other')), undefined)
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => {
      if (a === b) return
      return readCursor(writeCursor(example, a, sign), b, sign) === undefined
    }),
  )
  // The border between position and bound cannot be moved.
  const moved = writeCursor(example, 'x\ny', sign)
  t.equal(readCursor(moved, 'y', sign), undefined)
})

t.test('reading never throws, and nothing unsigned is read', async (t) => {
  const texts = fc.oneof(
    fc.string(),
    fc.string({ unit: codePoint }),
    fc.array(fc.string(), { minLength: 3, maxLength: 3 }).map((parts) => parts.join('~')),
    fc.constantFrom('~~', 'a~b~c', 'd1~'.repeat(200), 'x'.repeat(100_000)),
  )
  fc.assert(
    fc.property(texts, fc.string(), (text, bound) => readCursor(text, bound, sign) === undefined),
    { numRuns: 2000 },
  )
  const any = () => 's'
  t.same(readCursor('d1~sa~n~s', '', any), [1, 'a', null], 'what is signed is read')
  for (const text of [
    `${'d1~'.repeat(2000)}s`,
    `${'n~'.repeat(17)}s`,
    'x~s',
    'd~s',
    'dx~s',
    'nx~s',
    '~s',
    's',
  ])
    t.equal(readCursor(text, '', any), undefined, `signed, and no position: ${text.slice(0, 20)}`)
  t.throws(() => writeCursor(['x'.repeat(5000)], '', sign), 'no cursor is given that could not be read')
})

t.test('in a record a position is a time and the key of what lies there', async (t) => {
  const id = '018f0000-0000-7000-8000-000000000001'
  const position = readTimePosition([-5, id])
  t.same(position, { at: -5, id })
  t.same(position && writeTimePosition(position), [-5, id])
  const others: Position[] = [
    [],
    [1],
    [1, 'a'],
    ['1', id],
    [1.5, id],
    [null, id],
    [1, null],
    [1, id, 2],
    [1e300, id],
  ]
  for (const other of others) t.equal(readTimePosition(other), undefined, JSON.stringify(other))
})
