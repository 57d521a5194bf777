/**
 * The acknowledgement of each message of an HL7 v2 file, as a file of its own: written when everything that the message
 * asks for has its outcome. A message that was stopped before has none yet.
 * @see src/hl7v2/acknowledgement.ts
 */
import { createHash } from 'node:crypto'
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { ERROR_SYSTEM } from '../../fhir/error-catalogue.ts'
import {
  type Acknowledged,
  acknowledgement,
  type Reason as ErrorReason,
} from '../../hl7v2/acknowledgement.ts'
import type { Hl7Fault } from '../../hl7v2/fault.ts'
import { CommandError, exitCodes } from '../command.ts'
import { type Origin, ownCodes, type Reason } from './item.ts'

/** `accepted`: done, or nothing to be done. `refused`: never as it is. `failed`: to be sent again. */
export type MessageOutcome = 'accepted' | 'refused' | 'failed'

const codes = { accepted: 'AA', refused: 'AE', failed: 'AR' } as const satisfies Record<
  MessageOutcome,
  Acknowledged['code']
>

export class Acknowledgements {
  readonly #folder: string
  readonly #open = new Map<string, { left: number; outcome: MessageOutcome; reasons: Reason[] }>()

  /** @throws CommandError when the folder cannot be made */
  constructor(folder: string) {
    try {
      mkdirSync(folder, { recursive: true })
    } catch (cause) {
      throw new CommandError(exitCodes.usage, '--ack: the folder cannot be made', { cause })
    }
    this.#folder = folder
  }

  note({ file, message }: Origin, outcome: MessageOutcome, reasons: readonly Reason[]): void {
    if (!message) return
    const key = `${file}#${message.number}`
    const open = this.#open.get(key) ?? { left: message.items, outcome: 'accepted', reasons: [] }
    open.left--
    open.reasons.push(...reasons)
    // The worst of its documents is the message's: refused, unless some of it is still to be tried.
    if (outcome === 'failed' || (outcome === 'refused' && open.outcome === 'accepted')) open.outcome = outcome
    this.#open.set(key, open)
    if (open.left > 0) return
    this.#open.delete(key)
    const now = new Date()
    const acknowledged: Acknowledged = {
      code: codes[open.outcome],
      reasons: open.reasons.map(errorOf),
      time: `${now.toISOString().slice(0, 19).replace(/[-:T]/g, '')}+0000`,
      controlId: createHash('sha256').update(`${key}\n${now.getTime()}`).digest('hex').slice(0, 20),
    }
    write(this.#folder, nameOf(file, message.number), acknowledgement(message.read, acknowledged))
  }
}

/** Files of one name in two folders have two names here. */
function nameOf(file: string, number: number): string {
  const folder = createHash('sha256').update(resolve(file)).digest('hex').slice(0, 8)
  return `${basename(file)}.${folder}.${number}.ack`
}

/** Whole or not at all: whoever watches the folder sees no half of one. */
function write(folder: string, name: string, bytes: Uint8Array): void {
  const unfinished = join(folder, `.${name}.${process.pid}.tmp`)
  writeFileSync(unfinished, bytes, { flush: true })
  renameSync(unfinished, join(folder, name))
}

function errorOf({ code, text, at }: Reason): ErrorReason {
  const condition = /^hl7-(\d{3})$/.exec(code)?.[1]
  const [, segment = '', sequence, field] =
    /^([A-Z][A-Z0-9]{2})(?:\[(\d+)\])?(?:-(\d+))?$/.exec(at ?? '') ?? []
  return {
    segment,
    sequence: Number(sequence ?? 1),
    ...(field === undefined ? {} : { field: Number(field) }),
    code: isCondition(condition) ? condition : '207',
    text: segment === '' && at ? `${text} (${at})` : text,
    ...(condition === undefined && !ownCodes.has(code)
      ? { application: { code, system: ERROR_SYSTEM } }
      : {}),
  }
}

function isCondition(code: string | undefined): code is Hl7Fault['code'] {
  return code !== undefined && ['100', '101', '102', '103', '200', '201', '203', '207'].includes(code)
}
