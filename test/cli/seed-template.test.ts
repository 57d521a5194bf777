/** Texts filled in: what is marked varies, what is not stays; marks that could be mistaken are refused. */
import assert from 'node:assert/strict'
import t from 'tap'
import { fillText, textCompiler } from '../../src/cli/seed/text-template.ts'
import fc from '../support/draws.ts'

const marks = ['<a>', '(b.c)', '{d|e}']

t.test(
  'a template filled with its marks is its sample; filled otherwise, each mark is replaced',
  async () => {
    const piece = fc.oneof(fc.constantFrom(...marks), fc.string({ maxLength: 8 }))
    let marked = 0
    fc.assert(
      fc.property(
        fc.array(piece),
        fc.array(fc.string(), { minLength: 3, maxLength: 3 }),
        (pieces, values) => {
          const sample = pieces.join('')
          const template = textCompiler(marks)(sample)
          marked += template.slots.length
          assert.equal(fillText(template, marks), sample)
          const replaced = sample
            .split(/(<a>|\(b\.c\)|\{d\|e\})/)
            .map((part) => (marks.includes(part) ? values[marks.indexOf(part)] : part))
          assert.equal(fillText(template, values), replaced.join(''))
        },
      ),
    )
    assert.ok(marked > 100)
  },
)

t.test('no mark is empty, twice there, or part of another', async (t) => {
  for (const wrong of [
    ['a', ''],
    ['a', 'a'],
    ['ab', 'b'],
  ])
    t.throws(() => textCompiler(wrong))
})
