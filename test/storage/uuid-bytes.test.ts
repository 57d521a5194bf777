/** UUIDs written as bytes: what src/fhir/id.ts says of their two texts, for any text. */

import t from 'tap'
import { decodeUuid, encodeUuid, isUuid, type Uuid } from '../../src/fhir/id.ts'
import { writeUuid, writeUuidOfId } from '../../src/storage/uuid-bytes.ts'
import fc from '../support/draws.ts'

const AT = 3
const bytesOf = (uuid: string) => Buffer.from(uuid.replaceAll('-', ''), 'hex')

/** A right text, most often with one character in another's place. */
function nearly(right: fc.Arbitrary<string>, replacing: string): fc.Arbitrary<string> {
  const other = fc.oneof(
    fc.constantFrom(...replacing),
    fc.nat(0xffff).map((code) => String.fromCharCode(code)),
  )
  return fc
    .tuple(right, fc.nat(), fc.option(other))
    .map(([text, n, character]) =>
      character === null
        ? text
        : text.slice(0, n % text.length) + character + text.slice((n % text.length) + 1),
    )
}

const uuids = fc.uuid().map((text) => text as Uuid)

t.test('writes-what-is-a-uuid-and-nothing-else', async (t) => {
  const seen = { right: 0, wrong: 0 }
  fc.assert(
    fc.property(nearly(uuids, '-gGAF0f '), (text) => {
      const bytes = Buffer.alloc(24)
      const is = isUuid(text)
      seen[is ? 'right' : 'wrong']++
      return writeUuid(text, bytes, AT) === is && (!is || bytes.subarray(AT, AT + 16).equals(bytesOf(text)))
    }),
    { numRuns: 2_000 },
  )
  t.ok(seen.right > 200 && seen.wrong > 200, `not vacuous: ${JSON.stringify(seen)}`)
  t.notOk(writeUuid('', Buffer.alloc(24), AT))
})

t.test('writes-the-uuid-of-an-id-as-it-is-decoded', async (t) => {
  const seen = { right: 0, wrong: 0 }
  fc.assert(
    fc.property(nearly(uuids.map(encodeUuid), '-ilouA89z7'), (text) => {
      const bytes = Buffer.alloc(24)
      const decoded = decodeUuid(text)
      seen[decoded ? 'right' : 'wrong']++
      const written = writeUuidOfId(text, bytes, AT)
      return (
        written === (decoded !== undefined) &&
        (!decoded || bytes.subarray(AT, AT + 16).equals(bytesOf(decoded)))
      )
    }),
    { numRuns: 2_000 },
  )
  t.ok(seen.right > 200 && seen.wrong > 200, `not vacuous: ${JSON.stringify(seen)}`)
})
