import t from 'tap'
import { seldom } from '../../src/observability/seldom.ts'

/** A reading that takes as long as told, on a clock of its own. */
function reading() {
  let clock = 0
  const begun: { readonly end: (outcome: 'read' | 'failed') => void }[] = []
  const read = seldom(
    () =>
      new Promise<number>((resolve, reject) => {
        const number = begun.length
        begun.push({ end: (outcome) => (outcome === 'read' ? resolve(number) : reject(new Error('gone'))) })
      }),
    () => clock,
  )
  const pass = (milliseconds: number): void => {
    clock += milliseconds
  }
  return { read, begun, pass }
}

t.test('who asks during a reading shares it, and for twenty times as long as it took', async (t) => {
  const { read, begun, pass } = reading()
  const asked = [read(), read()]
  pass(9_000)
  asked.push(read())
  begun[0]?.end('read')
  t.same(await Promise.all(asked), [0, 0, 0])
  pass(179_999)
  t.equal(await read(), 0)
  pass(1)
  const next = read()
  begun[1]?.end('read')
  t.equal(await next, 1)
  t.equal(begun.length, 2)
})

t.test('what is quick is fresh, and a failure is no reason to try more often', async (t) => {
  const { read, begun, pass } = reading()
  const first = read()
  begun[0]?.end('read')
  t.equal(await first, 0)
  const second = read()
  pass(5_000)
  begun[1]?.end('failed')
  await t.rejects(second, /gone/)
  pass(99_999)
  await t.rejects(read(), /gone/)
  pass(1)
  const third = read()
  begun[2]?.end('read')
  t.equal(await third, 2)
})
