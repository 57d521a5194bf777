/**
 * A process that starts the embedded PostgreSQL, says so in one line of JSON on stdout, and waits to be ended: for tests
 * that end it. `argv`: data folder, `durable` or `fast`. SIGINT: asks the database once more, says so, and stops it.
 */
import pg from 'pg'
import { startEmbeddedPostgres } from '../../src/embedded-postgres/launch.ts'

const [, , dataDir = '', mode] = process.argv
try {
  const { connection, stop } = await startEmbeddedPostgres({ dataDir, durable: mode === 'durable' })
  const waiting = setInterval(() => undefined, 60_000)
  process.once('SIGINT', async () => {
    // By now a PostgreSQL that got the terminal's signal too would be gone.
    await new Promise((resolve) => setTimeout(resolve, 500))
    const client = new pg.Client(connection)
    await client.connect()
    const { rows } = await client.query<{ answer: number }>('select 42 as answer')
    await client.end()
    await stop()
    process.stdout.write(`${JSON.stringify(rows)}\n`)
    clearInterval(waiting)
  })
  process.stdout.write(`${JSON.stringify(connection)}\n`)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}\n`)
  process.exitCode = 1
}
