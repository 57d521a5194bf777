/**
 * fast-check, and with it every test that draws, drawing the same values in each run: what a change is judged by doesn't
 * depend on luck, and a failure comes again. New values are looked for on purpose: `DMP_TEST_DRAWS=random npm test`, or
 * a number to repeat a run.
 */
import { randomInt } from 'node:crypto'
import fc from 'fast-check'

export const drawSeed = seedFrom(process.env.DMP_TEST_DRAWS ?? '1')
fc.configureGlobal({ seed: drawSeed })

export default fc

/** @throws RangeError for what is neither `random` nor an integer from 0 to 2^32 - 1. */
function seedFrom(text: string): number {
  if (text === 'random') return randomInt(2 ** 32)
  const seed = Number(text)
  if (!/^\d+$/.test(text) || seed >= 2 ** 32)
    throw new RangeError(`DMP_TEST_DRAWS: "random" or an integer below 2^32, not "${text}"`)
  return seed
}
