/**
 * The row of a made-up document, and the canonical text that its seal is made from, out of a template: of two documents of
 * one shape (kind, form, labels) all but some texts is the same. The template is what `settleDocument` makes of a sample of
 * the shape; the first document that it is filled for is made by both, and anything that differs stops the command.
 */
import { isDeepStrictEqual } from 'node:util'
import type { ReceivedContent } from '../../content/received-content.ts'
import { canonicalText } from '../../fhir/canonical-json.ts'
import { fold } from '../../fhir/fold.ts'
import { encodeUuid, type Uuid } from '../../fhir/id.ts'
import type { DmpEngine } from '../../interactions/dmp/dmp-engine.ts'
import type { DmpExchange } from '../../interactions/dmp/dmp-exchange.ts'
import type { SeededDocument } from '../../population/dmp/document.ts'
import type { Subject } from '../../storage/find-subject.ts'
import type { DateRange, NewDocument } from '../../storage/store-documents.ts'
import { type DocumentIds, madeUpDocument } from './made-up-submission.ts'
import { type CompileText, fillText, type TextTemplate, textCompiler } from './text-template.ts'

export type Varying = {
  readonly document: SeededDocument
  readonly content: Pick<ReceivedContent, 'size' | 'sha1Base64' | 'sha256'>
  readonly ids: DocumentIds
  /** Milliseconds since 1970. */
  readonly now: number
}

/** @param canonical the text of which the seal of the metadata is the digest */
export type FilledDocument = { readonly row: NewDocument; readonly canonical: string }
type FillDocument = (varying: Varying, patientKey: Uuid) => FilledDocument
export type DocumentTemplates = (
  exchange: DmpExchange,
  subject: Subject,
  varying: Varying & { readonly content: ReceivedContent },
) => FilledDocument

export function documentTemplates(engine: DmpEngine): DocumentTemplates {
  const templates = new Map<string, FillDocument>()
  const formsOf = bothForms()
  return (exchange, subject, varying) => {
    const { facts } = subject.record
    const shape = shapeOf(varying.document) + String(facts.maskedByDefault)
    const known = templates.get(shape)
    if (known) return known(varying, facts.patientKey)
    const fill = compile(engine, exchange, subject, varying, formsOf)
    const filled = fill(varying, facts.patientKey)
    const { document, content, ids } = varying
    const { row } = madeUpDocument(engine, exchange, document, subject, content, ids)
    if (!isDeepStrictEqual(filled, { row, canonical: canonicalText(row.body) }))
      throw new Error('A template of documents does not make what the deposit of one makes')
    templates.set(shape, fill)
    return filled
  }
}

/** What makes more of a difference than a text. */
function shapeOf({ kind, form, masked, archived, traits }: SeededDocument): string {
  return [kind.type.join('|'), form, masked, archived, traits.gender].join(' ')
}

function compile(
  engine: DmpEngine,
  exchange: DmpExchange,
  subject: Subject,
  { document, content }: Varying & { readonly content: ReceivedContent },
  formsOf: (text: string) => Forms,
): FillDocument {
  const { facts } = subject.record
  const ofSample = {
    ...subject,
    record: { ...subject.record, facts: { ...facts, patientKey: marked.record } },
  }
  const sampleDocument = sampleOf(document)
  const sampleContent = { ...content, ...marked.content }
  const { row } = madeUpDocument(
    engine,
    { ...exchange, now: marked.now },
    sampleDocument,
    ofSample,
    sampleContent,
    marked.ids,
  )
  const varying = { document: sampleDocument, content: sampleContent, ids: marked.ids, now: marked.now }
  return fillerOf(
    row,
    textCompiler(valuesOf(varying, marked.record, formsOf)),
    Date.parse(marked.date),
    formsOf,
  )
}

