/**
 * The whole server on a port of its own, on a database of its own: `await using app = await testApp()`. Its tokens come
 * from a test issuer over HTTP; its clock can be moved; what it logs, at the most talkative level, is kept.
 */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { readConfig } from '../../src/config/config.ts'
import type { DmpEngine } from '../../src/interactions/dmp/dmp-engine.ts'
import type { Persona } from '../../src/sandbox/persona.ts'
import type { ConnectionSettings } from '../../src/storage/connection/connection-settings.ts'
import { type App, createDmpApp } from '../../src/wiring/app.ts'
import { type TestDatabase, testDatabase } from './database.ts'
import { type Client, httpClient } from './http-client.ts'
import { listening } from './listening.ts'
import { toldClient } from './openapi/told-client.ts'
import { testSpecification } from './specification.ts'
import { type TokenChanges, testIssuer } from './token.ts'

export type TestApp = AsyncDisposable & {
  /** The FHIR base. */
  readonly base: string
  /** What its interactions work with: for what runs without a request. */
  readonly engine: DmpEngine
  /** With one token while it lasts, as a program would; with changes, with a new one for each request. */
  readonly as: (persona: Persona, changes?: TokenChanges) => Client
  /** Where its database is, as the server connects. */
  readonly connection: ConnectionSettings
  /** A second server on the same database, as another process would be: the same callers, asking there. */
  readonly twin: () => Promise<Pick<TestApp, 'base' | 'as'>>
  /** With this `Authorization` header, or with none. */
  readonly withHeader: (authorization?: string) => Client
  /** With a token of its own, for many requests. */
  readonly withToken: (token: Promise<string>) => Client
  readonly token: (persona: Persona, changes?: TokenChanges) => Promise<string>
  readonly now: () => number
  /** Moves the server's clock, and that of the tokens issued from now on. */
  readonly advance: (milliseconds: number) => void
  readonly log: () => string
  readonly renewTls: App['renewTls']
  readonly startJobs: App['startJobs']
  readonly metrics: App['metrics']
  /** As the owner of the database. */
  readonly query: <Row extends pg.QueryResultRow>(text: string, values?: readonly unknown[]) => Promise<Row[]>
  /** Rows of each table, traces apart. */
  readonly stored: () => Promise<Readonly<Record<string, number>>>
  readonly traces: () => Promise<number>
}

/** Less than a token lives. */
const TOKEN_MS = 120_000

const tables = [
  'business_identifier',
  'content',
  'document',
  'patient_identifier',
  'record',
  'resource',
  'resource_version',
]

/** @param connecting how it connects, given what leads to its database */
export async function testApp(
  environment: Readonly<Record<string, string>> = {},
  connecting: (server: TestDatabase['server']) => ConnectionSettings = (server) => server,
): Promise<TestApp> {
  const closing: Closing = []
  try {
    return await start(closing, environment, connecting)
  } catch (error) {
    await closeAll(closing)
    throw error
  }
}

/** What was opened, to be closed in reverse order. */
type Closing = (() => unknown)[]

async function closeAll(closing: Closing): Promise<void> {
  for (const close of closing.splice(0).reverse()) await close()
}

async function start(
  closing: Closing,
  environment: Readonly<Record<string, string>>,
  connecting: (server: TestDatabase['server']) => ConnectionSettings,
): Promise<TestApp> {
  const database = await testDatabase()
  closing.push(() => database[Symbol.asyncDispose]())
  const issuer = await testIssuer()
  closing.push(() => issuer[Symbol.asyncDispose]())
  const dataDir = mkdtempSync(join(tmpdir(), 'dmp-app-'))
  closing.push(() => rmSync(dataDir, { recursive: true, force: true }))
  let offset = 0
  const now = (): number => Date.now() + offset
  const lines: string[] = []
  const logTo = { write: (line: string): void => void lines.push(line) }

  const masterKey = randomBytes(24).toString('base64')
  const create = (port: number): Promise<App<DmpEngine>> => {
    const config = readConfig({
      PORT: String(port),
      DMP_DATA_DIR: dataDir,
      DMP_ISSUERS: JSON.stringify([issuer.trusted]),
      DMP_AUDIENCE: issuer.audience,
      DMP_MASTER_KEY: masterKey,
      LOG_LEVEL: 'trace',
      // A busy machine is not what is tested.
      DMP_MAX_WAIT_MS: '60000',
      DMP_SLOW_QUERY_MS: '60000',
      ...environment,
    })
    // Over plain HTTP no token can be bound to a certificate: test/http/certificates.test.ts sees to that.
    const certificateBinding = config.certificateBinding && Boolean(config.tls ?? config.proxy)
    const specification = testSpecification(config)
    const settings = { ...config, certificateBinding }
    return createDmpApp(settings, connecting(database.server), now, logTo, specification)
  }
  const { app, port } = await listening(create)
  closing.push(() => app.close())
  const owner = new pg.Client(database.owner)
  await owner.connect()
  closing.push(() => owner.end())

  const token: TestApp['token'] = (persona, changes = {}) =>
    issuer.token(persona, { issuedAt: Math.floor(now() / 1000), ...changes })
  const tokens = new Map<string, { readonly token: Promise<string>; readonly since: number }>()
  const tokenOf = (persona: Persona, changes: TokenChanges | undefined): Promise<string> => {
    if (changes !== undefined) return token(persona, changes)
    const key = JSON.stringify(persona)
    const known = tokens.get(key)
    const age = known ? now() - known.since : -1
    if (known && age >= 0 && age < TOKEN_MS) return known.token
    const fresh = { token: token(persona), since: now() }
    tokens.set(key, fresh)
    return fresh.token
  }
  const base = `${environment.DMP_TLS_CERT ? 'https' : 'http'}://127.0.0.1:${port}/fhir`
  const query: TestApp['query'] = async (text, values = []) => (await owner.query(text, [...values])).rows
  /** Whatever a test is about: what the server answers is told of in openapi.yaml. */
  const client = (at: string, authorization: () => Promise<string | undefined>): Client =>
    toldClient(httpClient(at, authorization), at)
  return {
    base,
    engine: app.engine,
    connection: database.server,
    now,
    token,
    query,
    as: (persona, changes) => client(base, async () => `Bearer ${await tokenOf(persona, changes)}`),
    async twin() {
      const second = await listening(create)
      closing.push(() => second.app.close())
      const there = `http://127.0.0.1:${second.port}/fhir`
      return {
        base: there,
        as: (persona, changes) => client(there, async () => `Bearer ${await tokenOf(persona, changes)}`),
      }
    },
    withToken: (given) => client(base, async () => `Bearer ${await given}`),
    withHeader: (authorization) => client(base, async () => authorization),
    advance: (milliseconds) => {
      offset += milliseconds
    },
    log: () => lines.join(''),
    renewTls: app.renewTls,
    startJobs: app.startJobs,
    metrics: app.metrics,
    async stored() {
      const counts = tables.map((table) => `(select count(*)::integer from ${table}) as ${table}`)
      const [row] = await query<Record<string, number>>(`select ${counts.join(', ')}`)
      return row ?? {}
    },
    async traces() {
      const [row] = await query<{ count: number }>('select count(*)::integer as count from audit')
      return row?.count ?? 0
    },
    [Symbol.asyncDispose]: () => closeAll(closing),
  }
}
