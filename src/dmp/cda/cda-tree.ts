/**
 * The header of a CDA document as a small tree, read as a stream by saxes: the whole document must be well-formed, and what
 * is wrong is told with its place. What is plainly well-formed and in memory is read faster by quick-cda-tree.ts, which
 * leaves whatever it doubts to this one.
 *
 * INVARIANT: no DTD, hence no entity but XML's five.
 * NOT checked: the CDA schema and the schematrons of CI-SIS.
 * @see https://www.w3.org/TR/xml/; CDA R2, ClinicalDocument
 */
import { SaxesParser, type SaxesTagNS } from 'saxes'
import { CdaCollector, type CdaFault, type CdaTree, cdaLimits, cdaNamespace, Stop } from './cda-collector.ts'

export type { CdaBody, CdaElement, CdaFault, CdaFaultReason } from './cda-collector.ts'
export { cdaNamespace }

/** saxes keeps what it is given until it has read it. */
const pieceLength = 65_536

export class CdaTreeReader {
  readonly #parser: SaxesParser<{ xmlns: true }>
  readonly #collector = new CdaCollector()
  #fault: CdaFault | undefined

  /** @param position whether lines are counted, to say where a fault is: a sixth of the time of what has none */
  constructor(position: boolean) {
    // Six handlers and no more: with a seventh V8 keeps the parser's fields in a dictionary, and it reads four times slower.
    const parser = new SaxesParser({ xmlns: true, position })
    const collector = this.#collector
    parser.on('error', () => {
      throw new Stop('not-well-formed')
    })
    parser.on('doctype', () => {
      throw new Stop('doctype')
    })
    parser.on('opentag', (tag) => {
      checkAttributes(tag)
      collector.open(tag.local, tag.uri === cdaNamespace, () => plainAttributes(tag))
    })
    parser.on('text', (text) => collector.add(text))
    parser.on('cdata', (text) => collector.add(text))
    parser.on('closetag', () => collector.close())
    this.#parser = parser
  }

  /** @returns whether there is any use in reading on */
  write(text: string): boolean {
    for (let at = 0; at < text.length && !this.#fault; at += pieceLength) {
      const piece = text.length <= pieceLength ? text : text.slice(at, at + pieceLength)
      this.#attempt(() => this.#parser.write(piece))
    }
    return !this.#fault
  }

  end(): CdaTree | { readonly fault: CdaFault } {
    if (!this.#fault) this.#attempt(() => this.#parser.close())
    if (this.#fault) return { fault: this.#fault }
    const { root, bodies } = this.#collector
    return root ? { root, bodies } : { fault: { reason: 'not-well-formed', at: '1:0' } }
  }

  #attempt(work: () => unknown): void {
    try {
      work()
    } catch (error) {
      if (!(error instanceof Stop)) throw error
      this.#fault = { reason: error.reason, at: `${this.#parser.line}:${this.#parser.column}` }
    }
  }
}

function checkAttributes(tag: SaxesTagNS): void {
  let count = 0
  for (const name in tag.attributes) {
    if (++count > cdaLimits.attributes) throw new Stop('too-many-attributes')
    if ((tag.attributes[name]?.value.length ?? 0) > cdaLimits.attributeLength) throw new Stop('too-long')
  }
}

function plainAttributes(tag: SaxesTagNS): ReadonlyMap<string, string> {
  const plain = new Map<string, string>()
  for (const name in tag.attributes) {
    const attribute = tag.attributes[name]
    if (attribute?.uri === '') plain.set(attribute.local, attribute.value)
  }
  return plain
}
