/**
 * FHIR XML → the JSON model, as `parseJson` gives it for the same resource: decimals keep their digits, `_name` siblings
 * hold ids and extensions of primitives, narratives are the XHTML that was sent. Comments and processing instructions are
 * no part of a resource and are left out.
 * @see https://hl7.org/fhir/R4/xml.html and https://www.w3.org/TR/xml/
 *
 * INVARIANT: no DTD, hence no entity but XML's five; nesting, faults and, where asked for, elements are bounded, and the
 * time taken is in proportion to the text.
 * NOT checked: the bytes the text came from, which must have been decoded as UTF-8 (saxes does not see lone surrogates);
 * what validation checks of JSON as well.
 */
import { SaxesParser } from 'saxes'
import type { Registry } from '../definitions/registry.ts'
import type { JsonObject } from '../fhir/json.ts'
import { NarrativeSource } from './narrative-source.ts'
import { type Fault, ResourceReader } from './resource-reader.ts'
import { isFatal, XmlError, type XmlFault } from './xml-fault.ts'

export type XmlLimits = {
  /** Nesting of objects and arrays in the JSON model: what `parseJson` counts. */
  readonly maxDepth: number
  readonly maxElements?: number
}

const maxFaults = 50
/** Of elements that are passed over, which no limit of the JSON model bounds. */
const deepestSkipped = 100

/** @throws XmlError with every fault found; of those that end the reading, the first */
export function parseXml(xml: string, registry: Registry, limits: XmlLimits): JsonObject {
  // Line ends as XML reads them, so that the source of a narrative can be cut out of the text.
  const text = xml.includes('\r') ? xml.replace(/\r\n?/g, '\n') : xml
  const faults: XmlFault[] = []
  let skipped = 0
  let elements = 0
  let narrative: NarrativeSource | undefined
  const parser = new SaxesParser({
    xmlns: true,
    position: false,
    defaultXMLVersion: '1.0',
    forceXMLVersion: true,
  })

  const report = ({ reason, ...fault }: Fault): void => {
    faults.push({ reason, ...fault, ...lineAndColumn(text, placeOf(reason)) })
    if (isFatal(reason) || faults.length >= maxFaults) throw stop(faults)
  }
  const placeOf = (reason: XmlFault['reason']): number => {
    if (reason === 'encoding') return 0
    if (reason === 'doctype') return text.indexOf('<!DOCTYPE')
    return text[parser.position - 1] === '>' ? tagStart() : parser.position
  }
  const tagStart = (): number => Math.max(0, text.lastIndexOf('<', parser.position - 1))
  const reader = new ResourceReader(registry, limits.maxDepth, report)

  // Six handlers and no more: with a seventh V8 keeps the parser's fields in a dictionary, four times slower.
  parser.on('error', ({ message }) => {
    report({ reason: message.startsWith('undefined entity') ? 'undefined-entity' : 'not-well-formed' })
  })
  parser.on('doctype', () => report({ reason: 'doctype' }))
  parser.on('opentag', (tag) => {
    if (++elements > (limits.maxElements ?? Number.POSITIVE_INFINITY)) report({ reason: 'too-many-elements' })
    if (skipped > 0) {
      if (++skipped > deepestSkipped) report({ reason: 'too-deep' })
      return
    }
    if (!narrative) {
      const opened = reader.open(tag)
      if (opened === 'skip') skipped = 1
      if (opened !== 'narrative') return
      narrative = new NarrativeSource(text, tagStart())
    }
    const reason = narrative.open(tag, tagStart())
    if (reason) report({ reason, expression: reader.expression() })
  })
  parser.on('closetag', (tag) => {
    if (skipped > 0) skipped--
    else if (!narrative) reader.close()
    else {
      narrative.close(tag, parser.position)
      if (!narrative.ended) return
      reader.closeNarrative(narrative.source(parser.position))
      narrative = undefined
    }
  })
  parser.on('text', (content) => {
    if (skipped === 0 && !narrative && /[^ \t\n]/.test(content)) reader.text()
  })
  parser.on('cdata', (content) => {
    if (narrative) narrative.cdata(content, parser.position)
    else if (skipped === 0) reader.text()
  })

  parser.write(text)
  const { encoding } = parser.xmlDecl
  if (encoding !== undefined && !/^utf-?8$/i.test(encoding)) report({ reason: 'encoding' })
  parser.close()
  if (faults.length > 0 || !reader.resource) throw stop(faults)
  return reader.resource
}

function stop(faults: readonly XmlFault[]): XmlError {
  const [first, ...rest] = faults
  return new XmlError([first ?? { reason: 'not-well-formed', line: 1, column: 1 }, ...rest])
}

function lineAndColumn(text: string, offset: number): { line: number; column: number } {
  let line = 1
  let start = 0
  for (let end = text.indexOf('\n'); end >= 0 && end < offset; end = text.indexOf('\n', start)) {
    line++
    start = end + 1
  }
  return { line, column: offset - start + 1 }
}
