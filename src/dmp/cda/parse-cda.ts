/**
 * The bytes of a CDA document → its header, or why it is refused. They are read as they come: of a document with a PDF of
 * 15 MB inside, no more than a chunk is in memory.
 * @see rule D6
 */
import type { Issue } from '../../fhir/issue.ts'
import type { CdaTree } from './cda-collector.ts'
import { type CdaHeader, readCdaHeader } from './cda-header.ts'
import { brokenCdaRules, type CdaRule } from './cda-rules.ts'
import { type CdaFault, CdaTreeReader } from './cda-tree.ts'
import { quickCdaTree } from './quick-cda-tree.ts'
import { Base64Cutter } from './xml-base64.ts'
import { XmlDecoder } from './xml-text.ts'

/** Without embedded base64: 14 times the largest ANS example we have. Parsing this much holds the process half a second. */
const maxMarkupLength = 2_000_000

/** `broken`: what CI-SIS demands of every header and this one does not have. */
export type ParsedCda =
  | { readonly header: CdaHeader; readonly broken: readonly CdaRule[] }
  | { readonly fault: CdaFault }

export function parseCda(bytes: Uint8Array): ParsedCda {
  const quick = quickTree(bytes)
  if (quick) return headerOf(quick)
  const read = (position: boolean): ParsedCda => {
    const reading = new Reading(position)
    reading.read(bytes, true)
    return reading.end()
  }
  const parsed = read(false)
  return 'fault' in parsed ? read(true) : parsed
}

/**
 * The same of a document that is not in memory.
 * @param chunks asked for again when a fault was found, to say where it is; the first has 300 bytes or all there are
 */
export async function parseCdaChunks(chunks: () => AsyncIterable<Uint8Array>): Promise<ParsedCda> {
  const read = async (position: boolean): Promise<ParsedCda> => {
    const reading = new Reading(position)
    for await (const chunk of chunks()) if (!reading.read(chunk, false)) return reading.end()
    reading.read(new Uint8Array(0), true)
    return reading.end()
  }
  const parsed = await read(false)
  return 'fault' in parsed ? read(true) : parsed
}

class Reading {
  readonly #cutter = new Base64Cutter()
  readonly #tree: CdaTreeReader
  #decoder: XmlDecoder | undefined
  #length = 0
  #fault: CdaFault | undefined

  /** @param position whether a fault says where it is */
  constructor(position: boolean) {
    this.#tree = new CdaTreeReader(position)
  }

  /** @returns whether there is any use in reading on */
  read(bytes: Uint8Array, isLast: boolean): boolean {
    this.#decoder ??= new XmlDecoder(bytes)
    const text = this.#decoder.decode(bytes, isLast)
    if (text === undefined) {
      this.#fault = { reason: 'encoding', at: '1:0' }
      return false
    }
    const markup = this.#cutter.cut(text)
    this.#length += markup.length
    if (this.#length > maxMarkupLength) {
      this.#fault = { reason: 'too-large', at: String(this.#length) }
      return false
    }
    return this.#tree.write(markup)
  }

  end(): ParsedCda {
    if (this.#fault) return { fault: this.#fault }
    const tree = this.#tree.end()
    return 'fault' in tree ? tree : headerOf(tree)
  }
}

/** Undefined for what is not certain to be well-formed. Base64 need not be cut for this one, which does not read it. */
function quickTree(bytes: Uint8Array): CdaTree | undefined {
  const text = new XmlDecoder(bytes).decode(bytes, true)
  return text === undefined || text.length > maxMarkupLength ? undefined : quickCdaTree(text)
}

function headerOf({ root, bodies }: CdaTree): ParsedCda {
  const read = readCdaHeader(root, bodies)
  return 'fault' in read ? read : { header: read.header, broken: brokenCdaRules(root, read.header) }
}

/** @param expression the element that carries the content, as `DocumentReference.content[0].attachment` */
export function cdaFaultIssue({ reason, at }: CdaFault, expression: string): Issue {
  const params = { cause: `${reason} (${at})` }
  return { severity: 'error', type: 'structure', error: 'cda-illisible', params, expression, rule: 'D6' }
}
