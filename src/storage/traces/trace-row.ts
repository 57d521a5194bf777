/**
 * A trace: in words, as everybody knows it, and as the columns of its row; and who gives it its place in a chain.
 * @see src/storage/traces/trace-columns.ts (from one to the other), docs/audit.md "The row"
 */
import type { Uuid } from '../../fhir/id.ts'
import type { Notice } from '../../policy/decision.ts'
import type { TransactionEnd } from '../database.ts'

/** One request, as the table keeps it; texts are empty when there is nothing to say. */
export type TraceRow = {
  readonly patient_key: Uuid
  /** ISO 8601, UTC, milliseconds. */
  readonly recorded: string
  readonly id: Uuid
  readonly interaction: string
  /** 0 success, 4 refused, 8 failed, as AuditEvent.outcome. */
  readonly outcome: string
  readonly status: number
  readonly error: string
  readonly actor: string
  readonly authentication: string
  readonly person: string
  readonly organization: string
  /** Code of the caller's profession (TRE_G15), where there is one. */
  readonly profession: string
  readonly client: string
  readonly on_behalf_of: Uuid | null
  readonly mode: string
  readonly motive: string
  readonly rules: readonly string[]
  readonly resource_type: string
  /** `Type/id/_history/version` of what was shown or written, bounded. */
  readonly entities: readonly string[]
  readonly query: string
  readonly request_id: string
  readonly network: string
  /** What it must tell (rule A10): rows of their own, in the same statement. */
  readonly notices: readonly Notice[]
  readonly chain: TraceChain
}

/** The columns in the order of the table, but for the place in the chain and the seal. */
export type TraceColumns = {
  readonly patient_key: Uuid
  readonly id: Uuid
  readonly interaction: number
  readonly status: number
  readonly resource_type: number
  readonly actor: string
  readonly authentication: string
  readonly mode: string
  readonly on_behalf: boolean
  readonly person: string
  readonly organization: string
  readonly profession: string
  readonly client: string
  readonly network: string
  readonly motive: string
  readonly rules: string
  readonly error: string
  readonly query: string
  readonly request_id: Buffer
  readonly entities: Buffer
}

/** Who gives traces their places, in one process. */
export type TraceChain = {
  /** @throws RangeError for what the row cannot hold */
  seat(columns: TraceColumns): Seat
}

export type Seat = {
  readonly writer: number
  readonly seq: number
  /** The whole row as COPY takes it, its seal at the end (src/storage/traces/canonical-trace.ts). */
  readonly tuple: Buffer
  /** How the transaction ended that inserts the row. A second attempt takes a seat anew, and gets the same. */
  settle(end: TransactionEnd): void
}
