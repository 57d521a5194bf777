/**
 * The only way to write SQL here: sql`…`. A value put into the template is always a parameter; a fragment of SQL can
 * come from nowhere but another sql`…`, because the brand is private to this file.
 */
const fragment = Symbol('sql fragment')

export type Sql = {
  readonly [fragment]: true
  readonly strings: readonly string[]
  readonly values: readonly unknown[]
}

export function sql(strings: TemplateStringsArray, ...values: readonly unknown[]): Sql {
  const outStrings: string[] = [strings[0] ?? '']
  const outValues: unknown[] = []
  values.forEach((value, i) => {
    const after = strings[i + 1] ?? ''
    if (isSql(value)) {
      const last = outStrings.pop() ?? ''
      outStrings.push(last + (value.strings[0] ?? ''), ...value.strings.slice(1))
      outValues.push(...value.values)
      outStrings.push((outStrings.pop() ?? '') + after)
    } else {
      outValues.push(value)
      outStrings.push(after)
    }
  })
  return { [fragment]: true, strings: outStrings, values: outValues }
}

export function joinSql(fragments: readonly Sql[], separator: ' and ' | ' or ' | ', '): Sql {
  const [first, ...rest] = fragments
  if (!first) throw new Error('No SQL fragment to join: a condition was lost on the way')
  const between: Sql = { [fragment]: true, strings: [separator], values: [] }
  return rest.reduce((all, next) => sql`${all}${between}${next}`, first)
}

/** A table or column name out of our own tables of names, never out of a request. */
export function name(identifier: string): Sql {
  if (!/^[a-z][a-z0-9_]{0,62}$/.test(identifier)) throw new Error(`Not a plain SQL name: ${identifier}`)
  return { [fragment]: true, strings: [identifier], values: [] }
}

export function isSql(value: unknown): value is Sql {
  return typeof value === 'object' && value !== null && fragment in value
}

/** Text with `$1…`, and the values. */
export function compileSql(statement: Sql): { text: string; values: unknown[] } {
  let text = statement.strings[0] ?? ''
  for (let i = 1; i < statement.strings.length; i++) text += `$${i}${statement.strings[i]}`
  return { text, values: [...statement.values] }
}
