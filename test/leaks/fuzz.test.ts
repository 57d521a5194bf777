/**
 * Nothing that a rule hides is to be had by any request: random callers, records, choices and requests against a slow
 * oracle (rule V7). `FUZZ_REQUESTS` says how many.
 */
import tap from 'tap'
import { drawSeed as seed } from '../support/draws.ts'
import { runFuzz } from './run-fuzz.ts'

/** The rarest of the answers that are to be seen, a 400 of `retrieve`, is one in 800: in all of them 1e-8 of the runs see none. */
const requests = Number(process.env.FUZZ_REQUESTS ?? 15_000)

tap.test(`the answers of the server are those of the oracle (seed ${seed})`, async (t) => {
  const { faults, seen, ...run } = await runFuzz(seed, { requests, perRound: 60, enough: 5 })
  tap.comment(`report: fuzz: ${run.requests} requests, ${run.changes} changes, seed ${seed}`)
  t.same(faults, [], `as the oracle says; repeat with DMP_TEST_DRAWS=${seed}`)
  t.ok(run.requests >= requests, `${requests} requests`)
  for (const [kind, statuses] of reached) {
    for (const status of statuses) t.ok(seen.get(`${kind} ${status}`), `${kind} answers ${status} sometimes`)
  }
})

const reached: readonly (readonly [kind: string, statuses: readonly number[]])[] = [
  ['read', [200, 403, 404, 400]],
  ['conditional read', [304, 403, 404]],
  ['vread', [200, 403, 404]],
  ['retrieve', [200, 403, 404, 400]],
  ['submission set', [200, 403, 404]],
  ['invented id', [403, 404]],
  ['search', [200, 403, 404, 400]],
  ['count', [200]],
  ['search of sets', [200, 403, 404, 400]],
  ['count of sets', [200]],
  ['history of the type', [200, 403, 404]],
  ['administrative data', [200, 403, 404]],
  ['existence', [200, 403]],
  ['traces', [200, 403, 404]],
]
