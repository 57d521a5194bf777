/**
 * How a connection is opened: where to, under which role, and with what its statements are planned.
 * @see docs/decisions/0008 (searches)
 */
import pg from 'pg'
import { joinSql, type Sql, sql } from '../sql.ts'
import { milliseconds } from '../timestamp.ts'

export type ConnectionSettings = {
  readonly host?: string
  readonly port?: number
  readonly user?: string
  readonly password?: string
  readonly database?: string
  readonly connectionString?: string
  /** Role taken after login: the server's, never the owner's. */
  readonly role?: string
  readonly statementTimeoutMs: number
  /** Until a connection is there, or one of a pool is free. Undefined: 5 s. */
  readonly connectionTimeoutMs?: number
  /** A replica that follows by streaming, for reads (read-side.ts). */
  readonly readUrl?: string
  /** Whether the tables are spread over several nodes by Citus (docs/decisions/0021). */
  readonly isSpread?: boolean
}

const CONNECTION_TIMEOUT_MS = 5_000
/** A search that takes longer is refused: it holds one of few connections. */
const SEARCH_TIMEOUT_MS = 5_000
/**
 * What searches are planned with (docs/decisions/0008). A small effective_cache_size: a plan that looks up row after row
 * until a page is full must not be taken for cheap because the last rows would be in memory. One process each: there are
 * other requests.
 */
const searchPlanning = [
  'plan_cache_mode=force_custom_plan',
  'random_page_cost=1.1',
  'effective_cache_size=16MB',
  'max_parallel_workers_per_gather=0',
  'enable_seqscan=off',
  'jit=off',
]
/**
 * What all else is planned with, once on each connection: it is looked up by keys, also while the tables are so small that
 * reading all of them seems as cheap, for they may be large before the plan is made again.
 */
const keyPlanning = [
  'plan_cache_mode=force_generic_plan',
  'random_page_cost=1.1',
  'enable_seqscan=off',
  'jit=off',
]
/**
 * Citus makes its plan from the values of a statement, and refuses most of those that were planned without: it must be free
 * to plan each anew. The planner of the coordinator looks at no row, so all else is for the nodes to set.
 */
const spreadPlanning = ['plan_cache_mode=auto', 'jit=off']
/** For the rest of a transaction: as searches are planned, and then as all else is again. */
export const customPlanning: Sql = sql`select ${joinSql(
  searchPlanning.map((setting) => {
    const [name = '', value = ''] = setting.split('=')
    return sql`set_config(${name}::text, ${value}::text, true)`
  }),
  ', ',
)}`
export const genericPlanning: Sql = sql`set local plan_cache_mode = force_generic_plan`

const TIMESTAMPTZ = 1184
const TIMESTAMPTZ_ARRAY = 1185

export function searchConfig(settings: ConnectionSettings): pg.ClientConfig {
  const statementTimeoutMs = Math.min(settings.statementTimeoutMs, SEARCH_TIMEOUT_MS)
  return clientConfig({ ...settings, statementTimeoutMs }, [...searchPlanning, 'work_mem=16MB'])
}

export function clientConfig(
  settings: ConnectionSettings,
  planning: readonly string[] = keyPlanning,
): pg.ClientConfig {
  const {
    role,
    statementTimeoutMs,
    connectionTimeoutMs = CONNECTION_TIMEOUT_MS,
    readUrl: _,
    isSpread = false,
    ...where
  } = settings
  const options = [
    `-c statement_timeout=${statementTimeoutMs}`,
    '-c timezone=UTC',
    ...(isSpread ? spreadPlanning : planning).map((setting) => `-c ${setting}`),
    ...(role ? [`-c role=${role}`] : []),
  ]
  return {
    ...where,
    keepAlive: true,
    connectionTimeoutMillis: connectionTimeoutMs,
    options: options.join(' '),
    types: {
      // Times as milliseconds: what policy compares, without a Date object for each.
      getTypeParser: ((oid: number, format?: 'text') => {
        if (oid === TIMESTAMPTZ) return milliseconds
        if (oid === TIMESTAMPTZ_ARRAY) return millisecondsArray
        return pg.types.getTypeParser(oid, format)
      }) as typeof pg.types.getTypeParser,
    },
  } as pg.ClientConfig
}

function millisecondsArray(text: string): number[] {
  return text === '{}'
    ? []
    : text
        .slice(1, -1)
        .split(',')
        .map((item) => milliseconds(item.replaceAll('"', '')))
}
