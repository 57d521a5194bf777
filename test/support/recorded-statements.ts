/**
 * The texts of all statements that reach a PostgreSQL, from its own log: whatever way the driver takes, this is what is sent.
 * @see https://www.postgresql.org/docs/current/runtime-config-logging.html
 */
import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { StreamingPostgres } from './streaming-postgres.ts'
import { until } from './until.ts'

/** For `startPrimary`. Values of parameters are never logged. */
export const logsStatements = {
  logging_collector: 'on',
  log_destination: 'jsonlog',
  log_directory: 'log',
  log_file_mode: '0644',
  log_statement: 'all',
  log_parameter_max_length: '0',
} as const

/** @param database whose @returns each text once */
export async function recordedStatements(
  { dataPath, ask }: Pick<StreamingPostgres, 'dataPath' | 'ask'>,
  database: string,
): Promise<ReadonlySet<string>> {
  // The collector writes behind what is going on, in its order.
  const last = `select 'the last one of ${randomUUID()}'`
  await ask(last, database)
  let texts = new Set<string>()
  await until('the log of PostgreSQL', () => {
    texts = textsIn(dataPath, database)
    return texts.delete(last)
  })
  return texts
}

function textsIn(dataPath: string, database: string): Set<string> {
  const texts = new Set<string>()
  const folder = join(dataPath, 'log')
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.json')))
    for (const line of readFileSync(join(folder, file), 'utf8').split('\n')) {
      const entry: unknown = line === '' ? undefined : JSON.parse(line)
      if (typeof entry !== 'object' || entry === null) continue
      const { dbname, message } = entry as { readonly dbname?: unknown; readonly message?: unknown }
      const sent =
        dbname === database ? /^(?:statement|execute [^:]*): ([\s\S]+)$/.exec(String(message)) : null
      if (sent?.[1] !== undefined) texts.add(sent[1])
    }
  return texts
}
