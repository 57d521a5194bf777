/**
 * The messages of an HL7 v2 file → deposits, replacements and deletions, in their order. The file is read in pieces; one
 * message at a time is whole in memory, and read again when it is sent.
 * @see src/hl7v2/transmission.ts
 */
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { type CdaHeader, type CdaId, cdaUniqueId } from '../../dmp/cda/cda-header.ts'
import { parseCdaChunks } from '../../dmp/cda/parse-cda.ts'
import type { Terminology } from '../../dmp/codes/terminology.ts'
import type { Hl7Fault } from '../../hl7v2/fault.ts'
import { MessageFinder, type MessageRange } from '../../hl7v2/find-messages.ts'
import { Message, readMessage, type Segment } from '../../hl7v2/message.ts'
import { type DocumentNumber, readTransmission, type Transmission } from '../../hl7v2/transmission.ts'
import { ContentChanged, type Measured, measure } from './content-source.ts'
import { describeCda, firstAuthor, noIns } from './describe-cda.ts'
import { type Item, type Origin, type Reason, unusable } from './item.ts'

export type PrepareWith = {
  readonly terminology: Terminology
  /** What the server takes at most, and so the most that is worth reading. */
  readonly maxDocumentBytes: number
}

export async function* itemsOfHl7(file: string, using: PrepareWith): AsyncGenerator<Item> {
  const finder = new MessageFinder()
  let number = 0
  try {
    for await (const piece of createReadStream(file) as AsyncIterable<Buffer>)
      for (const range of finder.take(piece)) yield* itemsOfMessage(file, ++number, range, using)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    yield unusable({ file }, { code: 'file', text: 'the file cannot be read' })
    return
  }
  for (const range of finder.end()) yield* itemsOfMessage(file, ++number, range, using)
  if (number === 0)
    yield unusable({ file }, { code: 'hl7', text: 'no message: none of its lines begins with MSH' })
}

async function* itemsOfMessage(
  file: string,
  number: number,
  range: MessageRange,
  using: PrepareWith,
): AsyncGenerator<Item> {
  const unread = { file, message: { number, read: undefined, items: 1 } }
  // Base64 is a third longer than what it says, and the other segments are short.
  if (range.end - range.start > using.maxDocumentBytes * 3) {
    yield unusable(unread, { code: 'hl7', text: 'the message is too large' })
    return
  }
  const read = readMessage(await bytesOf(file, range))
  if ('fault' in read) {
    yield unusable(unread, reasonOf(read.fault))
    return
  }
  const header = headerOnly(read.message)
  const asked = readTransmission(read.message)
  const items = 'transmission' in asked && asked.transmission.forDmp ? asked.transmission.documents.length : 1
  const origin = { file, message: { number, read: header, items } }
  if ('faults' in asked) {
    const [first, ...rest] = asked.faults
    yield unusable(origin, reasonOf(first), ...rest.map(reasonOf))
    return
  }
  const { transmission } = asked
  if (!transmission.forDmp) {
    yield { kind: 'ignored', origin, reason: { code: 'hl7', text: 'not for the DMP (DESTDMP = N)' } }
    return
  }
  for (const [index, obx] of transmission.documents.entries())
    yield await itemOf(origin, range, index, read.message, obx, transmission, using)
}

async function itemOf(
  origin: Origin,
  range: MessageRange,
  index: number,
  message: Message,
  obx: Segment,
  asked: Transmission,
  { terminology, maxDocumentBytes }: PrepareWith,
): Promise<Item> {
  const at = `OBX[${obx.sequence}]-5`
  const base64 = base64Of(message, obx)
  if (!base64) return unusable(origin, { code: 'hl7', text: 'OBX-5.5 is no base64', at })
  if (base64.length / 4 > maxDocumentBytes / 3)
    return unusable(origin, { code: 'file', text: `larger than ${maxDocumentBytes} bytes`, at })
  const measured = await measuredOrNot(base64)
  if (!measured) return unusable(origin, { code: 'hl7', text: 'OBX-5.5 is no base64', at })
  const parsed = await parseCdaChunks(() => decoded(base64))
  if ('fault' in parsed)
    return unusable(origin, { code: 'cda', text: `no CDA that can be read: ${parsed.fault.reason}`, at })
  const { header } = parsed
  const [ins] = header.patient.ins
  if (!ins) return unusable(origin, { ...noIns, at })
  const contradiction = contradicts(header, asked)
  if (contradiction) return unusable(origin, contradiction)
  const uniqueId = cdaUniqueId(header.id)
  if (asked.demand === 'delete') return { kind: 'deletion', origin, ins, uniqueId, ordered: true }
  const replaced = asked.demand === 'replace' && asked.parent ? uniqueIdOf(asked.parent) : undefined
  if (asked.demand === 'replace' && replaced === undefined && header.replaces.length === 0)
    return unusable(origin, {
      code: 'hl7',
      text: 'a replacement that names what it replaces neither in TXA-13 nor in the CDA (relatedDocument RPLC)',
    })
  const document = describeCda(header, measured, terminology, asked.labels, replaced)
  if (!document) return unusable(origin, { ...noIns, at })
  const open = () => contentOf(origin.file, range, index)
  return {
    kind: 'document',
    origin,
    ins,
    uniqueId,
    ownIdentifier: true,
    document,
    content: { ...measured, open },
    sender: asked.sender.person || asked.sender.structure ? asked.sender : firstAuthor(header),
    activity: undefined,
    ordered: true,
  }
}

