/**
 * The `div` of a narrative as it stands in the text, so that JSON gets the very XHTML that was sent: comments, white
 * space and character references kept. Only what would mean something else outside of its document is rewritten: prefixes
 * of tags go, a namespace declared further out is declared on the div, CDATA sections become text.
 * @see https://hl7.org/fhir/R4/json.html#narrative
 *
 * NOT checked: which elements and attributes it has; validation does that, for JSON too.
 */
import type { SaxesTagNS } from 'saxes'
import { deepestXhtml } from '../fhir/xhtml-div.ts'
import { escapeText } from '../fhir/xml-escape.ts'
import { XHTML } from './namespaces.ts'

export type NarrativeFault = 'namespace' | 'unknown-attribute' | 'too-deep'

/** Characters from `at` on, replaced. */
type Edit = { readonly at: number; readonly drop: number; readonly insert: string }

export class NarrativeSource {
  readonly #text: string
  readonly #start: number
  readonly #edits: Edit[] = []
  #depth = 0

  /** @param start of its first tag in the text */
  constructor(text: string, start: number) {
    this.#text = text
    this.#start = start
  }

  /** Whether the div itself has ended. */
  get ended(): boolean {
    return this.#depth === 0
  }

  /** @returns what is wrong with the tag; its content is read on all the same */
  open(tag: SaxesTagNS, start: number): NarrativeFault | undefined {
    this.#depth++
    if (this.#depth > deepestXhtml) return 'too-deep'
    if (tag.prefix !== '') this.#edit(start + 1, tag.prefix.length + 1, '')
    if (this.#depth === 1 && !tag.attributes.xmlns) {
      this.#edit(start + 1 + tag.name.length, 0, ` xmlns="${XHTML}"`)
    }
    if (tag.uri !== XHTML) return 'namespace'
    for (const key in tag.attributes) {
      const attribute = tag.attributes[key]
      if (attribute?.name === 'xmlns' && attribute.value !== XHTML) return 'namespace'
      const prefix = attribute?.prefix ?? ''
      if (prefix !== '' && prefix !== 'xml' && prefix !== 'xmlns') return 'unknown-attribute'
    }
    return undefined
  }

  /** @param end of the tag in the text */
  close(tag: SaxesTagNS, end: number): void {
    this.#depth--
    if (tag.prefix !== '' && !tag.isSelfClosing) {
      this.#edit(this.#text.lastIndexOf('</', end - 1) + 2, tag.prefix.length + 1, '')
    }
  }

  /** @param end of the section in the text */
  cdata(content: string, end: number): void {
    const length = content.length + '<![CDATA[]]>'.length
    this.#edit(end - length, length, escapeText(content))
  }

  #edit(at: number, drop: number, insert: string): void {
    this.#edits.push({ at, drop, insert })
  }

  /** @param end of the closing tag in the text */
  source(end: number): string {
    let source = ''
    let from = this.#start
    for (const { at, drop, insert } of this.#edits) {
      source += this.#text.slice(from, at) + insert
      from = at + drop
    }
    return source + this.#text.slice(from, end)
  }
}
