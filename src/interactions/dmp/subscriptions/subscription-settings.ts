/** What leaves the server, as values that app wiring hands on: where it may go, how it is signed and sent. */
import type { Uuid } from '../../../fhir/id.ts'
import type { Runner } from '../../../storage/database.ts'

export type Delivery =
  | { readonly outcome: 'received' }
  | { readonly outcome: 'failed'; readonly reason: string; readonly retryAfterSeconds?: number }
  /** The receiver wants no more (410). */
  | { readonly outcome: 'gone' }
  /** This server stops; nothing is known of it. */
  | { readonly outcome: 'interrupted' }

export type SubscriptionSettings = {
  /** What is wrong with an address; undefined when it may be sent to. */
  endpointFault(endpoint: string): 'malformed' | 'not-https' | 'not-listed' | undefined
  newSecret(): string
  /** @param about what the secret belongs to: sealed for one, it opens for no other */
  seal(transaction: Runner, patientKey: Uuid, text: string, about: string): Promise<Buffer>
  open(transaction: Runner, patientKey: Uuid, sealed: Buffer, about: string): Promise<string>
  signatureOf(secret: string, atSeconds: number, body: string): string
  send(outgoing: {
    readonly endpoint: string
    readonly headers: Readonly<Record<string, string>>
    readonly body: string
    readonly timeoutMs: number
    readonly signal: AbortSignal
  }): Promise<Delivery>
}