/** The message and the document that it carries must be of one patient, and name the document alike. */
function contradicts({ patient, id }: CdaHeader, { ins, number }: Transmission): Reason | undefined {
  if (ins.length > 0 && !ins.every((value) => patient.ins.some((known) => known.value === value)))
    return { code: 'hl7', text: 'PID-3 and the CDA name different patients', at: 'PID-3' }
  if (number && !isNumberOf(number, id))
    return { code: 'hl7', text: 'TXA-12 and the CDA name different documents', at: 'TXA-12' }
  return undefined
}

/** `extension^^root`; the whole OID; or, as examples of the ANS write it, root and extension joined by a point. */
function isNumberOf({ number, root }: DocumentNumber, id: CdaId): boolean {
  if (id.extension === undefined) return number === id.root
  return (
    (number === id.extension && root === id.root) ||
    number === `${id.root}^${id.extension}` ||
    number === `${id.root}.${id.extension}`
  )
}

function uniqueIdOf({ number, root }: DocumentNumber): string {
  return root === '' ? cdaUniqueId({ root: number }) : cdaUniqueId({ root, extension: number })
}

/** The bytes of the document, read out of the file once more. @throws ContentChanged */
async function* contentOf(file: string, range: MessageRange, index: number): AsyncGenerator<Uint8Array> {
  const read = readMessage(await bytesOf(file, range))
  const asked = 'message' in read ? readTransmission(read.message) : undefined
  const obx = asked && 'transmission' in asked ? asked.transmission.documents[index] : undefined
  const base64 = 'message' in read && obx ? base64Of(read.message, obx) : undefined
  if (!base64) throw new ContentChanged('not the message it was')
  yield* decoded(base64)
}

/** Undefined when it is none. Some senders break its lines, by escapes or not: these are taken out. */
function base64Of(message: Message, obx: Segment): Buffer | undefined {
  const raw = message.raw(obx, 5, 5)
  if (!raw) return undefined
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.length)
  const isPlain = ![message.separators.escape, ' ', '\t'].some((sign) => bytes.includes(sign))
  const base64 = isPlain
    ? bytes
    : Buffer.from(bytes.toString('latin1').replace(/\\(?:\.br|X0[AD](?:0A)?)\\|\s/gi, ''), 'latin1')
  return base64.length > 0 && base64.length % 4 === 0 ? base64 : undefined
}

async function measuredOrNot(base64: Buffer): Promise<Measured | undefined> {
  try {
    return await measure(decoded(base64))
  } catch (error) {
    if (error instanceof ContentChanged) return undefined
    throw error
  }
}

/** A multiple of four letters. */
const PIECE = 65_536

/** In pieces. @throws ContentChanged for what is no base64: it was, when it was first read */
async function* decoded(base64: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < base64.length; at += PIECE) {
    const piece = base64.toString('latin1', at, at + PIECE)
    const isLast = at + PIECE >= base64.length
    if (!(isLast ? /^[A-Za-z0-9+/]*={0,2}$/ : /^[A-Za-z0-9+/]*$/).test(piece))
      throw new ContentChanged('no base64')
    yield Buffer.from(piece, 'base64')
  }
}

async function bytesOf(file: string, { start, end }: MessageRange): Promise<Uint8Array> {
  const handle = await open(file)
  try {
    const bytes = Buffer.alloc(end - start)
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, start)
    return bytes.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}

/** What an acknowledgement repeats of a message is its header: the document is not kept for that. */
function headerOnly({ separators, characterSet, segments }: Message): Message {
  const [header] = segments
  const kept = header ? [{ ...header, fields: header.fields.map((field) => field.slice()) }] : []
  return new Message(separators, characterSet, kept)
}

function reasonOf({ segment, sequence, field, code, text }: Hl7Fault): Reason {
  const place = field ? `${segment}[${sequence}]-${field}` : segment
  return { code: `hl7-${code}`, text, at: place }
}