function fillerOf(
  row: NewDocument,
  text: CompileText,
  sampleDate: number,
  formsOf: (text: string) => Forms,
): FillDocument {
  const body = text(row.body)
  const canonical = text(canonicalText(row.body))
  const authors = filling(row.authors.map(text))
  const identifier = filling(row.identifier.map(text))
  const tokens = filling(row.tokens.map(text))
  const strings = filling(row.strings.map(text))
  const words = text(row.words)
  return (varying, patientKey) => {
    const { document, content, ids, now } = varying
    const values = valuesOf(varying, patientKey, formsOf)
    const later = Date.parse(document.date) - sampleDate
    return {
      canonical: fillText(canonical, values),
      row: {
        ...row,
        ...ids,
        patientKey,
        lastUpdated: now,
        authors: authors(values),
        identifier: identifier(values),
        date: row.date + later,
        creation: moved(row.creation, later),
        period: moved(row.period, later),
        periodStart: moved(row.periodStart, later),
        periodEnd: moved(row.periodEnd, later),
        sha256: content.sha256,
        body: fillText(body, values),
        tokens: tokens(values),
        strings: strings(values),
        words: fillText(words, values),
      },
    }
  }
}

function filling(templates: readonly TextTemplate[]): (values: readonly string[]) => string[] {
  return (values) => templates.map((template) => fillText(template, values))
}

function moved(range: DateRange, by: number): DateRange {
  return range && { start: range.start + by, end: range.end + by }
}

/** Every text that varies, as it stands in JSON and in the entries that a document is found by; of the sample, the marks. */
function valuesOf(
  { document, content, ids, now }: Varying,
  patientKey: Uuid,
  formsOf: (text: string) => Forms,
): string[] {
  const { author, traits, oid, date, title } = document
  const given = traits.given[0] ?? ''
  return [
    encodeUuid(patientKey),
    encodeUuid(ids.id),
    ids.id,
    encodeUuid(ids.binaryId),
    new Date(now).toISOString(),
    date,
    oid,
    String(content.size),
    content.sha1Base64,
    author.id,
    author.structure.id,
    traits.matricule,
    traits.birthDate,
    ...[title, author.family, author.given, author.structure.name, traits.family, given].flatMap(formsOf),
  ]
}

type Forms = readonly [written: string, searched: string]

/** As it is written, and as it is searched: each name once, there are some thousand of them. */
const bothForms = (): ((text: string) => Forms) => {
  const known = new Map<string, Forms>()
  return (text) => {
    const there = known.get(text)
    if (there) return there
    if (/["\\\p{Cc}]/u.test(text)) throw new Error('A made-up text that JSON writes otherwise')
    const forms = [text, fold(text)] as const
    known.set(text, forms)
    return forms
  }
}

const uuid = (digit: string): Uuid => '0xxxxxxx-xxxx-7xxx-8xxx-xxxxxxxxxxxx'.replaceAll('x', digit) as Uuid

/** Texts that stand nowhere else, of the form that each must have. */
const marked = {
  record: uuid('a'),
  ids: { id: uuid('b'), binaryId: uuid('c') },
  content: { size: 987_654_321, sha1Base64: 'bWFyayBvZiBhIGRpZ2VzdCAg' },
  now: Date.UTC(1971, 1, 3, 4, 5, 6, 789),
  date: '1972-03-04T05:06:07+01:00',
} as const

function sampleOf(document: SeededDocument): SeededDocument {
  return {
    ...document,
    date: marked.date,
    oid: '1.2.333333333.4',
    title: 'Qtitlemark',
    author: {
      ...document.author,
      id: '855555555555',
      family: 'Qfamilymark',
      given: 'Qgivenmark',
      structure: { id: '1666666666', name: 'Qstructuremark' },
    },
    traits: {
      ...document.traits,
      matricule: '177777777777777',
      birthDate: '1973-04-05',
      family: 'Qpatientfamilymark',
      given: ['Qpatientgivenmark'],
    },
  }
}
