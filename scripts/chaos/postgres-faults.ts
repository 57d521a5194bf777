/** Faults of PostgreSQL: it ends, it is slow, it says nothing, it refuses. */
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { KillablePostgres } from '../../test/support/killable-postgres.ts'
import type { Fault } from './fault.ts'
import { STATEMENT_TIMEOUT_MS } from './place.ts'

const plain = { setting: 'plain' } as const

export const postgresFaults: readonly Fault[] = [
  {
    ...plain,
    name: 'postgres-stop',
    what: 'PostgreSQL is stopped, and started 3 s later',
    async happen({ postgres }) {
      await postgres.stop()
      await sleep(3_000)
      await postgres.start()
    },
  },
  {
    ...plain,
    name: 'postgres-restart',
    what: 'PostgreSQL is restarted, three times',
    async happen({ postgres }) {
      for (let i = 0; i < 3; i++) {
        await postgres.start()
        await sleep(1_000)
      }
    },
  },
  {
    ...plain,
    name: 'postgres-kill',
    what: 'all of PostgreSQL is killed (-9), and started 2 s later',
    // What was under way is asked for after a minute.
    signedWithinMs: 90_000,
    async happen({ postgres }) {
      await postgres.kill()
      await sleep(2_000)
      await postgres.start()
    },
  },
  {
    ...plain,
    name: 'backend-kill',
    what: 'one connection of PostgreSQL is killed (-9): it recovers by itself',
    async happen({ postgres }) {
      const [connection] = connectionsOf(postgres)
      if (connection === undefined) throw new Error('PostgreSQL has no connection')
      process.kill(connection, 'SIGKILL')
      await untilAnswers(postgres)
    },
  },
  {
    ...plain,
    name: 'postgres-slow',
    what: 'connections of PostgreSQL get a tenth of the time, for 8 s',
    async happen({ postgres }) {
      for (const end = performance.now() + 8_000; performance.now() < end; ) {
        const stopped = connectionsOf(postgres)
        try {
          signal(stopped, 'SIGSTOP')
          await sleep(180)
        } finally {
          signal(stopped, 'SIGCONT')
        }
        await sleep(20)
      }
    },
  },
  {
    ...plain,
    name: 'postgres-silent',
    // The request's own waits and those of its trace, which may come after another group's (docs/operations.md).
    longestMs: 45_000,
    what: 'PostgreSQL answers nothing for a minute, as behind a broken network',
    async happen({ postgres }) {
      const all = postgres.processes().map(({ pid }) => pid)
      // Those that come meanwhile are children of a postmaster that is stopped: there are none.
      const postmaster = postgres.postmaster()
      const stopped = postmaster === undefined ? all : [postmaster, ...all]
      try {
        signal(stopped, 'SIGSTOP')
        await sleep(60_000)
      } finally {
        signal(stopped, 'SIGCONT')
      }
    },
  },
  {
    ...plain,
    name: 'documents-locked',
    what: 'somebody holds a lock on the documents for 12 s, longer than a statement may take',
    happen: ({ postgres }) => locked(postgres, 'document'),
  },
  {
    ...plain,
    name: 'traces-locked',
    what: 'somebody holds a lock on the traces for 12 s',
    happen: ({ postgres }) => locked(postgres, 'audit'),
  },
  {
    ...plain,
    name: 'no-connections',
    what: 'other clients take all connections of PostgreSQL for 6 s, the server’s too',
    happen: ({ postgres }) => withoutConnections(postgres, 6_000),
  },
  {
    ...plain,
    name: 'read-only',
    what: 'PostgreSQL takes no writes for 4 s, as a replica that is not the primary yet',
    async happen({ postgres }) {
      await asOwner(postgres, async (client) => {
        try {
          await client.query(
            `alter database ${client.escapeIdentifier(postgres.address.database)} set default_transaction_read_only = on`,
          )
          await client.query(endOthers)
          await sleep(4_000)
        } finally {
          await client.query('set session characteristics as transaction read write')
          await client.query(
            `alter database ${client.escapeIdentifier(postgres.address.database)} reset default_transaction_read_only`,
          )
          await client.query(endOthers)
        }
      })
    },
  },
]

const endOthers =
  'select pg_terminate_backend(a.pid) from pg_stat_activity a where a.datname = current_database() and a.pid <> pg_backend_pid()'

/** Those of clients: `postgres: user database host activity`. */
function connectionsOf(postgres: KillablePostgres): number[] {
  const { user, database } = postgres.address
  return postgres
    .processes()
    .flatMap(({ pid, command }) => (command.includes(`: ${user} ${database} `) ? [pid] : []))
}

function signal(processes: readonly number[], name: 'SIGSTOP' | 'SIGCONT'): void {
  for (const pid of processes) {
    try {
      process.kill(pid, name)
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
    }
  }
}

async function locked(postgres: KillablePostgres, table: string): Promise<void> {
  await asOwner(postgres, async (client) => {
    await client.query('begin')
    await client.query(`lock table ${client.escapeIdentifier(table)} in access exclusive mode`)
    await sleep(2 * STATEMENT_TIMEOUT_MS + 2_000)
    await client.query('rollback')
  })
}

/** As many as PostgreSQL gives; then the server's are ended and taken too, again and again. */
export async function withoutConnections(postgres: KillablePostgres, milliseconds: number): Promise<void> {
  const taken: pg.Client[] = []
  const takeAll = async (): Promise<void> => {
    for (;;) {
      const client = new pg.Client(postgres.address)
      client.on('error', () => undefined)
      try {
        await client.connect()
      } catch {
        // None is left, which is what was wanted.
        return
      }
      taken.push(client)
    }
  }
  try {
    await takeAll()
    const [first] = taken
    if (!first) throw new Error('PostgreSQL gave no connection')
    const own = `{${(await Promise.all(taken.map(pidOf))).join(',')}}`
    await first.query(`${endOthers} and not a.pid = any($1::integer[])`, [own])
    for (const end = performance.now() + milliseconds; performance.now() < end; await sleep(20))
      await takeAll()
  } finally {
    await Promise.all(taken.map((client) => client.end()))
  }
}

async function pidOf(client: pg.Client): Promise<number> {
  return (await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid ?? 0
}

export async function asOwner<T>(
  postgres: KillablePostgres,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client(postgres.address)
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

async function untilAnswers(postgres: KillablePostgres): Promise<void> {
  for (const end = performance.now() + 60_000; ; await sleep(20)) {
    try {
      return await asOwner(postgres, async (client) => void (await client.query('select 1')))
    } catch (error) {
      if (performance.now() > end) throw error
    }
  }
}
