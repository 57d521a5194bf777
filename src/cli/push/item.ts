/** What a file, or one message of a file, comes to: something to be done once at the server, or a reason why not. */
import type { DocumentReference } from '@medplum/fhirtypes'
import type { Ins } from '../../dmp/identity/ins.ts'
import type { Message } from '../../hl7v2/message.ts'
import type { ContentSource } from './content-source.ts'

/** Reasons that are found before anything is sent; every other code is a server's. */
export const ownCodes: ReadonlySet<string> = new Set(['cda', 'changed', 'file', 'hl7', 'metadata'])

export type Reason = {
  /** One of `ownCodes`, `hl7-[condition]`, `http-[status]`, or a code of the server's catalogue. */
  readonly code: string
  readonly text: string
  /** Where: an element, a segment, a line. */
  readonly at?: string
}

export type Origin = {
  /** The file, as the user named it or found below what the user named. */
  readonly file: string
  /** Of an HL7 v2 file: which of its messages, from 1; and to acknowledge it. */
  readonly message?: {
    readonly number: number
    readonly read: Message | undefined
    /** How many items came out of it. */
    readonly items: number
  }
}

export type NationalIds = { readonly person?: string; readonly structure?: string }

export type DocumentItem = {
  readonly kind: 'document'
  readonly origin: Origin
  readonly ins: Ins
  /** Value of the masterIdentifier, as `urn:oid:…`. */
  readonly uniqueId: string
  /** Whether the document brings its identifier, or it is made from its content. */
  readonly ownIdentifier: boolean
  /** Without the attachment's url or data. */
  readonly document: DocumentReference
  readonly content: ContentSource
  /** Who sends, where that is said; else the first author. */
  readonly sender: NationalIds
  /** JDV_J59, where it is said. */
  readonly activity: string | undefined
  /** In the order in which they lie: messages, and what replaces another. */
  readonly ordered: boolean
}

export type DeletionItem = {
  readonly kind: 'deletion'
  readonly origin: Origin
  readonly ins: Ins
  readonly uniqueId: string
  readonly ordered: true
}

export type UnusableItem = {
  readonly kind: 'unusable'
  readonly origin: Origin
  readonly reasons: readonly [Reason, ...Reason[]]
}

/** Nothing to be done, and nothing wrong. */
export type IgnoredItem = { readonly kind: 'ignored'; readonly origin: Origin; readonly reason: Reason }

export type Sendable = DocumentItem | DeletionItem
export type Item = Sendable | UnusableItem | IgnoredItem

export function unusable(origin: Origin, reason: Reason, ...more: readonly Reason[]): UnusableItem {
  return { kind: 'unusable', origin, reasons: [reason, ...more] }
}

/** As it is told: the file, and the message in it. */
export function nameOf({ file, message }: Origin): string {
  return message ? `${file}#${message.number}` : file
}
