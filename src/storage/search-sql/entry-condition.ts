/**
 * Conditions on the entries of a document or a list: its texts in `tokens` and `strings`, as search/record/record-entry.ts
 * writes them. A record is small: its rows are read, and no index stands behind these.
 */
import {
  ANY_TYPE,
  entryStart,
  identifierOf,
  linked,
  SEPARATOR,
  textEntry,
  tokenEntry,
} from '../../search/record/record-entry.ts'
import type { Criterion, ReferenceValue, TokenValue } from '../../search/search-expression.ts'
import { joinSql, name, type Sql, sql } from '../sql.ts'

/** @param row alias of the table @param parameter the name of the entries, with the chain that led there */
export function entryCondition(row: string, parameter: string, criterion: Criterion): Sql {
  const tokens = sql`${name(row)}.tokens`
  const strings = sql`${name(row)}.strings`
  switch (criterion.kind) {
    case 'token': {
      const any = anyOf(criterion.values.map((value) => token(tokens, parameter, value)))
      return criterion.not ? sql`not ${any}` : any
    }
    case 'reference-identifier':
      return anyOf(criterion.values.map((value) => token(tokens, identifierOf(parameter), value)))
    case 'reference':
      return anyOf(criterion.values.map((value) => reference(tokens, parameter, value)))
    case 'uri':
      return sql`${tokens} && ${criterion.values.map(({ uri, version }) =>
        textEntry(parameter, version === undefined ? uri : `${uri}|${version}`),
      )}::text[]`
    case 'string':
      return anyOf(criterion.values.map((value) => text(strings, parameter, criterion.match, value)))
    case 'missing': {
      const start = entryStart(parameter)
      const there = sql`(${some(tokens, sql`starts_with(e.entry, ${start}::text)`)}
        or ${some(strings, sql`starts_with(e.entry, ${start}::text)`)})`
      return criterion.missing ? sql`not ${there}` : there
    }
    case 'chain':
      return anyOf([
        ...criterion.targets.map((target) =>
          entryCondition(row, linked(parameter, target.type, target.criterion.parameter), target.criterion),
        ),
        ...untyped(row, parameter, criterion),
      ])
    default:
      throw new Error(`${parameter}: no entry answers a criterion of the kind ${criterion.kind}`)
  }
}

/** A logical reference that says no type is found by a chain that says none: `author.identifier`. */
function untyped(row: string, parameter: string, { targets }: Extract<Criterion, { kind: 'chain' }>): Sql[] {
  const [first] = targets
  if (targets.length < 2 || first?.criterion.parameter !== 'identifier') return []
  return [entryCondition(row, linked(parameter, ANY_TYPE, 'identifier'), first.criterion)]
}

function token(tokens: Sql, parameter: string, { system, code }: TokenValue): Sql {
  if (system !== undefined && code !== undefined)
    return sql`${[tokenEntry(parameter, system, code)]}::text[] <@ ${tokens}`
  const start = entryStart(parameter)
  // A system holds no bar, so the first one ends it.
  if (system !== undefined) return some(tokens, sql`starts_with(e.entry, ${`${start}${system}|`}::text)`)
  return some(
    tokens,
    sql`starts_with(e.entry, ${start}::text) and strpos(e.entry, '|') > 0
      and substr(e.entry, strpos(e.entry, '|') + 1) = ${code ?? ''}::text`,
  )
}

function reference(tokens: Sql, parameter: string, value: ReferenceValue): Sql {
  if (value.kind === 'url') {
    const url = value.version === undefined ? value.url : `${value.url}|${value.version}`
    return sql`${[textEntry(parameter, url)]}::text[] <@ ${tokens}`
  }
  const { type, id, version } = value
  const local = version === undefined ? id : `${id}/_history/${version}`
  if (type !== undefined) return sql`${[textEntry(parameter, `${type}/${local}`)]}::text[] <@ ${tokens}`
  const end = `/${local}`
  return some(
    tokens,
    sql`starts_with(e.entry, ${entryStart(parameter)}::text) and right(e.entry, ${end.length}::integer) = ${end}::text
      and strpos(e.entry, ':') = 0`,
  )
}

function text(strings: Sql, parameter: string, match: 'starts' | 'contains' | 'exact', value: string): Sql {
  const start = entryStart(parameter)
  if (match === 'starts') return some(strings, sql`starts_with(e.entry, ${start + value}::text)`)
  const part = match === 'exact' ? 3 : 2
  const found = sql`split_part(e.entry, ${SEPARATOR}::text, ${part}::integer)`
  return some(
    strings,
    match === 'exact'
      ? sql`starts_with(e.entry, ${start}::text) and ${found} = ${value}::text`
      : sql`starts_with(e.entry, ${start}::text) and strpos(${found}, ${value}::text) > 0`,
  )
}

function some(entries: Sql, condition: Sql): Sql {
  return sql`exists (select from unnest(${entries}) as e(entry) where ${condition})`
}

function anyOf(conditions: readonly Sql[]): Sql {
  return sql`(${joinSql(conditions, ' or ')})`
}
