/** A test file that goes wrong, for the test of the runner: errors that nothing catches, each in a test that would pass. */
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'

t.test('before', async (t) => t.ok(true))

t.test('a rejection', async (t) => {
  await t.test('within', async () => {
    void Promise.reject(new Error('lost'))
    await sleep(10)
  })
})

t.test('a throw', async () => {
  setImmediate(() => {
    throw new TypeError('thrown later')
  })
  await sleep(10)
})

t.test('after', async (t) => t.ok(true))
