/**
 * One HL7 v2 message as bytes that are read where they are asked about: a document of many megabytes stands in one field
 * and is never made a text. Separators are ASCII, which every character set of character-set.ts keeps.
 * @see HL7 v2.6 §2.5 (segments, fields, components), §2.5.4 (delimiters)
 */
import { type CharacterSet, characterSetOf } from './character-set.ts'
import { type Separators, unescapeText } from './escapes.ts'
import type { Hl7Fault } from './fault.ts'

export type Segment = {
  readonly name: string
  /** Its place among the segments of the same name, from 1. */
  readonly sequence: number
  /** By their numbers; the first is the name. */
  readonly fields: readonly Uint8Array[]
}

const limits = { segments: 2_000, fields: 200, text: 10_000 } as const
const CR = 0x0d
const LF = 0x0a

export class Message {
  readonly separators: Separators
  readonly characterSet: CharacterSet
  readonly segments: readonly Segment[]

  constructor(separators: Separators, characterSet: CharacterSet, segments: readonly Segment[]) {
    this.separators = separators
    this.characterSet = characterSet
    this.segments = segments
  }

  all(name: string): readonly Segment[] {
    return this.segments.filter((segment) => segment.name === name)
  }

  /** Text of a component, or '' where there is none, or none of the character set. */
  text(segment: Segment | undefined, field: number, component = 1, subcomponent = 1): string {
    return this.#textIn(segment?.fields[field], component, subcomponent)
  }

  /** Each repetition of a field, as bytes for `component`. */
  repetitions(segment: Segment | undefined, field: number): readonly Uint8Array[] {
    const bytes = segment?.fields[field]
    return bytes === undefined || bytes.length === 0 ? [] : split(bytes, this.separators.repetition)
  }

  /** Text of a component of one repetition. */
  component(repetition: Uint8Array, component: number, subcomponent = 1): string {
    return this.#textIn(repetition, component, subcomponent)
  }

  /** A component as it stands, escapes and all. */
  raw(segment: Segment, field: number, component: number): Uint8Array | undefined {
    const bytes = segment.fields[field]
    return bytes === undefined ? undefined : split(bytes, this.separators.component)[component - 1]
  }

  #textIn(bytes: Uint8Array | undefined, component: number, subcomponent: number): string {
    if (bytes === undefined || bytes.length === 0) return ''
    const first = bytes.indexOf(code(this.separators.repetition))
    const repetition = first < 0 ? bytes : bytes.subarray(0, first)
    const part = split(repetition, this.separators.component)[component - 1]
    const piece = part && split(part, this.separators.subcomponent)[subcomponent - 1]
    if (piece === undefined || piece.length > limits.text) return ''
    const { decode } = this.characterSet
    return unescapeText(decode(piece) ?? '', this.separators, decode)
  }
}

/** @param bytes from its `MSH` to its last segment */
export function readMessage(bytes: Uint8Array): { readonly message: Message } | { readonly fault: Hl7Fault } {
  const lines = linesOf(bytes)
  const [header, ...others] = lines
  if (!header || ascii(header.subarray(0, 3)) !== 'MSH') return fault('MSH', 0, '100', 'no MSH segment')
  if (lines.length > limits.segments) return fault('MSH', 0, '100', `more than ${limits.segments} segments`)
  const separators = separatorsOf(ascii(header.subarray(3, 9)))
  if (!separators) return fault('MSH', 2, '101', 'MSH-1 and MSH-2 name no separators')
  const [name, ...fields] = split(header, separators.field)
  // MSH-1 is the separator itself.
  const mshFields = [name ?? header, header.subarray(3, 4), ...fields]
  const [firstSet = new Uint8Array()] = split(mshFields[18] ?? new Uint8Array(), separators.repetition)
  const characterSet = characterSetOf(ascii(firstSet))
  if (!characterSet) return fault('MSH', 18, '103', 'MSH-18 is neither UNICODE UTF-8, 8859/15 nor 8859/1')

  const segments: Segment[] = [{ name: 'MSH', sequence: 1, fields: mshFields }]
  const counts = new Map<string, number>()
  for (const line of others) {
    const parts = split(line, separators.field, limits.fields + 1)
    const segmentName = ascii(parts[0] ?? line)
    if (!/^[A-Z][A-Z0-9]{2}$/.test(segmentName))
      return fault('MSH', 0, '100', `line ${segments.length + 1} is no segment`)
    if (parts.length > limits.fields) return fault(segmentName, 0, '100', `more than ${limits.fields} fields`)
    const sequence = (counts.get(segmentName) ?? 0) + 1
    counts.set(segmentName, sequence)
    segments.push({ name: segmentName, sequence, fields: parts })
  }
  return { message: new Message(separators, characterSet, segments) }
}

function fault(segment: string, field: number, error: Hl7Fault['code'], text: string): { fault: Hl7Fault } {
  return { fault: { segment, sequence: 1, ...(field > 0 ? { field } : {}), code: error, text } }
}

/** `|^~\&`, and of version 2.7 also `#`, which means nothing here. */
function separatorsOf(text: string): Separators | undefined {
  const [field = '', component = '', repetition = '', mark = '', subcomponent = ''] = text
  const all = [field, component, repetition, mark, subcomponent]
  if (new Set(all).size !== all.length || !all.every((s) => /^[!-/:-@[-`{-~]$/.test(s))) return undefined
  return { field, component, repetition, escape: mark, subcomponent }
}

function linesOf(bytes: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = []
  let from = 0
  for (let at = 0; at <= bytes.length; at++) {
    const byte = bytes[at]
    if (at < bytes.length && byte !== CR && byte !== LF) continue
    if (at > from) lines.push(bytes.subarray(from, at))
    from = at + 1
  }
  return lines
}

function split(bytes: Uint8Array, separator: string, limit = Number.POSITIVE_INFINITY): Uint8Array[] {
  const byte = code(separator)
  const parts: Uint8Array[] = []
  let from = 0
  while (parts.length < limit) {
    const at = bytes.indexOf(byte, from)
    if (at < 0) break
    parts.push(bytes.subarray(from, at))
    from = at + 1
  }
  parts.push(bytes.subarray(from))
  return parts
}

function code(separator: string): number {
  return separator.charCodeAt(0)
}

function ascii(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, 100))
}
