/**
 * `bench fhir-search`: each kind of search under load, and its time in the database page by page: one request after the other,
 * alone, over many values (database-time.ts). Every value is asked several times and the least counts, since a busy
 * machine only ever adds; the most of all is told too.
 */
import { closedLoop } from './closed-loop.ts'
import { type SideResult, takeTurns } from './contest.ts'
import { DatabaseTime, type SlowStatement, vacuumAnalyze } from './database-time.ts'
import { quantile } from './durations.ts'
import type { Loaded } from './fhir-place.ts'
import { type HttpAnswer, type HttpConnection, httpRequest } from './http-connection.ts'
import type { Options } from './options.ts'
import { residentMegabytes } from './processes.ts'
import { withConnections } from './records.ts'
import { megabytes, type Row, table } from './report.ts'
import { type Search, searchesOf } from './searches.ts'
import type { ServerProcess } from './server-process.ts'

const LONGEST_PAGE_MS = 20
const TRIES = 3
const PATIENTS = 500

/** Milliseconds in the database, of pages. */
export type PageTimes = {
  readonly pages: number
  readonly median: number
  readonly p99: number
  readonly most: number
  /** Without taking the least of several tries. */
  readonly mostOfAll: number
  /** Part of the median that went into planning. */
  readonly planning: number
  readonly statements: number
  /** Matches and what was included, in the mean. */
  readonly entries: number
  readonly slowest: { readonly target: string; readonly statement: SlowStatement | undefined }
}

export type SearchResult = {
  readonly searches: readonly (SideResult & { readonly pages: PageTimes })[]
  readonly residentAtEnd: number | undefined
}

export async function benchSearch(
  server: ServerProcess,
  loaded: Loaded,
  options: Options,
): Promise<SearchResult> {
  await vacuumAnalyze(server.connection)
  await using database = await DatabaseTime.open(server.connection)
  // The server hangs up on who is silent for long, as those under load would be meanwhile: each part has its own.
  const alone = <T>(work: (connection: HttpConnection) => Promise<T>): Promise<T> =>
    withConnections(server.port, 1, ([connection]) => {
      if (!connection) throw new Error('No connection')
      return work(connection)
    })
  const searches = searchesOf(loaded, await alone(somePatients))
  const results: (SideResult & { readonly pages: PageTimes })[] = []
  for (const search of searches) {
    const pages = await alone((connection) => pageTimes(database, connection, search, options.samples))
    console.error(`${search.name}: ${pages.median.toFixed(1)}, at most ${pages.most.toFixed(1)} ms`)
    const load = (milliseconds: number) =>
      withConnections(server.port, options.connections, (connections) =>
        closedLoop(
          { workers: connections.length, milliseconds },
          walking(connections, search, options.samples),
        ),
      )
    const [side] = await takeTurns(
      [{ name: search.name, pid: server.pid, load }],
      server.postmasterPid,
      options,
    )
    if (side) results.push({ ...side, pages })
  }
  return tell(results, loaded, residentMegabytes(server.pid))
}

async function pageTimes(
  database: DatabaseTime,
  connection: HttpConnection,
  search: Search,
  samples: number,
): Promise<PageTimes> {
  const least: number[] = []
  const planning: number[] = []
  let [mostOfAll, statements, entries] = [0, 0, 0]
  let slowest: { target: string; least: number; statement: SlowStatement | undefined } | undefined
  for (let i = 0; i < samples; i++) {
    let target: string | undefined = search.target(i)
    for (let page = 0; target !== undefined && page < (search.pages ?? 1); page++) {
      const asked: string = target
      let answer: HttpAnswer | undefined
      let best = Number.POSITIVE_INFINITY
      for (let t = 0; t < TRIES; t++) {
        const spent = await database.of(async () => {
          answer = await ask(connection, search, asked)
        })
        mostOfAll = Math.max(mostOfAll, spent.milliseconds)
        if (spent.milliseconds >= best) continue
        best = spent.milliseconds
        planning[least.length] = spent.planning
        statements = Math.max(statements, spent.statements)
      }
      if (!slowest || best > slowest.least)
        slowest = { target: asked, least: best, statement: await database.slowest() }
      least.push(best)
      const text = answer?.body.toString() ?? ''
      entries += text.split('"fullUrl":').length - 1
      target = nextOf(text)
    }
  }
  const sorted = least.sort((a, b) => a - b)
  return {
    pages: sorted.length,
    median: quantile(sorted, 0.5),
    p99: quantile(sorted, 0.99),
    most: sorted.at(-1) ?? 0,
    mostOfAll,
    planning: quantile(
      planning.sort((a, b) => a - b),
      0.5,
    ),
    statements,
    entries: entries / sorted.length,
    slowest: { target: slowest?.target ?? '', statement: slowest?.statement },
  }
}

/** Each worker turns the pages of one value after the other. */
function walking(connections: readonly HttpConnection[], search: Search, samples: number) {
  const at = connections.map((): { target?: string | undefined; page: number } => ({ page: 0 }))
  let value = 0
  return async (worker: number): Promise<void> => {
    const own = at[worker]
    const connection = connections[worker]
    if (!own || !connection) return
    const target = own.target ?? search.target(value++ % samples)
    const { body } = await ask(connection, search, target)
    if (search.pages === undefined) return
    own.page = own.target === undefined ? 1 : own.page + 1
    own.target = own.page < search.pages ? nextOf(body.toString()) : undefined
  }
}

async function ask(connection: HttpConnection, { name }: Search, target: string): Promise<HttpAnswer> {
  const answer = await connection.send(httpRequest('GET', `/fhir/${target}`, {}))
  if (answer.status !== 200) throw new Error(`${name}: ${answer.status}, ${answer.body.subarray(0, 500)}`)
  return answer
}

/** Below the base. */
function nextOf(bundle: string): string | undefined {
  return /"relation":"next","url":"[^"]*?\/fhir\/([^"]+)"/.exec(bundle)?.[1]
}

async function somePatients(connection: HttpConnection): Promise<string[]> {
  const { body } = await connection.send(
    httpRequest('GET', `/fhir/Patient?_count=${PATIENTS}&_elements=id`, {}),
  )
  const ids = [...body.toString().matchAll(/"fullUrl":"[^"]*\/Patient\/([^"]+)"/g)]
  if (ids.length === 0) throw new Error('No patient was found')
  return ids.map(([, id = '']) => id)
}

function tell(
  searches: SearchResult['searches'],
  loaded: Loaded,
  residentAtEnd: number | undefined,
): SearchResult {
  const titles = ['entries', 'database ms: median', 'p99', 'most', '(of all tries)', 'planning', 'statements']
  const rows = searches.map((side): Row => {
    const { entries, median, p99, most, mostOfAll, planning, statements } = side.pages
    const figures = [median, p99, most, mostOfAll, planning].map((ms) => ms.toFixed(1))
    return { side, more: [entries.toFixed(0), ...figures, String(statements)] }
  })
  console.log(`\nsearches over ${loaded.total} resources`)
  console.log(table(rows, titles))
  const slow = searches.filter(({ pages }) => pages.most > LONGEST_PAGE_MS)
  const told = slow.map(
    ({ name, pages }) => `\n  ${name}: ${pages.most.toFixed(1)} ms, ${pages.slowest.target}`,
  )
  console.log(
    slow.length === 0
      ? `no page over ${LONGEST_PAGE_MS} ms in the database: met`
      : `no page over ${LONGEST_PAGE_MS} ms in the database: NOT met${told.join('')}`,
  )
  console.log(`server at the end: ${megabytes(residentAtEnd)}`)
  return { searches, residentAtEnd }
}
