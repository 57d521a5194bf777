/**
 * What policy is asked: may this caller do this, in this record, now?
 */
import type { FunctionalMatrix } from '../dmp/functional-matrix.ts'
import type { HabilitationMatrix } from '../dmp/habilitation-matrix.ts'
import type { AccessMode, Caller } from './caller.ts'
import type { RecordFacts } from './facts.ts'
import type { RightId } from './rule-ids.ts'

export type Question = {
  readonly action: Action
  readonly caller: Caller
  readonly mode: AccessMode
  readonly motive?: string
  readonly facts: RecordFacts
  /** Whether the record is that of the caller's own INS, or of the person for whom the caller acts. */
  readonly holder: boolean
  /** Milliseconds since 1970. */
  readonly now: number
  readonly matrices: Matrices
}

/** The two matrices in force. */
export type Matrices = { readonly rights: FunctionalMatrix; readonly habilitation: HabilitationMatrix }

/**
 * What may be asked. `consults`: reads what the record holds, hence needs an authorisation (A1). `blockable`: refused to
 * a blocked professional (A3); feeding is not (A2).
 */
export const actions = {
  'find-record': { right: 'F1', consults: false, blockable: false, closedToo: true },
  'read-record': { right: 'F5', consults: true, blockable: true, closedToo: false },
  'declare-authorisation': { right: 'F2', consults: false, blockable: true, closedToo: false },
  feed: { right: 'F7', consults: false, blockable: false, closedToo: false },
  'search-documents': { right: 'F8', consults: true, blockable: true, closedToo: false },
  'find-own-document': { right: 'F9', consults: false, blockable: true, closedToo: false },
  'read-content': { right: 'F10', consults: true, blockable: true, closedToo: false },
  choose: { right: undefined, consults: false, blockable: false, closedToo: false },
  'read-traces': { right: undefined, consults: false, blockable: false, closedToo: true },
} as const satisfies Record<
  string,
  { right: RightId | undefined; consults: boolean; blockable: boolean; closedToo: boolean }
>

export type Action = keyof typeof actions
