/**
 * Walks over the bytes of a FHIR XML text as they come and stops where the `value` of a watched element begins. Paths are
 * those of JSON: the root, and the name of a resource inside `resource`, count for nothing.
 *
 * NOT checked: that it is XML. Over a text that is none the scanner may lose its way; the parser, which gets every byte
 * that is not base64 in an attribute, refuses it as it would have refused the whole. At a document type declaration, which
 * is refused, it gives up.
 * @see https://www.w3.org/TR/xml/; https://hl7.org/fhir/R4/xml.html
 */
import type { BodyScanner } from './body-scanner.ts'

const DEEPEST = 128
const LONGEST_NAME = 64

/** What is passed over up to its end. */
const endings: Readonly<Record<string, string>> = { comment: '-->', cdata: ']]>', instruction: '?>' }

type State =
  | 'text'
  | 'markup'
  | 'declaration'
  | 'name'
  | 'tag'
  | 'attribute'
  | 'equals'
  | 'value'
  | 'closing'
  | keyof typeof endings

export class XmlScanner implements BodyScanner {
  quote = '"'
  readonly #watched: ReadonlySet<string>
  readonly #open: string[] = []
  #state: State = 'text'
  /** Of the name, attribute or ending that is being read. */
  #read = ''
  #element = ''
  #isSelfClosing = false
  #lost = false

  /** @param paths as `entry.resource.data` */
  constructor(paths: readonly string[]) {
    this.#watched = new Set(paths)
  }

  scan(piece: Uint8Array, from: number): number {
    let at = from
    while (at < piece.length && !this.#lost) {
      if (this.#state === 'text') {
        const tag = piece.indexOf(0x3c, at)
        if (tag < 0) return -1
        at = tag + 1
        this.#go('markup')
        continue
      }
      const char = String.fromCharCode(piece[at++] ?? 0)
      if (this.#step(char)) return at
    }
    return -1
  }

  resume(isEnded: boolean): void {
    this.#go(isEnded ? 'tag' : 'value')
  }

  #go(state: State): void {
    this.#state = state
    this.#read = ''
  }

  /** @returns whether a watched value begins behind this character */
  #step(char: string): boolean {
    switch (this.#state) {
      case 'markup':
        this.#beginMarkup(char)
        return false
      case 'declaration':
        this.#readDeclaration(char)
        return false
      case 'name':
        if (isSpace(char) || char === '/' || char === '>') {
          this.#element = localName(this.#read)
          this.#isSelfClosing = false
          this.#go('tag')
          this.#inTag(char)
        } else this.#add(char)
        return false
      case 'tag':
        this.#inTag(char)
        return false
      case 'attribute':
        if (char === '=') this.#state = 'equals'
        else if (!isSpace(char)) this.#add(char)
        return false
      case 'equals':
        return this.#beginValue(char)
      case 'value':
        if (char === this.quote) this.#go('tag')
        return false
      case 'closing':
        if (char === '>') {
          this.#open.pop()
          this.#go('text')
        }
        return false
      default:
        this.#readEnding(char, endings[this.#state] ?? '')
        return false
    }
  }

  #add(char: string): void {
    if (this.#read.length <= LONGEST_NAME) this.#read += char
  }

  #beginMarkup(char: string): void {
    if (char === '/') this.#go('closing')
    else if (char === '?') this.#go('instruction')
    else if (char === '!') this.#go('declaration')
    else {
      this.#go('name')
      this.#add(char)
    }
  }

  #readDeclaration(char: string): void {
    this.#read += char
    if (this.#read === '--') this.#go('comment')
    else if (this.#read === '[CDATA[') this.#go('cdata')
    else this.#lost = !'--'.startsWith(this.#read) && !'[CDATA['.startsWith(this.#read)
  }

  #readEnding(char: string, ending: string): void {
    this.#read = (this.#read + char).slice(-ending.length)
    if (this.#read === ending) this.#go('text')
  }

  #inTag(char: string): void {
    if (char === '>') {
      if (!this.#isSelfClosing) this.#open.push(this.#element)
      this.#lost = this.#open.length > DEEPEST
      this.#go('text')
    } else if (char === '/') this.#isSelfClosing = true
    else if (!isSpace(char)) {
      this.#go('attribute')
      this.#add(char)
    }
  }

  #beginValue(char: string): boolean {
    if (isSpace(char)) return false
    if (char !== '"' && char !== "'") {
      this.#lost = true
      return false
    }
    this.quote = char
    if (this.#read === 'value' && this.#isWatched()) return true
    this.#go('value')
    return false
  }

  #isWatched(): boolean {
    const names = [...this.#open, this.#element]
    return this.#watched.has(names.filter((_, i) => i > 0 && names[i - 1] !== 'resource').join('.'))
  }
}

function isSpace(char: string): boolean {
  return char === ' ' || char === '\t' || char === '\n' || char === '\r'
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}
