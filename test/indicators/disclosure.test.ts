/**
 * Nothing that is told lets one have a number from 1 to 10. By exhaustion: every table of a small world is told, and for each
 * telling it is asked which tables tell the same; a number that is in 1 to 10 in all of them has been given away.
 * @see src/indicators/disclosure.ts
 */

import t from 'tap'
import { type Counted, SMALLEST_TOLD, type Told, told, toldSteps } from '../../src/indicators/disclosure.ts'
import fc from '../support/draws.ts'

const isSmall = (count: number): boolean => count > 0 && count < SMALLEST_TOLD

function flat(counts: readonly number[]): Counted {
  return {
    count: counts.reduce((sum, count) => sum + count, 0),
    parts: new Map(counts.map((count, i) => [`p${i}`, { count }])),
  }
}

/** Every list of `length` numbers of a choice. */
function* tables(length: number, choice: readonly number[]): Generator<number[]> {
  if (length === 0) yield []
  else for (const rest of tables(length - 1, choice)) for (const count of choice) yield [...rest, count]
}

function byTelling<W>(worlds: Iterable<W>, telling: (world: W) => unknown): Map<string, W[]> {
  const same = new Map<string, W[]>()
  for (const world of worlds) {
    const key = JSON.stringify(telling(world)) ?? ''
    const known = same.get(key)
    if (known) known.push(world)
    else same.set(key, [world])
  }
  return same
}

t.test(
  'no-part-is-given-away: all tables of three parts up to 26, and of four of chosen numbers',
  async (t) => {
    const upTo = (last: number): number[] => Array.from({ length: last + 1 }, (_, i) => i)
    const worlds = {
      three: [...tables(3, upTo(26))],
      four: [...tables(4, [0, 1, 2, 9, 10, 11, 12, 13, 21, 22, 23])],
    }
    for (const [name, all] of Object.entries(worlds)) {
      let hiding = 0
      for (const same of byTelling(all, (world) => told(flat(world))).values()) {
        const [first = []] = same
        first.forEach((_, place) => {
          const possible = new Set(same.map((world) => world[place] ?? 0))
          if (![...possible].some(isSmall)) return
          hiding++
          if ([...possible].every(isSmall)) t.fail(`${name}: ${JSON.stringify(first)}, part ${place}`)
        })
      }
      t.ok(hiding > 100, `${name}: ${hiding} parts were to be hidden`)
    }
  },
)

t.test('no-value-is-given-away: all tables of two parts up to 40', async (t) => {
  let hiding = 0
  for (const same of byTelling(
    tables(
      2,
      Array.from({ length: 41 }, (_, i) => i),
    ),
    (w) => told(flat(w)),
  ).values()) {
    const [first = []] = same
    first.forEach((count, place) => {
      if (!isSmall(count)) return
      hiding++
      const possible = new Set(same.map((world) => world[place]))
      if (possible.size < 2) t.fail(`${JSON.stringify(first)}, part ${place}`)
      const eleven = first.reduce((sum, each) => sum + each, 0) === SMALLEST_TOLD
      if (!eleven && [...possible].every((each) => isSmall(each ?? 0))) t.fail(JSON.stringify(first))
    })
  }
  t.ok(hiding > 30, `${hiding} parts were to be hidden`)
})

/** A tree of two levels; numbers near the threshold are as likely as others. */
const count = fc.oneof(fc.nat(3), fc.integer({ min: 8, max: 13 }), fc.nat(400))
const trees = fc
  .array(fc.array(count, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 5 })
  .map((rows): Counted => {
    const parts = rows.map(flat)
    return {
      count: parts.reduce((sum, part) => sum + part.count, 0),
      parts: new Map(parts.map((part, i) => [`k${i}`, part])),
    }
  })

t.test('told numbers are true, reach 11, and add up to their total', async (t) => {
  let untold = 0
  fc.assert(
    fc.property(trees, (tree) => {
      const check = (said: Told, counted: Counted): void => {
        if (said.count !== counted.count || said.count < SMALLEST_TOLD) throw new Error('not the number')
        for (const part of said.parts) {
          const real = counted.parts?.get(part.key)
          if (!real) throw new Error('a part that is not')
          check(part, real)
        }
        const sum = said.parts.reduce((all, part) => all + part.count, 0) + said.untold
        if (counted.parts && sum !== said.count) throw new Error(`${sum} of ${said.count}`)
        if (isSmall(said.untold)) throw new Error(`the untold are ${said.untold}`)
        if (said.untold > 0) untold++
      }
      const said = told(tree)
      if (said) check(said, tree)
      else if (tree.count >= SMALLEST_TOLD) throw new Error('a total that is kept back')
    }),
    { numRuns: 500 },
  )
  t.ok(untold > 100, `${untold} times something was kept back`)
})

t.test('equal numbers are told or kept back together: no order of names decides', async (t) => {
  const said = told(flat([1, 11, 11, 30]))
  t.same(
    said?.parts.map(({ key }) => key),
    ['p3'],
  )
  t.equal(said?.untold, 23)
  t.same(told(flat([11, 11])), {
    count: 22,
    parts: [
      { key: 'p0', count: 11, parts: [], untold: 0 },
      { key: 'p1', count: 11, parts: [], untold: 0 },
    ],
    untold: 0,
  })
  t.equal(told(flat([4, 6])), undefined, 'a total of 10')
})

/** Every way to make a total of so many numbers. */
function* splits(total: number, length: number): Generator<number[]> {
  if (length === 1) yield [total]
  else
    for (let first = 0; first <= total; first++)
      for (const rest of splits(total - first, length - 1)) yield [first, ...rest]
}

t.test('steps-give-nothing-away, however often they are told anew: every run of three steps', async (t) => {
  /** As one step after the other became known. */
  const telling = (run: readonly number[]): unknown => {
    const total = run.reduce((sum, each) => sum + each, 0)
    const within = run.slice(0, -1).map((_, i) => run.slice(0, i + 1).reduce((sum, each) => sum + each, 0))
    return within.map((_, known) => toldSteps(total, within.slice(0, known + 1)))
  }
  let hiding = 0
  for (const total of [11, 12, 21, 22, 23, 33, 34, 44]) {
    for (const same of byTelling(splits(total, 4), telling).values()) {
      const [first = []] = same
      first.forEach((_, place) => {
        const possible = new Set(same.map((run) => run[place] ?? 0))
        if (![...possible].some(isSmall)) return
        hiding++
        if ([...possible].every(isSmall)) t.fail(`${JSON.stringify(first)}, step ${place}`)
      })
    }
  }
  t.ok(hiding > 100, `${hiding} steps were to be hidden`)
})

t.test('what was told of the first steps stays when the next are known', async (t) => {
  let later = 0
  fc.assert(
    fc.property(fc.array(count, { minLength: 2, maxLength: 8 }), count, (steps, rest) => {
      const within = steps.map((_, i) => steps.slice(0, i + 1).reduce((sum, each) => sum + each, 0))
      const total = (within.at(-1) ?? 0) + rest
      const whole = toldSteps(total, within)
      for (let known = 1; known < within.length; known++) {
        const early = toldSteps(total, within.slice(0, known))
        if (JSON.stringify(whole.slice(0, early.length)) !== JSON.stringify(early))
          throw new Error('taken back')
        if (early.length < whole.length) later++
      }
    }),
    { numRuns: 300 },
  )
  t.ok(later > 100)
})
