/** How many bytes of bodies are in work at once. */
import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'
import { FhirError } from '../../src/fhir/fhir-error.ts'
import { ByteBudget, SMALL_BODY } from '../../src/http/byte-budget.ts'
import fc from '../support/draws.ts'

const MEGABYTE = 1024 * 1024

t.test('small bodies never wait, and are not counted', async (t) => {
  const budget = new ByteBudget(MEGABYTE, 1000)
  await budget.take(10 * MEGABYTE)
  await budget.take(SMALL_BODY)
  t.equal(budget.used, 10 * MEGABYTE)
})

t.test('a body larger than the whole budget is admitted alone', async (t) => {
  const budget = new ByteBudget(MEGABYTE, 1000)
  const giveBack = await budget.take(10 * MEGABYTE)
  let second = false
  const later = budget.take(MEGABYTE).then((give) => {
    second = true
    return give
  })
  await wait(5)
  t.notOk(second)
  giveBack()
  const giveSecond = await later
  t.equal(budget.used, MEGABYTE)
  giveBack()
  t.equal(budget.used, MEGABYTE, 'given back once')
  giveSecond()
  t.equal(budget.used, 0)
})

t.test('who waits too long is refused with 503, and leaves the queue', async (t) => {
  const budget = new ByteBudget(MEGABYTE, 10)
  const giveBack = await budget.take(MEGABYTE)
  const refused = await budget.take(MEGABYTE).catch((error: unknown) => error)
  t.ok(refused instanceof FhirError && refused.status === 503)
  giveBack()
  t.equal(budget.used, 0)
  await budget.take(MEGABYTE)
  t.equal(budget.used, MEGABYTE)
})

t.test('never more than the budget in work, unless one is alone; nobody is forgotten', async (t) => {
  let waited = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: SMALL_BODY + 1, max: 3 * MEGABYTE }), { minLength: 1, maxLength: 30 }),
      async (sizes) => {
        const budget = new ByteBudget(2 * MEGABYTE, 10_000)
        let inWork = 0
        let served = 0
        await Promise.all(
          sizes.map(async (bytes) => {
            const before = budget.used
            const giveBack = await budget.take(bytes)
            if (before > 0) waited++
            inWork++
            if (inWork > 1) t.ok(budget.used <= 2 * MEGABYTE, 'within the budget')
            await Promise.resolve()
            inWork--
            served++
            giveBack()
          }),
        )
        return served === sizes.length && budget.used === 0
      },
    ),
    { numRuns: 50 },
  )
  t.ok(waited > 50, 'some had to wait')
})
