/** Codes, texts and times of CDA entries as FHIR values; what has a nullFlavor, or cannot be read, is nothing. */
import type { CodeableConcept, Coding, Period } from '@medplum/fhirtypes'
import { cdaDateTime } from '../cda/cda-time.ts'
import { all, type CdaNode, one, textOf } from './cda-sections.ts'

export type Reader = {
  /** URL of a code system, by its OID. */
  systemOf(oid: string): string
  /** The narrative of the section, to which entries refer. */
  readonly text: CdaNode | undefined
}

/** @returns undefined when it says nothing: neither a code nor a text */
export function conceptOf(reader: Reader, element: CdaNode | undefined): CodeableConcept | undefined {
  if (!element) return undefined
  const coding = [element, ...all(element, 'translation')].flatMap((one) => codingOf(reader, one))
  const original = one(element, 'originalText')
  const text = original && (referredText(reader, one(original, 'reference')) ?? nonEmpty(textOf(original)))
  if (coding.length === 0 && text === undefined) return undefined
  return { ...(coding.length > 0 ? { coding } : {}), ...(text === undefined ? {} : { text }) }
}

function codingOf({ systemOf }: Reader, { attributes }: CdaNode): Coding[] {
  const code = attributes.get('code')
  const system = attributes.get('codeSystem')
  const display = nonEmpty(attributes.get('displayName')?.trim())
  if (!code || !/^\S+(?: \S+)*$/.test(code) || !system || !/^[0-2](?:\.\d+)+$/.test(system)) return []
  return [{ system: systemOf(system), code, ...(display === undefined ? {} : { display }) }]
}

/** What `<reference value="#id"/>` leads to in the narrative of the same section. */
export function referredText({ text }: Reader, reference: CdaNode | undefined): string | undefined {
  const id = reference?.attributes.get('value')?.replace(/^#/, '')
  if (!id || !text) return undefined
  const found = withId(text, id)
  return found && nonEmpty(textOf(found))
}

function withId(node: CdaNode, id: string): CdaNode | undefined {
  if (node.attributes.get('ID') === id) return node
  for (const part of node.content) {
    const found = typeof part === 'string' ? undefined : withId(part, id)
    if (found) return found
  }
  return undefined
}

export function timeOf(element: CdaNode | undefined): string | undefined {
  return cdaDateTime(element?.attributes.get('value') ?? '')
}

/** The first effectiveTime is the period; what follows it are rhythms. */
export function periodOf(entry: CdaNode): Period | undefined {
  const time = one(entry, 'effectiveTime')
  const start = timeOf(one(time, 'low')) ?? timeOf(time)
  const end = timeOf(one(time, 'high'))
  if (start === undefined && end === undefined) return undefined
  return { ...(start === undefined ? {} : { start }), ...(end === undefined ? {} : { end }) }
}

export function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}
