/**
 * `npm run chaos`, one of its faults for a short time: all connections of PostgreSQL are taken by others. (That processes are
 * killed is tried in audit/durable and workers/workers.) And that its checks find what they look for, by rows that are taken
 * away behind the server.
 */
import t from 'tap'
import { checkDocuments } from '../../scripts/chaos/check-documents.ts'
import { checkTraces } from '../../scripts/chaos/check-traces.ts'
import { openRun } from '../../scripts/chaos/open-run.ts'
import { faults } from '../../scripts/chaos/options.ts'
import { openPlace } from '../../scripts/chaos/place.ts'
import { asOwner, withoutConnections } from '../../scripts/chaos/postgres-faults.ts'
import { tryFault } from '../../scripts/chaos/try-fault.ts'

const PACE = { beforeMs: 500, wellMs: 400, thinkMs: 120 }

function named(name: string) {
  const fault = faults.find((each) => each.name === name)
  if (!fault) throw new Error(`no fault ${name}`)
  return fault
}

t.test('faults under load break no promise, and what would break one is found', async (t) => {
  await using place = await openPlace('plain')
  const run = await openRun(place)
  const noConnections = {
    ...named('no-connections'),
    happen: ({ postgres }: typeof place) => withoutConnections(postgres, 700),
  }
  const { broken, acknowledged, outcomes } = await tryFault(run, noConnections, PACE)
  t.same(broken, [], 'every promise is held')
  t.ok(acknowledged > 5, `not vacuous, ${acknowledged} deposits`)
  t.ok(Object.keys(outcomes).length > 0, `not vacuous, ${JSON.stringify(outcomes)}`)

  const { deposits } = run.ledger
  const [first, second, third] = run.ledger.acknowledged
  if (!first || !second || !third) throw new Error('no deposits')
  const seen = run.witness.seen.filter(({ kind, outcome }) => kind === 'push' && outcome === 'ok')
  await asOwner(place.postgres, async (client) => {
    const of = `where d.body like '%"urn:oid:' || $1 || '"%'`
    await client.query(`delete from document d ${of}`, [first.uniqueId])
    await client.query(`delete from seal s using document d ${of} and s.document = d.id`, [second.uniqueId])
    await client.query(`update document d set version = d.version + 7 ${of}`, [third.uniqueId])
    await client.query('delete from audit')
  })
  const { faults: wrong } = await checkDocuments(place, run.client, deposits.slice(0, 20))
  for (const what of [
    `${first.uniqueId}: acknowledged, and lost`,
    '1 × contents without a document',
    `${second.uniqueId}: not intact`,
    `${third.uniqueId}: version`,
  ])
    t.ok(
      wrong.some((line) => line.startsWith(what)),
      `found: ${what}`,
    )
  t.equal((await checkTraces(place, seen)).length, seen.length, 'every trace that is gone is missed')
})
