import assert from 'node:assert/strict'
import t from 'tap'
import { oneByOne } from '../../src/interactions/one-by-one.ts'

t.test('one at a time, in their order, whatever becomes of those before', async () => {
  const inTurn = oneByOne()
  const seen: string[] = []
  let under = 0
  const work =
    (name: string, fails = false) =>
    async () => {
      assert.equal(under++, 0)
      await new Promise((done) => setImmediate(done))
      under--
      seen.push(name)
      if (fails) throw new Error(name)
      return name
    }
  const all = await Promise.allSettled([inTurn(work('a')), inTurn(work('b', true)), inTurn(work('c'))])
  assert.deepEqual(
    all.map((one) => (one.status === 'fulfilled' ? one.value : String(one.reason))),
    ['a', 'Error: b', 'c'],
  )
  assert.deepEqual(seen, ['a', 'b', 'c'])
})
