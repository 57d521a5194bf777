/**
 * What each document gives to a summary: its sections, or why it gives none. At most so many are opened, the synthesis and
 * the newest first.
 */

import { type CdaSection, readCdaSections } from '../../../dmp/synthese/cda-sections.ts'
import { syntheseSections } from '../../../dmp/synthese/synthese-sections.ts'
import { encodeUuid, formatResourceId, type Uuid } from '../../../fhir/id.ts'
import { isJsonObject, type JsonValue, parseJson } from '../../../fhir/json.ts'
import { isXmlType } from '../../../fhir/media-type.ts'
import type { SyntheseDocument } from '../../../storage/documents/synthese-documents.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'

export const mostOpened = 20
/** Of a CDA without its annexes; read as it comes, and bounded again by its markup. */
const MAX_BYTES = 10 * 1024 * 1024

export type Source = {
  /** Absolute, of the DocumentReference. */
  readonly url: string
  readonly version: number
  readonly title: string
  /** ISO 8601. */
  readonly date: string
  /** The same as a day, in Paris. */
  readonly day: string
  readonly authors: readonly string[]
}
export type ReadSource = Source & { readonly sections: readonly CdaSection[] }
export type UnreadSource = Source & { readonly why: Unread }
export type Unread = 'not-structured' | 'not-xml' | 'too-large' | 'nothing-for-it' | 'beyond'

const used = new Set(syntheseSections.flatMap(({ from }) => from))

export async function readSources(
  engine: DmpEngine,
  exchange: DmpExchange,
  patientKey: Uuid,
  documents: readonly SyntheseDocument[],
): Promise<{ readonly read: readonly ReadSource[]; readonly unread: readonly UnreadSource[] }> {
  const read: ReadSource[] = []
  const unread: UnreadSource[] = []
  let opened = 0
  for (const document of documents) {
    const source = sourceOf(engine, patientKey, document)
    const isXml = isXmlType(document.contentType)
    if (!isXml || opened >= mostOpened) {
      unread.push({ ...source, why: isXml ? 'beyond' : 'not-structured' })
      continue
    }
    opened++
    // Opened is read, whatever comes of it.
    exchange.trace.concerns('DocumentReference', encodeUuid(document.id), document.version)
    const given = await sectionsOf(engine, patientKey, document.id)
    if (typeof given === 'string') unread.push({ ...source, why: given })
    else read.push({ ...source, sections: given })
  }
  return { read, unread }
}

async function sectionsOf(
  engine: DmpEngine,
  patientKey: Uuid,
  id: Uuid,
): Promise<readonly CdaSection[] | Unread> {
  const content = await engine.contents.open(patientKey, id)
  if (!content) throw new Error('A document without its content')
  if (content.size > MAX_BYTES) return 'too-large'
  const given = await readCdaSections(await content.bytes())
  if ('unread' in given) return given.unread
  const sections = given.sections.filter(({ code }) => used.has(code))
  return sections.length > 0 ? sections : 'nothing-for-it'
}

function sourceOf(engine: DmpEngine, patientKey: Uuid, document: SyntheseDocument): Source {
  const { id, version, date, authors, body } = document
  return {
    url: `${engine.base}/DocumentReference/${formatResourceId({ patientKey, id })}`,
    version,
    title: titleOf(engine, parseJson(body)),
    date: new Date(date).toISOString(),
    day: dayInParis(date),
    authors,
  }
}

/** What a reader knows it by: its description, else the name of its type, else the code. */
function titleOf({ terminology }: DmpEngine, body: JsonValue): string {
  if (!isJsonObject(body)) throw new Error('A stored document is no object')
  const coding = isJsonObject(body.type) && Array.isArray(body.type.coding) ? body.type.coding[0] : undefined
  const code = isJsonObject(coding) ? coding.code : undefined
  const names = [
    body.description,
    terminology.documentTypes.all.find((type) => type.code === code)?.display,
    isJsonObject(coding) ? coding.display : undefined,
    code,
  ]
  return names.find((name): name is string => typeof name === 'string' && name !== '') ?? 'Document'
}

const paris = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Paris', dateStyle: 'short' })

/** @param milliseconds since 1970 @returns `2026-09-18` */
export function dayInParis(milliseconds: number): string {
  return paris.format(milliseconds)
}
