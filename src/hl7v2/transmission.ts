/**
 * What a message asks for: one or two CDA documents of a patient to be deposited, replaced or deleted, and who may see
 * them. Every contradiction between its parts is a fault, since the profile has the receiver refuse it.
 * @see ANS CI-SIS, "Transmission d'un document CDA-R2 en HL7v2" 2.1 (ORU^R01 of HL7 2.5; MDM^T02, T04, T10 of HL7 2.6)
 *
 * A message without any OBX of MetaDMPMSS, of a sender that does not know the profile, is a deposit by itself. Not
 * checked: that required segments are there which nothing here needs (EVN, PV1, ORC), sending by MSSanté, and the CDA.
 */

import type { VisibilityLabel } from '../dmp/documents/security-labels.ts'
import { insKind } from '../dmp/identity/ins.ts'
import { practitionerOid, structureOid } from '../dmp/identity/national-identifiers.ts'
import type { Hl7Fault } from './fault.ts'
import type { Message, Segment } from './message.ts'
import { readMetadata } from './metadata-dmp-mss.ts'

export type Demand = 'deposit' | 'replace' | 'delete'

export type DocumentNumber = { readonly number: string; readonly root: string }

export type Transmission = {
  readonly demand: Demand
  /** Whether the DMP is among the destinations. */
  readonly forDmp: boolean
  /** OBX segments whose OBX-5 carries a CDA in base64. */
  readonly documents: readonly Segment[]
  /** Values of PID-3 that are an INS. */
  readonly ins: readonly string[]
  readonly labels: readonly VisibilityLabel[]
  /** National ids of who sends: PRT with SB. */
  readonly sender: { readonly person?: string; readonly structure?: string }
  /** TXA-12 and TXA-13, of an MDM. */
  readonly number?: DocumentNumber
  readonly parent?: DocumentNumber
}

const demands = {
  F: 'deposit',
  C: 'replace',
  D: 'delete',
} as const satisfies Record<string, Demand>
const events = { T02: 'deposit', T10: 'replace', T04: 'delete' } as const satisfies Record<string, Demand>
const orders: Readonly<Record<string, Demand>> = { NW: 'deposit', RO: 'replace', CA: 'delete' }

export function readTransmission(
  message: Message,
): { readonly transmission: Transmission } | { readonly faults: readonly [Hl7Fault, ...Hl7Fault[]] } {
  const faults: Hl7Fault[] = []
  const refuse = (
    segment: Pick<Segment, 'name' | 'sequence'>,
    field: number,
    code: Hl7Fault['code'],
    text: string,
  ): void => {
    faults.push({ segment: segment.name, sequence: segment.sequence, field, code, text })
  }
  const [header] = message.segments
  const msh = { name: 'MSH', sequence: 1 }
  const [kind, event] = [message.text(header, 9, 1), message.text(header, 9, 2)]
  if (!/^2\.[3-9]/.test(message.text(header, 12))) refuse(msh, 12, '203', 'MSH-12 is not HL7 2.3 to 2.9')
  if (message.text(header, 10) === '') refuse(msh, 10, '101', 'MSH-10 is empty')
  if (kind !== 'ORU' && kind !== 'MDM') refuse(msh, 9, '200', 'MSH-9 is neither ORU nor MDM')
  else if (kind === 'ORU' ? event !== 'R01' : !isEvent(event))
    refuse(msh, 9, '201', 'the event of MSH-9 is neither R01 of ORU nor T02, T04 or T10 of MDM')

  const patients = message.all('PID')
  const [patient] = patients
  if (patients.length !== 1) refuse({ name: 'PID', sequence: 1 }, 0, '100', 'one PID segment, no more')
  const observations = message.all('OBX')
  const documents = observations.filter(
    (obx) => message.text(obx, 2) === 'ED' && message.text(obx, 3, 3) !== 'MetaDMPMSS',
  )
  const most = kind === 'ORU' ? 2 : 1
  if (documents.length === 0 || documents.length > most)
    refuse({ name: 'OBX', sequence: 1 }, 0, '100', `one OBX with a document, at most ${most}`)
  for (const obx of documents) {
    const encoding = message.text(obx, 5, 4).toLowerCase()
    if (message.text(obx, 5, 3).toUpperCase() !== 'XML' || encoding !== 'base64')
      refuse(obx, 5, '102', 'OBX-5 is not a CDA document: ^TEXT^XML^Base64^…')
  }

  const demand = demandOf(message, kind, event, documents, refuse)
  const metadata = readMetadata(message, observations, refuse)
  if (metadata.secret && metadata.forDmp)
    refuse(metadata.secret, 5, '207', 'CONNEXION_SECRETE: deposit it with a token of a secret connection')
  if (metadata.relabels && demand === 'deposit')
    refuse(metadata.relabels, 5, '207', 'MODIF_CONF_CODE: labels are changed by PATCH, not by a deposit')
  const [txa] = message.all('TXA')
  const [number, parent] = [numberOf(message, txa, 12), numberOf(message, txa, 13)]
  const [first, ...rest] = faults
  if (first) return { faults: [first, ...rest] }
  const ids = message.repetitions(patient, 3).flatMap((id) => {
    const isIns = insKind(message.component(id, 4, 2)) !== undefined
    return isIns ? [message.component(id, 1)] : []
  })
  return {
    transmission: {
      demand,
      forDmp: metadata.forDmp,
      documents,
      ins: ids,
      labels: metadata.labels,
      sender: senderOf(message),
      ...(number ? { number } : {}),
      ...(parent ? { parent } : {}),
    },
  }
}

type Refuse = (
  segment: Pick<Segment, 'name' | 'sequence'>,
  field: number,
  code: Hl7Fault['code'],
  text: string,
) => void

function isEvent(event: string): event is keyof typeof events {
  return Object.hasOwn(events, event)
}

/** By the event of an MDM, by OBX-11 of an ORU; ORC-1 and OBX-11 must say the same. */
function demandOf(
  message: Message,
  kind: string,
  event: string,
  documents: readonly Segment[],
  refuse: Refuse,
): Demand {
  const said = documents.map((obx) => {
    const status = message.text(obx, 11)
    if (status === 'F' || status === 'C' || status === 'D') return demands[status]
    refuse(obx, 11, '103', 'OBX-11 is F (deposit), C (replacement) or D (deletion)')
    return undefined
  })
  const demand = (kind === 'MDM' && isEvent(event) ? events[event] : said[0]) ?? 'deposit'
  documents.forEach((obx, i) => {
    if (said[i] !== undefined && said[i] !== demand)
      refuse(obx, 11, '207', 'OBX-11 contradicts the event or another document')
  })
  for (const orc of message.all('ORC')) {
    const order = message.text(orc, 1)
    if (order !== '' && orders[order] !== demand)
      refuse(orc, 1, '207', 'ORC-1 (NW, RO, CA) contradicts OBX-11 or the event')
  }
  return demand
}

/** `extension^^root^ISO`, or the whole OID in the first component. */
function numberOf(message: Message, txa: Segment | undefined, field: number): DocumentNumber | undefined {
  const number = message.text(txa, field, 1)
  return number === '' ? undefined : { number, root: message.text(txa, field, 3) }
}

function senderOf(message: Message): Transmission['sender'] {
  const sends = message.all('PRT').find((prt) => message.text(prt, 4) === 'SB')
  const person = message.text(sends, 5, 9, 2) === practitionerOid ? message.text(sends, 5, 1) : ''
  const structure = message.text(sends, 8, 6, 2) === structureOid ? message.text(sends, 8, 10) : ''
  return { ...(person ? { person } : {}), ...(structure ? { structure } : {}) }
}
