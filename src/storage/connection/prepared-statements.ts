/** Names statements by their texts, so that each connection prepares them once; those beyond a limit stay without a name. */

import { type Sql, textOf } from '../sql.ts'
import { type BoundValue, bindValue } from './bind-values.ts'

/** Kept prepared on each connection; the texts are a closed set but for the shapes of searches. */
const MAX_PREPARED = 400

export type PreparedStatement = {
  /** Empty: none. */
  readonly name: string
  readonly text: string
  readonly values: BoundValue[]
}

/** Without a name: planned for its values, and none of the names is taken by it. */
export function unprepared(statement: Sql): PreparedStatement {
  return { name: '', text: textOf(statement), values: statement.values.map(bindValue) }
}

export function preparedStatements(): (statement: Sql) => PreparedStatement {
  const names = new Map<string, string>()
  return (statement) => {
    const { text, values } = unprepared(statement)
    let name = names.get(text)
    if (name === undefined && names.size < MAX_PREPARED) {
      name = `s${names.size}`
      names.set(text, name)
    }
    return { name: name ?? '', text, values }
  }
}
