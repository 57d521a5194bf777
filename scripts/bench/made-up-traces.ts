/**
 * Traces as requests leave them, of the kinds that a server sees most, made by the real Trace. `nationalMix` is how many of a
 * hundred are of each kind: mostly deposits, as in what is published of use; the shares themselves are ours.
 */
import { randomBytes } from 'node:crypto'
import type { InteractionName } from '../../src/audit/interaction-names.ts'
import { Trace } from '../../src/audit/trace.ts'
import { encodeUuid, type Uuid, uuidV7 } from '../../src/fhir/id.ts'
import type { Caller } from '../../src/policy/caller.ts'
import type { TraceChain, TraceRow } from '../../src/storage/traces/insert-traces.ts'
import { uuidOf } from '../../src/storage/traces/trace-entities.ts'
import { randomPool } from '../../src/wiring/random-pool.ts'

export const kinds = ['read', 'search of 20', 'push', 'refusal'] as const
export type Kind = (typeof kinds)[number]
export type Mix = Readonly<Record<Kind, number>>

export const nationalMix: Mix = { push: 60, read: 20, 'search of 20': 15, refusal: 5 }

const FOUND = 20
const random = randomPool()

const interactionOf: Readonly<Record<Kind, InteractionName>> = {
  read: 'read-document-reference',
  'search of 20': 'search-document-references',
  push: 'provide-documents',
  refusal: 'read-document-reference',
}

export type MadeUp = {
  readonly kind: Kind
  readonly patientKey: Uuid
  /** Milliseconds since 1970. */
  readonly at: number
  readonly chain: TraceChain
}

export function madeUpTrace({ kind, patientKey, at, chain }: MadeUp): TraceRow {
  const trace = new Trace({
    id: uuidV7(at, random(10)),
    recorded: at,
    interaction: interactionOf[kind],
    requestId: freshUuid(),
    network: `10.${byte()}.${byte()}.${byte()}`,
    chain,
  })
  trace.calledBy(kind === 'push' ? structure() : doctor(), 'normal', '')
  trace.inRecord(patientKey, false)
  if (kind === 'search of 20')
    trace.asks('DocumentReference', 'patient.identifier=***&status=current&_count=20')
  else trace.asks(kind === 'push' ? 'Bundle' : 'DocumentReference')
  const shown = { read: 1, 'search of 20': FOUND, push: 1, refusal: 0 }[kind]
  for (let i = 0; i < shown; i++) trace.concerns('DocumentReference', freshId(at), 1)
  if (kind === 'push') {
    trace.concerns('List', freshId(at), 1)
    trace.concerns('Binary', freshId(at), 1)
  }
  trace.decided(kind === 'push' ? ['F2', 'D1'] : kind === 'refusal' ? ['A1'] : ['F8', 'A1', 'H1', 'V3'])
  return kind === 'refusal' ? trace.row(403, 'autorisation-absente') : trace.row(200, '')
}

/** The kind of the n-th trace: every hundred hold exactly what the mix says, in a mixed order. */
export function kindOf(mix: Mix, n: number): Kind {
  let place = (n * 37) % 100
  for (const kind of kinds) {
    place -= mix[kind]
    if (place < 0) return kind
  }
  throw new Error('A mix is of a hundred')
}

/** Whose records there are. */
export function madeUpPatients(count: number, at: number): Uuid[] {
  return Array.from({ length: count }, () => uuidV7(at - Math.floor(Math.random() * 3e11), random(10)))
}

const plain = {
  regulation: false,
  secretConnection: false,
  scopes: [],
  client: 'logiciel-de-cabinet',
  tokenId: '',
  key: '',
} as const satisfies Partial<Caller>

function doctor(): Caller {
  return {
    ...plain,
    actor: 'PS',
    authentication: 'DIRECTE',
    practitionerId: `8${digits(11)}`,
    profession: '10',
    structureId: `1${digits(9)}`,
  }
}

function structure(): Caller {
  return { ...plain, actor: 'STRUCTURE', authentication: 'INDIRECTE', structureId: `1${digits(9)}` }
}

function digits(count: number): string {
  return String(Math.floor(Math.random() * 10 ** count)).padStart(count, '0')
}

function byte(): number {
  return Math.floor(Math.random() * 256)
}

function freshUuid(): string {
  return uuidOf(randomBytes(16))
}

function freshId(at: number): string {
  return encodeUuid(uuidV7(at, random(10)))
}
