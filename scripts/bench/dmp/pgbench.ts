/**
 * A limit: PostgreSQL alone, asked by pgbench over prepared statements. pgbench is in no package of npm: where it is not
 * installed (Debian: postgresql-client, postgresql-contrib), this limit is left out and the figures say so.
 * @see https://www.postgresql.org/docs/current/pgbench.html
 *
 * NOT known of it: quantiles; p50 is the mean.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Connection } from '../../../src/embedded-postgres/bootstrap.ts'
import type { LoadResult } from '../closed-loop.ts'
import type { Side } from '../contest.ts'

const run = promisify(execFile)

/** @param variables of the statement, written `:name` in it */
export function pgbenchSide(
  connection: Connection,
  clients: number,
  statement: string,
  variables: Readonly<Record<string, string>>,
): Side {
  return {
    name: 'PostgreSQL alone (pgbench)',
    pid: undefined,
    load: async (milliseconds) => {
      const folder = mkdtempSync(join(tmpdir(), 'bench-pgbench-'))
      try {
        const script = join(folder, 'statement.sql')
        writeFileSync(script, `${statement};\n`)
        const amount = amountOf(milliseconds)
        const defined = Object.entries(variables).flatMap(([name, value]) => ['-D', `${name}=${value}`])
        const { stdout } = await run(
          'pgbench',
          ['-n', '-M', 'prepared', '-c', String(clients), '-j', '1', ...amount, '-f', script, ...defined],
          { env: { PATH: process.env.PATH, ...environmentOf(connection) } },
        )
        return resultOf(stdout)
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    },
  }
}

export async function isPgbenchThere(): Promise<boolean> {
  return run('pgbench', ['--version']).then(
    () => true,
    () => false,
  )
}

/** pgbench knows whole seconds only: for less, so many transactions of each client. */
function amountOf(milliseconds: number): readonly string[] {
  return milliseconds < 1_000 ? ['-t', '20'] : ['-T', String(Math.round(milliseconds / 1000))]
}

/** @throws when pgbench says anything but how many it did */
export function resultOf(printed: string): LoadResult {
  const pieces = Number(/^number of transactions actually processed: (\d+)/m.exec(printed)?.[1])
  const failed = Number(/^number of failed transactions: (\d+)/m.exec(printed)?.[1] ?? 0)
  const mean = Number(/^latency average = ([\d.]+) ms/m.exec(printed)?.[1])
  const perSecond = Number(/^tps = ([\d.]+)/m.exec(printed)?.[1])
  if (!(pieces > 0) || failed > 0 || !(perSecond > 0)) throw new Error(`pgbench: ${printed}`)
  return {
    pieces,
    seconds: pieces / perSecond,
    perSecond,
    p50: mean,
    p99: Number.NaN,
    p999: Number.NaN,
    most: Number.NaN,
  }
}

function environmentOf({ host, port, user, password, database }: Connection): Record<string, string> {
  return {
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: user,
    PGDATABASE: database,
    ...(password === undefined ? {} : { PGPASSWORD: password }),
  }
}
