/**
 * A database whose statements are watched: how long each was waited for, and to which request it belongs. It stands around the
 * Database, so that what is not watched costs nothing. The time of a gathered read is that of all it left with: PostgreSQL
 * answers them together, and nobody can tell from outside which one it was.
 */
import type { Database, Transaction } from '../storage/database.ts'
import type { Planning, Runner } from '../storage/runner.ts'
import type { Sql } from '../storage/sql.ts'
import type { Spans } from './spans.ts'
import { statementName } from './statement-name.ts'
import type { StatementWatcher, Way } from './statement-watcher.ts'

type Watch = {
  readonly watchers: readonly StatementWatcher[]
  readonly spans: Spans | undefined
}

export function watchedDatabase(db: Database, watch: Watch): Database {
  const { watchers } = watch
  const through = (runner: Runner, way: Way): Runner => watchedRunner(runner, way, watch)
  const { reads } = db
  const readsWay = reads.load() === undefined ? 'gathered' : 'replica'
  return {
    run: <Row>(statement: Sql, planning: Planning = 'generic') =>
      watched(
        watch,
        planning === 'custom' ? 'search' : 'shared',
        statement,
        planning,
        () => db.run<Row>(statement, planning),
        rowsOf,
      ),
    together<Rows extends readonly unknown[]>(...statements: { [At in keyof Rows]: Sql }) {
      const [first] = statements as readonly Sql[]
      const ask = (): Promise<{ [At in keyof Rows]: Rows[At][] }> => db.together<Rows>(...statements)
      return first ? watched(watch, 'gathered', first, 'generic', ask, rowsOfAll) : ask()
    },
    reads: {
      ofRecord: (facts) => through(reads.ofRecord(facts), readsWay),
      unchanging: through(reads.unchanging, readsWay),
      upToDate: async () => through(await reads.upToDate(), readsWay),
      load: () => reads.load(),
      close: () => reads.close(),
    },
    apart: {
      ...through(db.apart, 'apart'),
      copyIn: (statement, tuples) => db.apart.copyIn(statement, tuples),
    },
    async transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
      const asked = performance.now()
      let begun = asked
      const watchedWork = (): Promise<T> =>
        db.transaction((transaction) => {
          begun = performance.now()
          return work({ ...transaction, run: through(transaction, 'transaction').run })
        })
      try {
        return await (watch.spans ? watch.spans.within('transaction', {}, watchedWork) : watchedWork())
      } finally {
        const ended = performance.now()
        for (const { transaction } of watchers) transaction?.(begun - asked, ended - begun)
      }
    },
    load: () => db.load(),
    close: () => db.close(),
  }
}

function watchedRunner(runner: Runner, way: Way, watch: Watch): Runner {
  return {
    run: <Row>(statement: Sql, planning: Planning = 'generic') =>
      watched(watch, way, statement, planning, () => runner.run<Row>(statement, planning), rowsOf),
  }
}

function rowsOf(rows: readonly unknown[]): number {
  return rows.length
}

function rowsOfAll(answers: readonly unknown[]): number {
  return answers.reduce<number>((sum, rows) => sum + (Array.isArray(rows) ? rows.length : 0), 0)
}

async function watched<Answer extends readonly unknown[]>(
  { watchers, spans }: Watch,
  way: Way,
  statement: Sql,
  planning: Planning,
  run: () => Promise<Answer>,
  count: (answer: Answer) => number,
): Promise<Answer> {
  const begun = performance.now()
  let rows: number | undefined
  try {
    const answer = await (spans
      ? spans.within(statementName(statement), { 'db.system.name': 'postgresql', 'dmp.way': way }, run)
      : run())
    rows = count(answer)
    return answer
  } finally {
    const milliseconds = performance.now() - begun
    for (const { answered } of watchers) answered({ statement, way, planning, milliseconds, rows })
  }
}
