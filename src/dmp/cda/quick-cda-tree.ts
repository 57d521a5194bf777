/**
 * The tree of a CDA document whose text is plainly well-formed XML, in a fraction of the time of a parser that must say what
 * is wrong and where. INVARIANT: it gives the very tree that CdaTreeReader gives, or none at all: whatever it does not know
 * for certain (a DTD, CDATA, names beyond ASCII, a fault of whatever kind) it leaves to that one. A test compares.
 * @see https://www.w3.org/TR/xml/, https://www.w3.org/TR/xml-names/
 */
import { CdaCollector, type CdaTree, cdaLimits, cdaNamespace, Stop } from './cda-collector.ts'
import { declaration, doubt, foreign, isName, isNameStart, isSpace, reserved, resolved } from './quick-xml.ts'

const INSTRUCTION = /[A-Za-z_][A-Za-z0-9._-]*(?=[ \t\r\n?])/y
const GT = 62
const SLASH = 47
const BANG = 33
const QUESTION = 63
const EQUAL = 61
const QUOTE = 34
const APOSTROPHE = 39
const COLON = 58
/** In force at once, more than any CDA has: they are copied for each element that declares one. */
const MAX_PREFIXES = 16

/** @param text decoded, without a byte order mark @returns undefined for what is to be read by CdaTreeReader */
export function quickCdaTree(text: string): CdaTree | undefined {
  if (foreign.test(text) || text.includes(']]>')) return undefined
  try {
    return new QuickReader(text).read()
  } catch (error) {
    // What it doubts, and what is beyond a limit: both are told by the other reader.
    if (error instanceof Stop) return undefined
    throw error
  }
}

type Scope = ReadonlyMap<string, string>

class QuickReader {
  readonly #text: string
  #at = 0
  readonly #collector = new CdaCollector()
  readonly #names: string[] = []
  /** Of each open element: the namespaces around it, which its end gives back. */
  readonly #scopes: Scope[] = []
  #scope: Scope = new Map()
  /** Of the tag that is read: where the names of its attributes begin and end, their local parts and values begin. */
  readonly #starts: number[] = []
  readonly #locals: number[] = []
  readonly #ends: number[] = []
  readonly #values: number[] = []
  readonly #valueEnds: number[] = []
  #count = 0
  /** The next ampersand, not before the last place that was asked about. */
  #ampersand = -1

  constructor(text: string) {
    this.#text = text
  }

