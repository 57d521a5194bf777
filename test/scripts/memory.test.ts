/** The memory of a server process under large bodies: `npm run bench -- memory`, small enough for a test. */
import t from 'tap'
import { makePlace, removePlace, withServer } from '../../scripts/bench/server-process.ts'
import { largeTransaction, sendAtOnce } from '../../scripts/bench/siege.ts'

const BODIES = 40

t.test('large bodies at once: all are answered, and memory stays bounded', async (t) => {
  const place = await makePlace()
  t.teardown(() => removePlace(place))
  const environment = {
    DMP_MAX_BODY_BYTES: '2100000',
    DMP_MAX_BODY_BYTES_AT_ONCE: '4200000',
    DMP_REQUEST_TIMEOUT_MS: '20000',
  }
  await withServer(place, { profile: 'fhir', environment }, async (server) => {
    const body = largeTransaction(2_000_000, 'many-resources')
    const { statuses, idle = 0, peak = 0 } = await sendAtOnce(server, body, BODIES)
    const { '200': taken = 0, '503': refused = 0, ...others } = statuses
    t.same(others, {}, 'each is taken, or told when to come again')
    t.equal(taken + refused, BODIES)
    t.ok(taken >= 1, `${taken} taken`)
    t.comment(
      `${idle.toFixed(0)} MB before, ${peak.toFixed(0)} MB at most, ${taken} taken, ${refused} refused`,
    )
    // Two of them in work; all forty took 700 MB when nothing held them back.
    if (peak > 0) t.ok(peak - idle < 450, `${(peak - idle).toFixed(0)} MB more`)
  })
})
