/**
 * The acknowledgement of a message: AA accepted, AE refused with what is wrong, AR to be sent again later.
 * @see ANS CI-SIS, "Transmission d'un document CDA-R2 en HL7v2" 2.1, "Le message d'acquittement"; HL7 v2.6 §2.9, §2.14
 */
import { characterSetOf } from './character-set.ts'
import { escapeText, type Separators } from './escapes.ts'
import { conditions, type Hl7Fault } from './fault.ts'
import type { Message } from './message.ts'

export type Reason = Hl7Fault & {
  /** What a server answered: its code and the code's system. */
  readonly application?: { readonly code: string; readonly system: string }
}

export type Acknowledged = {
  readonly code: 'AA' | 'AE' | 'AR'
  readonly reasons: readonly Reason[]
  /** `YYYYMMDDHHMMSS+ZZZZ` */
  readonly time: string
  readonly controlId: string
}

const usual: Separators = { field: '|', component: '^', repetition: '~', escape: '\\', subcomponent: '&' }
const CR = '\r'

/** @param message undefined for one that could not be read at all: then nothing of it can be repeated */
export function acknowledgement(
  message: Message | undefined,
  { code, reasons, time, controlId }: Acknowledged,
): Uint8Array {
  const separators = message?.separators ?? usual
  const { field, component } = separators
  const [header] = message?.segments ?? []
  const characterSet = message?.characterSet ?? characterSetOf('')
  if (!characterSet) throw new Error('UTF-8 is known')
  const decoded = (n: number): string => characterSet.decode(header?.fields[n] ?? new Uint8Array()) ?? ''
  const safe = (text: string): string => escapeText(text, separators)
  const event = message?.text(header, 9, 2) ?? ''
  const encoding = [component, separators.repetition, separators.escape, separators.subcomponent].join('')
  const msh = [
    'MSH',
    encoding,
    // The receiver of the message sends its acknowledgement: fields as they stood.
    decoded(5),
    decoded(6),
    decoded(3),
    decoded(4),
    time,
    '',
    ['ACK', safe(event), 'ACK'].join(component),
    safe(controlId),
    decoded(11) || 'P',
    decoded(12) || '2.5',
    '',
    '',
    '',
    '',
    'FRA',
    characterSet.name,
  ]
  const msa = ['MSA', code, safe(message?.text(header, 10) ?? '')]
  const errors = reasons.map((reason) => errorSegment(reason, component, safe))
  const segments = [msh, msa, ...errors].map((fields) => fields.join(field))
  return characterSet.encode(segments.map((segment) => segment + CR).join(''))
}

function errorSegment(
  { segment, sequence, field, component: part, code, text, application }: Reason,
  component: string,
  safe: (text: string) => string,
): string[] {
  const location = [segment, sequence, field ?? '', ...(part === undefined ? [] : [1, part])]
  return [
    'ERR',
    '',
    location.join(component),
    [code, conditions[code], 'messageErrorCondition'].join(component),
    'E',
    application ? [safe(application.code), '', safe(application.system)].join(component) : '',
    '',
    '',
    safe(text),
  ]
}