  read(): CdaTree {
    this.#at = declaration.exec(this.#text)?.[0].length ?? 0
    for (;;) {
      this.#readText()
      if (this.#at >= this.#text.length) break
      const code = this.#text.charCodeAt(this.#at + 1)
      if (code === SLASH) this.#readEnd()
      else if (code === QUESTION) this.#readInstruction()
      else if (code === BANG) this.#readComment()
      else this.#readStart()
    }
    const { root, bodies } = this.#collector
    if (!root || this.#names.length > 0) throw doubt()
    return { root, bodies }
  }

  #readText(): void {
    const text = this.#text
    const next = text.indexOf('<', this.#at)
    const end = next < 0 ? text.length : next
    if (end === this.#at) return
    if (this.#names.length === 0) {
      for (let i = this.#at; i < end; i++) if (isSpace[text.charCodeAt(i)] !== 1) throw doubt()
    } else if (this.#collector.listens)
      this.#collector.add(resolved(withPlainLines(text.slice(this.#at, end))))
    else if (this.#refersIn(this.#at, end)) resolved(text.slice(this.#at, end))
    this.#at = end
  }

  /** Looked for once, however many texts lie before the next one. */
  #refersIn(start: number, end: number): boolean {
    if (this.#ampersand < start) {
      const next = this.#text.indexOf('&', start)
      this.#ampersand = next < 0 ? this.#text.length : next
    }
    return this.#ampersand < end
  }

  #readEnd(): void {
    const text = this.#text
    const name = this.#names.pop()
    if (name === undefined || !text.startsWith(name, this.#at + 2)) throw doubt()
    this.#at += 2 + name.length
    this.#skipSpace()
    if (text.charCodeAt(this.#at++) !== GT) throw doubt()
    this.#leave()
  }

  #leave(): void {
    this.#collector.close()
    this.#scope = this.#scopes.pop() ?? this.#scope
  }

  #readInstruction(): void {
    INSTRUCTION.lastIndex = this.#at + 2
    const target = INSTRUCTION.exec(this.#text)?.[0]
    if (target === undefined || target.toLowerCase() === 'xml') throw doubt()
    const behind = this.#at + 2 + target.length
    const end = this.#text.indexOf('?>', behind)
    // A question mark behind the target that ends nothing is one more doubt.
    if (end < 0 || (this.#text.charCodeAt(behind) === QUESTION && end !== behind)) throw doubt()
    this.#at = end + 2
  }

  #readComment(): void {
    const text = this.#text
    if (!text.startsWith('<!--', this.#at)) throw doubt()
    const end = text.indexOf('--', this.#at + 4)
    if (end < 0 || text.charCodeAt(end + 2) !== GT) throw doubt()
    this.#at = end + 3
  }

  #readStart(): void {
    const text = this.#text
    if (this.#names.length === 0 && this.#collector.root) throw doubt()
    const start = ++this.#at
    const local = this.#readName()
    const end = this.#at
    const isEmpty = this.#readAttributes()
    const around = this.#scope
    this.#declare()
    this.#checkAttributes()
    const prefix = local === start ? '' : text.slice(start, local - 1)
    const uri = this.#scope.get(prefix)
    if (prefix !== '' && uri === undefined) throw doubt()
    this.#scopes.push(around)
    this.#collector.open(text.slice(local, end), uri === cdaNamespace, this.#plain)
    if (isEmpty) this.#leave()
    else this.#names.push(text.slice(start, end))
  }

  /** @returns whether the tag ends the element too */
  #readAttributes(): boolean {
    const text = this.#text
    this.#count = 0
    for (;;) {
      const before = this.#at
      this.#skipSpace()
      const code = text.charCodeAt(this.#at)
      if (code === GT || code === SLASH) {
        this.#at++
        if (code === GT) return false
        if (text.charCodeAt(this.#at++) !== GT) throw doubt()
        return true
      }
      if (this.#at === before || this.#count === cdaLimits.attributes) throw doubt()
      this.#starts[this.#count] = this.#at
      this.#locals[this.#count] = this.#readName()
      this.#ends[this.#count] = this.#at
      this.#skipSpace()
      if (text.charCodeAt(this.#at++) !== EQUAL) throw doubt()
      this.#skipSpace()
      const quote = text.charCodeAt(this.#at++)
      if (quote !== QUOTE && quote !== APOSTROPHE) throw doubt()
      const end = this.#endOfValue(quote)
      this.#values[this.#count] = this.#at
      this.#valueEnds[this.#count++] = end
      this.#at = end + 1
    }
  }

  #endOfValue(quote: number): number {
    const text = this.#text
    const end = text.indexOf(quote === QUOTE ? '"' : "'", this.#at)
    if (end < 0 || end - this.#at > cdaLimits.attributeLength) throw doubt()
    if (text.slice(this.#at, end).includes('<')) throw doubt()
    if (this.#refersIn(this.#at, end)) resolved(text.slice(this.#at, end))
    return end
  }

  /** Reads a name, with a prefix or without. @returns where its local part begins */
  #readName(): number {
    const text = this.#text
    let local = this.#at
    for (;;) {
      let at = local
      if (isNameStart[text.charCodeAt(at++)] !== 1) throw doubt()
      while (isName[text.charCodeAt(at)] === 1) at++
      const isPrefix = text.charCodeAt(at) === COLON
      if (isPrefix && local !== this.#at) throw doubt()
      if (!isPrefix) {
        this.#at = at
        return local
      }
      local = at + 1
    }
  }

  #skipSpace(): void {
    const text = this.#text
    let at = this.#at
    while (isSpace[text.charCodeAt(at)] === 1) at++
    this.#at = at
  }

  #prefixAt(i: number): string {
    const start = this.#starts[i] ?? 0
    const local = this.#locals[i] ?? 0
    return start === local ? '' : this.#text.slice(start, local - 1)
  }

  #localAt(i: number): string {
    return this.#text.slice(this.#locals[i], this.#ends[i])
  }

  #valueAt(i: number): string {
    return this.#text.slice(this.#values[i], this.#valueEnds[i])
  }

  #declare(): void {
    let scope: Map<string, string> | undefined
    for (let i = 0; i < this.#count; i++) {
      if (!this.#text.startsWith('xmlns', this.#starts[i])) continue
      const prefix = this.#prefixAt(i)
      const local = this.#localAt(i)
      if (prefix !== 'xmlns' && (prefix !== '' || local !== 'xmlns')) continue
      const declared = prefix === '' ? '' : local
      const value = this.#valueAt(i)
      if (declared === 'xml' || declared === 'xmlns' || value === '') throw doubt()
      if (/[\s&]/.test(value) || reserved.test(value)) throw doubt()
      scope ??= new Map(this.#scope)
      scope.set(declared, value)
      if (scope.size > MAX_PREFIXES) throw doubt()
    }
    if (scope) this.#scope = scope
  }

  #checkAttributes(): void {
    for (let i = 0; i < this.#count; i++) {
      const prefix = this.#prefixAt(i)
      if (prefix !== '' && prefix !== 'xml' && prefix !== 'xmlns' && !this.#scope.has(prefix)) throw doubt()
      // Two prefixes may name one namespace, a prefix never that of no prefix.
      for (let j = 0; j < i; j++)
        if ((prefix === '') === (this.#prefixAt(j) === '') && this.#hasSameLocal(i, j)) throw doubt()
    }
  }

  #hasSameLocal(i: number, j: number): boolean {
    const [from, other] = [this.#locals[i] ?? 0, this.#locals[j] ?? 0]
    const length = (this.#ends[i] ?? 0) - from
    if ((this.#ends[j] ?? 0) - other !== length) return false
    for (let k = 0; k < length; k++)
      if (this.#text.charCodeAt(from + k) !== this.#text.charCodeAt(other + k)) return false
    return true
  }

  readonly #plain = (): ReadonlyMap<string, string> => {
    const plain = new Map<string, string>()
    for (let i = 0; i < this.#count; i++) {
      const local = this.#localAt(i)
      if (this.#prefixAt(i) !== '' || local === 'xmlns') continue
      plain.set(local, resolved(this.#valueAt(i).replace(/\r\n|[\t\n\r]/g, ' ')))
    }
    return plain
  }
}

/** Ends of lines as every reader of XML gives them (§2.11); of the few texts that are kept, so that the whole is not copied. */
function withPlainLines(text: string): string {
  return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text
}
