/** Made-up traces and documents in a database, without a server: what the counts of usage are made of. */
import { createHash } from 'node:crypto'
import pg from 'pg'
import { encodeUuid, type Uuid, uuidV7 } from '../../src/fhir/id.ts'
import { compileSql, sql } from '../../src/storage/sql.ts'
import { encodeTrace, type StoredTrace } from '../../src/storage/traces/trace-columns.ts'

export type MadeDocument = {
  readonly patientKey: Uuid
  readonly id: Uuid
  readonly type: string
  readonly authors: readonly string[]
  readonly facility: string
  readonly created: number | undefined
}

let made = 0

/** A UUID of this time that no other call gives. */
export function idAt(time: number): Uuid {
  return uuidV7(time, createHash('sha256').update(`${++made}`).digest().subarray(0, 10))
}

export function traceOf(more: Partial<StoredTrace> & { readonly recorded: number }): StoredTrace {
  return {
    patient_key: idAt(0),
    id: idAt(more.recorded),
    interaction: 'retrieve-document',
    outcome: '0',
    status: 200,
    error: '',
    actor: 'PS',
    authentication: 'DIRECTE',
    person: 'ps:899700000005',
    organization: 'st:1750000001',
    profession: '10',
    client: 'test',
    on_behalf_of: null,
    mode: 'normal',
    motive: '',
    rules: ['F10', 'A1'],
    resource_type: 'Binary',
    entities: [],
    query: '',
    request_id: '',
    network: '',
    ...more,
  }
}

export function named({ id }: Pick<MadeDocument, 'id'>, version = 1): string {
  return `DocumentReference/${encodeUuid(id)}/${version}`
}

/** Chains of traces, written as their owner would; the checkpoints are no more than their place. */
export class UsageWorld {
  readonly #client: pg.Client
  readonly #last = new Map<number, number>()
  readonly #checkpoints = new Map<number, number>()

  private constructor(client: pg.Client) {
    this.#client = client
  }

  static async of(owner: pg.ClientConfig): Promise<UsageWorld> {
    const client = new pg.Client(owner)
    await client.connect()
    await client.query('set synchronous_commit = off')
    return new UsageWorld(client)
  }

  async query<Row extends pg.QueryResultRow>(text: string): Promise<Row[]> {
    return (await this.#client.query<Row>(text)).rows
  }

  async insertDocument(document: MadeDocument): Promise<void> {
    const { patientKey, id, type, authors, facility, created } = document
    const at = new Date(created ?? 0).toISOString()
    await this.#client.query(
      compileSql(
        sql`insert into document (patient_key, id, version, last_updated, status, type, masked, invisible_patient,
            invisible_legal, archived, authors, category, format, facility, setting, event, security_label, identifier, date,
            creation_from, binary_id, content_type, content_sha256, body)
          values (${patientKey}::uuid, ${id}::uuid, 1, now(), 'current', ${type}::text, false, false, false, false,
            ${authors}::text[], '{}', '', ${facility}::text, '', '{}', '{N}', '{}', now(),
            ${created === undefined ? null : at}::timestamptz, ${idAt(0)}::uuid, 'text/xml', '\\x00', '{}')`,
      ),
    )
  }

  /** @returns its place in the chain */
  async insertTrace(writer: number, trace: StoredTrace): Promise<number> {
    if (!this.#last.has(writer)) await this.checkpoint(writer)
    const seq = (this.#last.get(writer) ?? 0) + 1
    this.#last.set(writer, seq)
    const columns = Object.entries({ ...encodeTrace(trace), writer, seq, seal: Buffer.alloc(16) })
    const values = columns.map(([, value]) => value)
    await this.#client.query(
      `insert into audit (${columns.map(([name]) => name).join(', ')})
        values (${values.map((_, i) => `$${i + 1}`).join(', ')})`,
      values,
    )
    return seq
  }

  /** A place that no trace will ever take. */
  skip(writer: number): void {
    this.#last.set(writer, (this.#last.get(writer) ?? 0) + 1)
  }

  async checkpoint(writer: number, { final = false } = {}): Promise<void> {
    const number = this.#checkpoints.get(writer) ?? 0
    this.#checkpoints.set(writer, number + 1)
    const until = this.#last.get(writer) ?? 0
    await this.#client.query(
      `insert into audit_checkpoint (writer, number, until_seq, recorded, final, digest, jws)
        values ($1, $2, $3, now(), $4, '\\x00', '')`,
      [writer, number, until, final],
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.end()
  }
}
