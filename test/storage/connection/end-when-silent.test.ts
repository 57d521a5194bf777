/** A PostgreSQL that says nothing: what waits for it fails in time, and what only lies idle stays. */
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import t from 'tap'
import { endWhenSilent } from '../../../src/storage/connection/end-when-silent.ts'
import { testDatabase } from '../../support/database.ts'

const SILENCE_MS = 500

async function watched(settings: pg.ClientConfig): Promise<pg.Client> {
  const client = new pg.Client(settings)
  client.on('error', () => undefined)
  await client.connect()
  endWhenSilent(client, SILENCE_MS)
  return client
}

t.test('a statement without an answer is given up; a connection on which nobody asks is not', async (t) => {
  await using test = await testDatabase()
  for (const pipeline of [false, true]) {
    const settings: pg.ClientConfig & { readonly pipeline: boolean } = { ...test.owner, pipeline }
    const [asking, idle] = [await watched(settings), await watched(settings)]
    try {
      await idle.query('select 1')
      await idle.query('begin')
      await asking.query('select 1')
      const begun = performance.now()
      await t.rejects(asking.query('select pg_sleep(20)'), { message: /^Connection terminated/ })
      t.ok(performance.now() - begun < 10_000, 'long before the answer')
      await sleep(1_500)
      t.equal(
        (await idle.query('select 1 as answer')).rows.length,
        1,
        'in a transaction that nobody goes on with',
      )
    } finally {
      // What was given up goes on at PostgreSQL, which was only asked to sleep.
      await idle.query(
        'select pg_terminate_backend(a.pid) from pg_stat_activity a where a.datname = current_database() and a.pid <> pg_backend_pid()',
      )
      await idle.end()
      await asking.end()
    }
  }
})
