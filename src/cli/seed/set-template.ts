/**
 * The submission set of a made-up lot, out of a template: sets of one sector and of as many documents differ in some texts
 * alone. The template is what `setBody` and `listIndex` make of a sample; the first set that it is filled for is made by
 * both, and anything that differs stops the command.
 */
import { isDeepStrictEqual } from 'node:util'
import { fold } from '../../fhir/fold.ts'
import { encodeUuid, type Uuid } from '../../fhir/id.ts'
import type { DmpEngine } from '../../interactions/dmp/dmp-engine.ts'
import { listIndex } from '../../interactions/dmp/submission/list-index.ts'
import type { SeededDocument } from '../../population/dmp/document.ts'
import type { NewList } from '../../storage/documents/store-lists.ts'
import type { Subject } from '../../storage/records/find-subject.ts'
import { madeUpSet } from './made-up-submission.ts'
import { fillText, textCompiler } from './text-template.ts'

export type VaryingSet = {
  /** Which says of the set who sends it. */
  readonly first: SeededDocument
  readonly documents: readonly Uuid[]
  readonly id: Uuid
  /** Milliseconds since 1970. */
  readonly now: number
}

type FillSet = (varying: VaryingSet, patientKey: Uuid) => NewList
export type SetTemplates = (subject: Subject, varying: VaryingSet) => NewList

export function setTemplates(engine: DmpEngine): SetTemplates {
  const templates = new Map<string, FillSet>()
  return (subject, varying) => {
    const { patientKey } = subject.record.facts
    const shape = `${varying.first.kind.facility[0]} ${varying.documents.length}`
    const known = templates.get(shape)
    if (known) return known(varying, patientKey)
    const fill = compile(engine, subject, varying)
    const filled = fill(varying, patientKey)
    if (!isDeepStrictEqual(filled, made(engine, subject, varying)))
      throw new Error('A template of submission sets does not make what the deposit of one makes')
    templates.set(shape, fill)
    return filled
  }
}

function made(engine: DmpEngine, subject: Subject, { first, documents, id, now }: VaryingSet): NewList {
  const { patientKey } = subject.record.facts
  const list = { patientKey, id, lastUpdated: now, body: madeUpSet(first, subject, documents, id, now) }
  return { ...list, index: listIndex(engine, list) }
}

function compile(engine: DmpEngine, subject: Subject, varying: VaryingSet): FillSet {
  const { facts } = subject.record
  const sample = sampleOf(varying)
  const ofSample = { ...subject, record: { ...subject.record, facts: { ...facts, patientKey: RECORD } } }
  const { body, index } = made(engine, ofSample, sample)
  const text = textCompiler(valuesOf(sample, RECORD))
  const [bodyText, tokens, strings] = [text(body), index.tokens.map(text), index.strings.map(text)]
  const sampleDate = Date.parse(sample.first.date)
  return (filled, patientKey) => {
    const { first, documents, id, now } = filled
    const values = valuesOf(filled, patientKey)
    return {
      patientKey,
      id,
      lastUpdated: now,
      body: fillText(bodyText, values),
      index: {
        ...index,
        date: index.date + Date.parse(first.date) - sampleDate,
        documents,
        tokens: tokens.map((each) => fillText(each, values)),
        strings: strings.map((each) => fillText(each, values)),
      },
    }
  }
}

/** Every text that varies; of the sample, the marks. */
function valuesOf({ first, documents, id, now }: VaryingSet, patientKey: Uuid): string[] {
  const { author, date, oid } = first
  const { name } = author.structure
  if (/["\\\p{Cc}]/u.test(name)) throw new Error('A made-up name that JSON writes otherwise')
  return [
    encodeUuid(patientKey),
    encodeUuid(id),
    id,
    new Date(now).toISOString(),
    date,
    oid,
    author.id,
    author.structure.id,
    name,
    fold(name),
    ...documents.map(encodeUuid),
  ]
}

const uuid = (digits: string): Uuid => `0aaaaaaa-bbbb-7ccc-8ddd-${digits.padStart(12, 'e')}` as Uuid
const RECORD = uuid('1')

function sampleOf({ first, documents }: VaryingSet): VaryingSet {
  return {
    id: uuid('2'),
    documents: documents.map((_, i) => uuid(`f${1000 + i}`)),
    now: Date.UTC(1971, 1, 3, 4, 5, 6, 789),
    first: {
      ...first,
      date: '1972-03-04T05:06:07+01:00',
      oid: '1.2.333333333.4',
      author: {
        ...first.author,
        id: '855555555555',
        structure: { id: '1666666666', name: 'Qstructuremark' },
      },
    },
  }
}
