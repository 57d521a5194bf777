/**
 * The row of a made-up document, and the digests that its seal is made from, out of a template: of two documents of one
 * shape (kind, form, labels) all but some texts is the same. The template is what `settleDocument` makes of a sample of the
 * shape, as the bytes that COPY takes; the first document that it is filled for is made by both, and anything that differs
 * stops the command.
 */
import { hash } from 'node:crypto'
import { contentInMemory } from '../../content/receive-content.ts'
import { canonicalText } from '../../fhir/canonical-json.ts'
import { fold } from '../../fhir/fold.ts'
import type { Uuid } from '../../fhir/id.ts'
import type { DmpEngine } from '../../interactions/dmp/dmp-engine.ts'
import type { DmpExchange } from '../../interactions/dmp/dmp-exchange.ts'
import type { SeededDocument } from '../../population/dmp/document.ts'
import { type DocumentRow, documentTables } from '../../storage/bulk/copy-documents.ts'
import { CopyRows } from '../../storage/bulk/copy-rows.ts'
import { GrowingBytes } from '../../storage/bulk/growing-bytes.ts'
import { type Fill, type Templates, templatesWith } from '../../storage/bulk/row-template.ts'
import type { NewDocument } from '../../storage/documents/store-documents.ts'
import type { Subject } from '../../storage/records/find-subject.ts'
import { DocumentValues, type Varying } from './document-values.ts'
import { madeUpDocument } from './made-up-submission.ts'

export type WrittenDocument = {
  /** SHA-256 of its text, and of the canonical form of that. */
  readonly text: Buffer
  readonly metadata: Buffer
  readonly invisiblePatient: boolean
}

/** @param bytes of its content @param rows which its row is added to */
export type WriteDocument = (
  exchange: DmpExchange,
  subject: Subject,
  varying: Varying,
  bytes: Buffer,
  rows: CopyRows,
) => WrittenDocument

type Shape = Pick<NewDocument, 'invisiblePatient'> & {
  readonly body: Fill
  readonly canonical: Fill
  readonly row: Fill
}

const { documents: table } = documentTables

export function documentWriter(engine: DmpEngine): WriteDocument {
  const shapes = new Map<string, Shape>()
  const values = new DocumentValues()
  const text = new GrowingBytes()

  const digestOf = (fill: Fill): Buffer => {
    text.clear()
    fill(text, values.all)
    return hash('sha256', text.since(0), 'buffer')
  }
  const write = (shape: Shape, varying: Varying, rows: CopyRows): WrittenDocument => {
    values.set(varying)
    const metadata = digestOf(shape.canonical)
    const digest = digestOf(shape.body)
    values.setBody(text.since(0))
    shape.row(rows, values.all)
    return { text: digest, metadata, invisiblePatient: shape.invisiblePatient }
  }

  return (exchange, subject, varying, bytes, rows) => {
    const { document } = varying
    const name = `${nameOf(document)} ${subject.record.facts.maskedByDefault}`
    const known = shapes.get(name)
    if (known) return write(known, varying, rows)
    const shape = compile(engine, exchange, subject, document, bytes)
    const start = rows.length
    const written = write(shape, varying, rows)
    const content = { ...contentInMemory(bytes), ...varying.content }
    const { row } = madeUpDocument(engine, exchange, document, subject, content, varying.ids)
    const expected = rowBytes({ ...varying, document: row })
    const isSame =
      rows.since(start).equals(expected) &&
      written.text.equals(hash('sha256', row.body, 'buffer')) &&
      written.metadata.equals(hash('sha256', canonicalText(row.body), 'buffer'))
    if (!isSame) throw new Error('A template of documents does not make what the deposit of one makes')
    shapes.set(name, shape)
    return written
  }
}

/** What makes more of a difference than a text. */
function nameOf({ kind, form, masked, archived, traits }: SeededDocument): string {
  return `${kind.type.join('|')} ${form} ${masked} ${archived} ${traits.gender}`
}

function rowBytes(row: DocumentRow): Buffer {
  const rows = new CopyRows()
  const start = rows.length
  table.write(rows, row)
  return rows.since(start)
}

function compile(
  engine: DmpEngine,
  exchange: DmpExchange,
  subject: Subject,
  document: SeededDocument,
  bytes: Buffer,
): Shape {
  const { facts } = subject.record
  const { patientKey, content, ids, now, vector, submission } = marked
  const ofSample = { ...subject, record: { ...subject.record, facts: { ...facts, patientKey } } }
  const sample = sampleOf(document)
  const templates = sampleTemplates(sample)
  const { row } = madeUpDocument(
    engine,
    { ...exchange, now },
    sample,
    ofSample,
    { ...contentInMemory(bytes), ...content },
    ids,
  )
  if (row.words !== fold(sample.title)) throw new Error('A made-up document is found by more than its title')
  return {
    invisiblePatient: row.invisiblePatient,
    body: templates.ofBytes(Buffer.from(row.body)),
    canonical: templates.ofBytes(Buffer.from(canonicalText(row.body))),
    row: templates.ofRow((writer) =>
      table.write(writer, { document: { ...row, body: BODY }, submission, vector }),
    ),
  }
}

const uuid = (digit: string): Uuid => '0xxxxxxx-xxxx-7xxx-8xxx-xxxxxxxxxxxx'.replaceAll('x', digit) as Uuid

/** Texts that stand nowhere else, of the form that each must have. */
const marked = {
  patientKey: uuid('a'),
  ids: { id: uuid('b'), binaryId: uuid('c') },
  submission: uuid('d'),
  content: {
    size: 987_654_321,
    sha1Base64: 'bWFyayBvZiBhIGRpZ2VzdCAgICA=',
    sha256: Buffer.alloc(32, 'mark of content '),
  },
  vector: Buffer.from('mark of words'),
  now: Date.UTC(1971, 1, 3, 4, 5, 6, 789),
}
const BODY = 'mark of metadata'

/** The marks are the same in the samples of all shapes. */
function sampleTemplates(sample: SeededDocument): Templates {
  const values = new DocumentValues()
  values.set({ ...marked, document: sample })
  values.setBody(Buffer.from(BODY))
  return templatesWith(values.marks())
}

function sampleOf(document: SeededDocument): SeededDocument {
  return {
    ...document,
    date: '1972-03-04T05:06:07+01:00',
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
