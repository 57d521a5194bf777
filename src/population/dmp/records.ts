/**
 * Made-up records of the DMP: patients with the documents of each, the same for the same seed. How many documents a patient
 * has is uneven, as in life: most have few, some have hundreds; together they are as many as asked for, exactly.
 */
import { insOids } from '../../dmp/identity/ins.ts'
import { fold } from '../../fhir/fold.ts'
import { type Traits, traitsOf } from '../patient.ts'
import { type Random, seededRandom } from '../seeded-random.ts'
import { cdaOf, type Piece } from './cda.ts'
import { documentOf, type SeededDocument } from './document.ts'
import { pdfMaker } from './pdf.ts'

export type Records = {
  readonly seed: number
  readonly patients: number
  readonly documents: number
  /** Bytes of a document, in the middle. */
  readonly medianSize: number
  /** One patient more for each, with exactly so many documents; they come after the others. */
  readonly exactly?: readonly number[]
  /** All documents are PDF of a few lines, whatever the size: for very many of them. */
  readonly narrow?: boolean
}

export type SeededRecord = {
  readonly number: number
  readonly traits: Traits
  readonly random: Random
  readonly documents: number
}

/** The numbers of records begin at 0. */
export function recordCount({ patients, exactly = [] }: Records): number {
  return patients + exactly.length
}

export function recordOf({ seed, patients, documents, exactly }: Records, number: number): SeededRecord {
  const random = seededRandom(seed, number)
  const traits = traitsOf(number, random)
  const exact = exactly?.[number - patients]
  if (exact !== undefined) return { number, traits, random, documents: exact }
  const share = (part: number): number => Math.round(documents * below(part))
  return { number, traits, random, documents: share((number + 1) / patients) - share(number / patients) }
}

/** To be asked for in their order: each draws on from where the one before has stopped. */
export function nextDocument(records: Records, record: SeededRecord, ordinal: number): SeededDocument {
  const patient = { number: record.number, traits: record.traits, insOid: insOids.TEST }
  const document = documentOf(records.seed, patient, ordinal, record.random, records.medianSize)
  return records.narrow ? { ...document, form: 'pdf', size: 0 } : document
}

/** The bytes of a document, as text: a PDF in ASCII, a CDA in UTF-8. */
export function bodyOf(document: SeededDocument): string {
  return bodyMaker()(document).map(textOf).join('')
}

function textOf(piece: Piece): string {
  if (typeof piece === 'string') return piece
  if ('inBase64' in piece) return btoa(piece.inBase64)
  return 'ascii' in piece ? piece.ascii : piece.text.repeat(piece.times)
}

export type MakeBody = (document: SeededDocument) => readonly Piece[]

/** The same piece by piece, for who makes many: what they have in common is made once. */
export function bodyMaker(): MakeBody {
  const pdfOf = pdfMaker()
  const folded = new Map<string, string>()
  const foldedName = (name: string): string => {
    const known = folded.get(name) ?? fold(name)
    folded.set(name, known)
    return known
  }
  return (document) => {
    if (document.form === 'structured') return cdaOf(document, undefined)
    const lines = [
      foldedName(document.title),
      `${foldedName(document.author.structure.name)} ${fold(document.date.slice(0, 10))}`,
      document.oid,
    ]
    if (document.form === 'pdf') return [{ ascii: pdfOf(lines, document.size) }]
    return cdaOf(document, pdfOf(lines, Math.floor((document.size - 4_000) * 0.75)))
  }
}

/** Which part of all documents the first patients have, when their numbers follow an exponential law. */
function below(part: number): number {
  return part >= 1 ? 1 : part + (1 - part) * Math.log(1 - part)
}
