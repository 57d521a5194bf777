/**
 * The OBX segments of the table MetaDMPMSS: whether the document goes to the DMP, and whom it is hidden from.
 * @see ANS CI-SIS, "Transmission d'un document CDA-R2 en HL7v2" 2.1, "Les métadonnées DMP/MSSanté"
 *
 * Not read: what concerns MSSanté alone (DESTMSSANTEPS, DESTMSSANTEPAT, ACK_RECEPTION, ACK_LECTURE_MSS, CORPSMAIL_…).
 */
import type { VisibilityLabel } from '../dmp/documents/security-labels.ts'
import type { Hl7Fault } from './fault.ts'
import type { Message, Segment } from './message.ts'

export type Metadata = {
  readonly forDmp: boolean
  readonly labels: readonly VisibilityLabel[]
  /** The OBX that asks for it. */
  readonly secret?: Segment
  readonly relabels?: Segment
}

const labels: Readonly<Record<string, VisibilityLabel>> = {
  MASQUE_PS: 'MASQUE_PS',
  INVISIBLE_PATIENT: 'INVISIBLE_PATIENT',
  INVISIBLE_REP_LEGAUX: 'INVISIBLE_REPRESENTANTS_LEGAUX',
  INVISIBLE_REPRESENTANTS_LEGAUX: 'INVISIBLE_REPRESENTANTS_LEGAUX',
}
/** Without these nobody can tell whom a document may be shown to. */
const required = ['MASQUE_PS', 'INVISIBLE_PATIENT', 'DESTDMP'] as const
const read = new Set([...Object.keys(labels), 'DESTDMP', 'CONNEXION_SECRETE', 'MODIF_CONF_CODE'])

export function readMetadata(
  message: Message,
  observations: readonly Segment[],
  refuse: (segment: Segment, field: number, code: Hl7Fault['code'], text: string) => void,
): Metadata {
  const said = new Map<string, { readonly active: boolean; readonly obx: Segment }>()
  for (const obx of observations) {
    const code = message.text(obx, 3, 1)
    if (message.text(obx, 3, 3) !== 'MetaDMPMSS' || !read.has(code)) continue
    const value = message.text(obx, 5, 1)
    if (value !== 'Y' && value !== 'N') refuse(obx, 5, '103', `${code} is neither Y nor N`)
    else if (said.has(code) && said.get(code)?.active !== (value === 'Y'))
      refuse(obx, 5, '207', `${code} is said twice, and not the same`)
    else said.set(code, { active: value === 'Y', obx })
  }
  const last = observations.at(-1)
  if (said.size > 0 && last)
    for (const code of required) if (!said.has(code)) refuse(last, 3, '101', `no OBX says ${code}`)
  const active = (code: string): Segment | undefined =>
    said.get(code)?.active ? said.get(code)?.obx : undefined
  const secret = active('CONNEXION_SECRETE')
  const relabels = active('MODIF_CONF_CODE')
  return {
    forDmp: said.size === 0 || active('DESTDMP') !== undefined,
    labels: [...new Set([...said].flatMap(([code, { active }]) => (active ? (labels[code] ?? []) : [])))],
    ...(secret ? { secret } : {}),
    ...(relabels ? { relabels } : {}),
  }
}
