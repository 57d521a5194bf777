/**
 * The engine of the plain FHIR interactions below HTTP, on a database of its own: what a route would do with a request,
 * called as batch and transaction call it.
 */
import { randomBytes } from 'node:crypto'
import { TraceWriter } from '../../src/audit/trace-writer.ts'
import { utc } from '../../src/fhir/date.ts'
import { type Uuid, uuidV7 } from '../../src/fhir/id.ts'
import { isJsonObject, type JsonObject, parseJson } from '../../src/fhir/json.ts'
import type { Answer, Exchange } from '../../src/interactions/exchange.ts'
import { perform } from '../../src/interactions/perform.ts'
import type { Request, RestEngine } from '../../src/interactions/rest/rest-engine.ts'
import { startTrace } from '../../src/interactions/start-trace.ts'
import { buildExtraction } from '../../src/search/extraction/build-extraction.ts'
import { type Database, openDatabase } from '../../src/storage/database.ts'
import { compileProfiles } from '../../src/validation/profile/compile-profile.ts'
import { fhirProfile } from '../../src/wiring/fhir-profile.ts'
import { testDatabase } from './database.ts'
import { testRegistry } from './registry.ts'
import { testChain } from './test-chain.ts'

const base = 'https://fhir.test/fhir'
const registry = testRegistry()
const extraction = buildExtraction(registry, { base, zone: utc })

export type Send = Partial<Omit<Request, 'body'>> & {
  readonly body?: JsonObject
  readonly prefer?: Exchange['prefer']
  /** Milliseconds since 1970. */
  readonly now?: number
  /** In the place of the engine's own. */
  readonly engine?: RestEngine
}

export type RestTest = AsyncDisposable & {
  readonly engine: RestEngine
  readonly db: Database
  /** What the log would have been told. */
  readonly failures: unknown[]
  /** @throws FhirError as the request is refused */
  send(method: Request['method'], url: string, more?: Send): Promise<Answer>
}

export async function restTest(): Promise<RestTest> {
  const database = await testDatabase()
  const db = openDatabase(database.server, () => undefined)
  const failures: unknown[] = []
  const core = {
    db,
    traces: new TraceWriter(db.apart),
    chain: testChain(),
    registry,
    extraction,
    profiles: compileProfiles([], { registry }),
    base,
    newId,
    sign: (text: string) => text,
    limits: { maxDepth: 64, maxEntries: 1000, maxDocumentBytes: 1_000_000 },
  }
  const { engine } = fhirProfile(core, { version: '0', date: '2026-01-01' }, (cause) => failures.push(cause))
  return {
    engine,
    db,
    failures,
    async send(method, url, { body, prefer, now = Date.now(), engine: other, ...rest } = {}) {
      const used = other ?? engine
      const trace = startTrace(used, 'unknown-route', { now, requestId: 'test', network: '127.0.0.1' })
      const exchange: Exchange = {
        caller: { key: '' },
        language: 'en',
        now,
        trace,
        handling: 'strict',
        prefer,
      }
      const request: Request = {
        method,
        url,
        body: body && { format: 'resource', resource: body },
        ...rest,
      }
      return perform(used, trace, () => used.dispatch(used, exchange, request), rest)
    },
    async [Symbol.asyncDispose]() {
      await db.close()
      await database[Symbol.asyncDispose]()
    },
  }
}

function newId(now: number): Uuid {
  return uuidV7(now, randomBytes(10))
}

/** The resource in an answer. */
export function resourceOf({ body }: Pick<Answer, 'body'>): JsonObject {
  const resource = typeof body === 'string' ? parseJson(body) : undefined
  if (!isJsonObject(resource)) throw new Error('an answer without a resource')
  return resource
}
