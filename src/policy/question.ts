/**
 * What policy is asked: may this caller do this, in this record, now?
 */
import type { FunctionalMatrix, Grant } from '../dmp/matrices/functional-matrix.ts'
import type { HabilitationMatrix } from '../dmp/matrices/habilitation-matrix.ts'
import type { AccessMode, Caller } from './caller.ts'
import type { RecordFacts, Relation } from './facts.ts'
import type { RightId } from './rule-ids.ts'

export type Question = Relation & {
  readonly action: Action
  readonly caller: Caller
  readonly mode: AccessMode
  readonly motive?: string
  readonly facts: RecordFacts
  /** Milliseconds since 1970. */
  readonly now: number
  readonly matrices: Matrices
}

/** The two matrices in force. */
export type Matrices = { readonly rights: FunctionalMatrix; readonly habilitation: HabilitationMatrix }

export type ActionKind = {
  /** The functional right it needs; undefined where another rule says who may. */
  readonly right: RightId | undefined
  /**
   * What the right may be worth; whatever else a matrix says of it is a condition that nobody applies here, and denies.
   * What is worth `own` and the like is asked for each document (document-change.ts, deposit.ts).
   */
  readonly honours: readonly Grant[]
  /** Reads what the record holds, hence needs an authorisation (A1), or an emergency that replaces it. */
  readonly consults: boolean
  /** Refused to a blocked professional (A3); feeding is not (A2). */
  readonly blockable: boolean
  /** In a closed record (A12). */
  readonly whenClosed: 'refused' | 'answered' | 'only'
}

const unconditional = ['yes'] as const
const ofDocuments = [
  'yes',
  'own',
  'own-structure',
  'all-but-patient-authored',
  'own-or-patient-authored',
] as const satisfies readonly Grant[]

const consulting = { consults: true, blockable: true, whenClosed: 'refused' } as const
const feeding = { consults: false, blockable: false, whenClosed: 'refused' } as const
const choosing = { right: undefined, honours: [], consults: false, blockable: false } as const

/** Everything that may be asked about a record. */
export const actions = {
  'find-record': {
    right: 'F1',
    honours: unconditional,
    consults: false,
    blockable: false,
    whenClosed: 'answered',
  },
  'read-record': { right: 'F5', honours: unconditional, ...consulting },
  'declare-authorisation': {
    right: 'F2',
    honours: ['yes', 'for-structure'],
    consults: false,
    blockable: true,
    whenClosed: 'refused',
  },
  /** A5: who is authorised collects the patient's consent for a colleague, or for a care team. */
  'authorise-colleague': { right: 'F2', honours: unconditional, ...consulting },
  /** A5: a professional gives up its own authorisation, the médecin traitant its status. */
  'end-own-authorisation': { ...choosing, whenClosed: 'refused' },
  /** TD1.6: who is authorised, who is blocked, and the other choices of the patient. */
  'list-choices': { right: 'F6', honours: unconditional, ...consulting },
  feed: {
    right: 'F7',
    // deposit.ts holds each document against them.
    honours: ['yes', 'imputed-to-structure', 'patient-types', 'reimbursement-only'],
    ...feeding,
  },
  /** A13: the feeder records the patient's objection to one document. */
  'record-objection': { right: 'F7', honours: ['yes', 'imputed-to-structure'], ...feeding },
  'search-documents': { right: 'F8', honours: unconditional, ...consulting },
  'find-own-document': {
    right: 'F9',
    honours: unconditional,
    consults: false,
    blockable: true,
    whenClosed: 'refused',
  },
  'read-content': { right: 'F10', honours: unconditional, ...consulting },
  mask: { right: 'F13', honours: unconditional, ...consulting },
  unmask: { right: 'F14', honours: ofDocuments, ...consulting },
  show: { right: 'F15', honours: unconditional, ...consulting },
  archive: { right: 'F16', honours: ofDocuments, ...consulting },
  /** Taking back what one deposited goes with depositing: neither needs an authorisation (A2). */
  'delete-document': { right: 'F17', honours: ofDocuments, ...feeding },
  /** M1: a message about a document, of who may read documents. */
  'send-message': { right: 'F10', honours: unconditional, ...consulting },
  'read-messages': { right: 'F10', honours: unconditional, ...consulting },
  choose: { ...choosing, whenClosed: 'refused' },
  block: { ...choosing, whenClosed: 'refused' },
  'name-representative': { right: 'F0', honours: unconditional, ...feeding },
  // Closing what is closed is a success that changes nothing.
  'close-record': { ...choosing, whenClosed: 'answered' },
  'reactivate-record': { ...choosing, whenClosed: 'only' },
  'read-traces': { ...choosing, whenClosed: 'answered' },
} as const satisfies Record<string, ActionKind>

export type Action = keyof typeof actions
