/** A cursor is worth something only to whom it was given, for the search it was given for, as it was given. */
import fc from 'fast-check'
import t from 'tap'
import { signer } from '../../src/keys.ts'
import { readCursor, writeCursor } from '../../src/search/cursor.ts'

const sign = signer('a master key of the tests', 'cursor')
const positions = fc.record({
  at: fc.integer({ min: -(2 ** 48), max: 2 ** 48 }),
  id: fc.uuid(),
})

t.test('there and back, for the same search and caller', async (t) => {
  let before1970 = 0
  fc.assert(
    fc.property(positions, fc.string(), (position, bound) => {
      if (position.at < 0) before1970++
      const cursor = writeCursor(position, bound, sign)
      const back = readCursor(cursor, bound, sign)
      return back?.at === position.at && back.id === position.id && /^[-a-z0-9~A-Z_]{1,256}$/.test(cursor)
    }),
  )
  t.ok(before1970 > 10, 'not vacuous')
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
  const cursor = writeCursor({ at: 1, id: 'a' }, 'bound', sign)
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
  const cursor = writeCursor({ at: 1, id: 'a' }, 'record search caller', sign)
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
      return readCursor(writeCursor({ at: 1, id: 'a' }, a, sign), b, sign) === undefined
    }),
  )
  // The border between position and bound cannot be moved.
  const moved = writeCursor({ at: 1, id: 'a' }, 'x\ny', sign)
  t.equal(readCursor(moved, 'y', sign), undefined)
})

t.test('reading never throws, and nothing unsigned is read', async (t) => {
  const texts = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.array(fc.string(), { minLength: 3, maxLength: 3 }).map((parts) => parts.join('~')),
    fc.constantFrom('~~', 'a~b~c', '1~'.repeat(200), 'x'.repeat(100_000)),
  )
  fc.assert(
    fc.property(texts, fc.string(), (text, bound) => readCursor(text, bound, sign) === undefined),
    { numRuns: 2000 },
  )
  t.equal(
    readCursor(`1~a~${'x'.repeat(300)}`, '', () => 'x'.repeat(300)),
    undefined,
    'too long, signed or not',
  )
  t.equal(
    readCursor('zzzzzzzzzzzzzzzz~a~s', '', () => 's'),
    undefined,
    'a time beyond what numbers hold',
  )
  t.equal(
    readCursor('!~a~s', '', () => 's'),
    undefined,
    'no time',
  )
})
