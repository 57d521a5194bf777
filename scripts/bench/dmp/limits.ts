/** The limits beside the figures: processes of their own on the same PostgreSQL, and what they hand over. */
import { parseResourceId } from '../../../src/fhir/id.ts'
import type { ConnectionSettings } from '../../../src/storage/connection/connection-settings.ts'
import { SERVER_ROLE } from '../../../src/storage/schema/roles.ts'
import type { LoadResult } from '../closed-loop.ts'
import type { Side } from '../contest.ts'
import { closedHttpLoop, type NextShot, withLoadConnections } from '../http-load.ts'
import type { Options } from '../options.ts'
import type { Pushed } from '../records.ts'
import { serverFlags } from '../server-flags.ts'
import type { ServerProcess } from '../server-process.ts'
import { withClient } from '../with-client.ts'
import { WorkerProcess } from '../worker-process.ts'
import type { BareOrder } from './bare-http.ts'
import type { LimitOrder } from './limit-server.ts'
import type { WriteOrder } from './limit-writes.ts'
import { isPgbenchThere, pgbenchSide } from './pgbench.ts'

export class Limits implements AsyncDisposable {
  readonly settings: ConnectionSettings
  readonly #server: ServerProcess
  readonly #options: Options
  readonly #fastify = new WorkerProcess<LimitOrder, number>('dmp/limit-server', serverFlags())
  /** Started when they are needed. */
  readonly #others: { stop(): Promise<void> }[] = []
  readonly #hasPgbench: boolean
  #port = 0

  private constructor(server: ServerProcess, options: Options, hasPgbench: boolean) {
    this.#server = server
    this.#options = options
    this.#hasPgbench = hasPgbench
    this.settings = { ...server.connection, role: SERVER_ROLE, statementTimeoutMs: 20_000 }
  }

  static async open(server: ServerProcess, options: Options): Promise<Limits> {
    await withClient(server.connection, (client) =>
      client.query(`drop table if exists bench_answer, bench_bytes, bench_kept;
        create table bench_answer (key text primary key, body text not null);
        create table bench_bytes (key text primary key, bytes bytea not null);
        alter table bench_bytes alter column bytes set storage external;
        create table bench_kept (key text primary key, body text not null);
        grant select on bench_answer, bench_bytes to ${SERVER_ROLE};
        grant insert on bench_kept to ${SERVER_ROLE}`),
    )
    const limits = new Limits(server, options, await isPgbenchThere())
    await limits.pages({})
    return limits
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const worker of [this.#fastify, ...this.#others]) await worker.stop()
    await withClient(this.#server.connection, (client) =>
      client.query('drop table if exists bench_answer, bench_bytes, bench_kept'),
    )
  }

  get port(): number {
    return this.#port
  }

  /** Documents that `/rows/[name]` hands over. */
  async pages(pages: LimitOrder['pages']): Promise<void> {
    this.#port = await this.#fastify.order({ connection: this.settings, pages })
  }

  /** What `/answer/[key]` hands over. */
  async answers(bodies: ReadonlyMap<string, string>): Promise<void> {
    await withClient(this.#server.connection, (client) =>
      client.query(
        `insert into bench_answer (key, body) select * from unnest($1::text[], $2::text[]) on conflict do nothing`,
        [[...bodies.keys()], [...bodies.values()]],
      ),
    )
  }

  /** What `/bytes/[key]` hands over. */
  async contents(contents: ReadonlyMap<string, Buffer>): Promise<void> {
    await withClient(this.#server.connection, async (client) => {
      for (const [key, bytes] of contents)
        await client.query(`insert into bench_bytes (key, bytes) values ($1, $2) on conflict do nothing`, [
          key,
          bytes,
        ])
    })
  }

  /** The same Fastify with one prepared statement. */
  fastify(name: string, next: NextShot): Side {
    return { name, pid: this.#fastify.pid, load: this.#load(() => this.#port, next) }
  }

  /** Node's HTTP server alone, answering this. */
  async bareHttp(body: string, request: Buffer): Promise<Side> {
    const worker = new WorkerProcess<BareOrder, number>('dmp/bare-http', serverFlags())
    this.#others.push(worker)
    const port = await worker.order({ body })
    const begins = Buffer.from(body.slice(0, 16))
    const shot = { kind: 'bare', request, expected: { status: 200, bytes: Buffer.byteLength(body), begins } }
    return {
      name: 'bare Node HTTP',
      pid: worker.pid,
      load: this.#load(
        () => port,
        () => shot,
      ),
    }
  }

  /** The rows of each piece, durably, and nothing else. */
  writes(name: string, kind: WriteOrder['kind'], letters: readonly Pushed[]): Side {
    const worker = new WorkerProcess<WriteOrder, LoadResult>('dmp/limit-writes', serverFlags())
    this.#others.push(worker)
    const documents = letters.flatMap(({ document }) => parseResourceId(document) ?? [])
    const order = { connection: this.settings, kind, workers: this.#options.connections, documents }
    return { name, pid: worker.pid, load: (milliseconds) => worker.order({ ...order, milliseconds }) }
  }

  /** None where pgbench is not installed. */
  postgres(statement: string, variables: Readonly<Record<string, string>>): Side[] {
    if (!this.#hasPgbench) return []
    return [pgbenchSide(this.#server.connection, this.#options.connections, statement, variables)]
  }

  #load(port: () => number, next: NextShot): Side['load'] {
    return (milliseconds) =>
      withLoadConnections(port(), this.#options.connections, (connections) =>
        closedHttpLoop(connections, next, { milliseconds }),
      )
  }
}
