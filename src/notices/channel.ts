/** A way out for notices (rule A10): what it is handed, and what became of it. */
import type { Uuid } from '../fhir/id.ts'
import type { NoticeKind } from '../policy/decision.ts'

/** As much of a notice as may leave. */
export type OutgoingNotice = {
  /** The same at each attempt: by it a receiver knows what it has had already. */
  readonly id: Uuid
  readonly kind: NoticeKind
  /** `patient`; the médecin traitant, or who is written to, as `ps:…`; a structure that is written to, as `st:…`. */
  readonly recipient: string
  /** Milliseconds since 1970. */
  readonly recorded: number
  readonly patientKey: Uuid
  readonly trace: Uuid
  /** The Patient of the record, as text; of it a channel reads the address it needs, and no more. */
  readonly patient: string
}

export type Handed =
  | { readonly outcome: 'received' }
  /** Again later. @property reason a code, without a word of what the receiver said */
  | { readonly outcome: 'failed'; readonly reason: string; readonly retryAfterSeconds?: number }
  /** Never again: this recipient is not to be had there. */
  | { readonly outcome: 'refused'; readonly reason: string }
  /** There is no way to this recipient on this channel. */
  | { readonly outcome: 'no-address' }
  /** This server stops; nothing is known of it. */
  | { readonly outcome: 'interrupted' }

export type Channel = {
  readonly name: 'mail' | 'webhook'
  /** @param now milliseconds since 1970 */
  hand(notice: OutgoingNotice, now: number, signal: AbortSignal): Promise<Handed>
}

/** Within this one attempt is over, however slow the receiver is. */
export const ATTEMPT_MS = 20_000
