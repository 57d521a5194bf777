/**
 * What policy is asked: may this caller do this, in this record, now?
 */
import type { FunctionalMatrix, Grant } from '../dmp/functional-matrix.ts'
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
 * a blocked professional (A3); feeding is not (A2). `honours`: what the right may be worth; whatever else a matrix says
 * of it is a condition that nobody applies here, and denies.
 */
const unconditional = ['yes'] as const

export const actions = {
  'find-record': { right: 'F1', honours: unconditional, consults: false, blockable: false, closedToo: true },
  'read-record': { right: 'F5', honours: unconditional, consults: true, blockable: true, closedToo: false },
  'declare-authorisation': {
    right: 'F2',
    honours: ['yes', 'for-structure'],
    consults: false,
    blockable: true,
    closedToo: false,
  },
  feed: {
    right: 'F7',
    // deposit.ts holds each document against them.
    honours: ['yes', 'imputed-to-structure', 'patient-types', 'reimbursement-only'],
    consults: false,
    blockable: false,
    closedToo: false,
  },
  'search-documents': {
    right: 'F8',
    honours: unconditional,
    consults: true,
    blockable: true,
    closedToo: false,
  },
  'find-own-document': {
    right: 'F9',
    honours: unconditional,
    consults: false,
    blockable: true,
    closedToo: false,
  },
  'read-content': { right: 'F10', honours: unconditional, consults: true, blockable: true, closedToo: false },
  choose: { right: undefined, honours: [], consults: false, blockable: false, closedToo: false },
  'read-traces': { right: undefined, honours: [], consults: false, blockable: false, closedToo: true },
} as const satisfies Record<string, ActionKind>

type ActionKind = {
  readonly right: RightId | undefined
  readonly honours: readonly Grant[]
  readonly consults: boolean
  readonly blockable: boolean
  readonly closedToo: boolean
}

export type Action = keyof typeof actions
