/**
 * Connections to a replica, that nothing depends on: whoever asks it is told in time that it has no answer, and asks the
 * primary. After a fault it is let be for a while.
 *
 * Its statements are prepared by their texts, as those of the primary. Nothing can be written there: it is a replica, and
 * each connection is read-only besides.
 */
import type pg from 'pg'
import type { Runner } from '../runner.ts'
import type { Sql } from '../sql.ts'
import { type ConnectionSettings, clientConfig } from './connection-settings.ts'
import { preparedStatements } from './prepared-statements.ts'
import { SharedConnection } from './shared-connection.ts'
import { wasRefused } from './was-refused.ts'
import { wireOf } from './wire.ts'
import { askOne } from './wire-statements.ts'

export type Replica = {
  /** Whether it is worth asking now. */
  isThere(): boolean
  /** @returns undefined when it did not answer, in time or at all */
  attempt<T>(work: (runner: Runner) => Promise<T>): Promise<{ readonly value: T } | undefined>
  close(): Promise<void>
}

const CONNECTIONS = 4
/** Of all statements of one attempt; the primary then answers still within the time of a request. */
const PATIENCE_MS = 1_000
/** For how long it is let be after a fault. */
const PAUSE_MS = 5_000

export function openReplica(
  settings: ConnectionSettings,
  onError: (error: Error) => void,
  times = { patienceMs: PATIENCE_MS, pauseMs: PAUSE_MS },
): Replica {
  const base = clientConfig({ ...settings, statementTimeoutMs: times.patienceMs })
  const config: pg.ClientConfig = {
    ...base,
    options: `${base.options ?? ''} -c default_transaction_read_only=on`,
    connectionTimeoutMillis: times.patienceMs,
  }
  // What breaks is told by the attempt that it breaks, once.
  const all = Array.from({ length: CONNECTIONS }, () => new SharedConnection(config, () => undefined))
  const prepared = preparedStatements()
  let turn = 0
  let notBefore = 0

  const pause = (cause: unknown): void => {
    if (performance.now() >= notBefore)
      onError(new Error('The replica (DATABASE_READ_URL) does not answer, the primary does', { cause }))
    notBefore = performance.now() + times.pauseMs
  }

  return {
    isThere: () => performance.now() >= notBefore,
    async attempt<T>(work: (runner: Runner) => Promise<T>) {
      const connection = all[turn++ % CONNECTIONS]
      if (!connection) throw new Error('No connection to the replica')
      let client: pg.Client | undefined
      const runner: Runner = {
        async run<Row>(statement: Sql) {
          client = await connection.client()
          return (await askOne(wireOf(client), prepared(statement))).rows as Row[]
        },
      }
      const limit = timeLimit(times.patienceMs)
      try {
        return { value: await Promise.race([work(runner), limit.over]) }
      } catch (error) {
        // A statement that was cancelled (a conflict with what is replayed, the time limit) says nothing of the next one.
        if (!wasRefused(error)) pause(error)
        // What still waits on this connection would wait behind the one that does not end.
        if (error instanceof TooLate) client?.connection.stream.destroy()
        return undefined
      } finally {
        limit.cancel()
      }
    },
    async close() {
      await Promise.all(all.map((connection) => connection.close()))
    },
  }
}

class TooLate extends Error {
  override readonly name = 'TooLate'
}

function timeLimit(milliseconds: number): { readonly over: Promise<never>; readonly cancel: () => void } {
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TooLate(`no answer within ${milliseconds} ms`)), milliseconds)
  })
  return { over, cancel: () => clearTimeout(timer) }
}
