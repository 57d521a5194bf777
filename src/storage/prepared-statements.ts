/** Names statements by their texts, so that each connection prepares them once; those beyond a limit stay without a name. */
import type pg from 'pg'
import { bindValue } from './bind-values.ts'
import { compileSql, type Sql } from './sql.ts'

/** Kept prepared on each connection; the texts are a closed set but for the shapes of searches. */
const MAX_PREPARED = 400

export function preparedStatements(): (statement: Sql) => pg.QueryConfig {
  const names = new Map<string, string>()
  return (statement) => {
    const { text, values: given } = compileSql(statement)
    const values = given.map(bindValue)
    let name = names.get(text)
    if (name === undefined && names.size < MAX_PREPARED) {
      name = `s${names.size}`
      names.set(text, name)
    }
    return name === undefined ? { text, values } : { name, text, values }
  }
}
