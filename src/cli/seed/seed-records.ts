/**
 * Makes the records of a population, some at a time: each is opened, then given its documents, structure by structure in the
 * order of time. What is there already stays as it is, so that a run that was stopped is gone on with.
 */
import { uuidV7 } from '../../fhir/id.ts'
import type { DmpEngine } from '../../interactions/dmp/dmp-engine.ts'
import type { SeededDocument } from '../../population/dmp/document.ts'
import { nextDocument, type Records, recordOf, type SeededRecord } from '../../population/dmp/records.ts'
import { type Random, seededRandom } from '../../population/seeded-random.ts'
import type { Lot } from './admit-lot.ts'
import { depositLots } from './deposit-lots.ts'
import { openRecord } from './open-record.ts'

export type Seeded = { readonly records: number; readonly documents: number; readonly bytes: number }

/** How many records are made at once: their transactions are then made durable together. */
const AT_ONCE = 6
const DOCUMENTS_A_LOT = 50
/** Written in one transaction, and held in memory until then. */
const DOCUMENTS_AT_ONCE = 100
/** Streams of random numbers for ids; patients have those from 0 up. */
const IDS = 0x8000_0000
const TIME_OF_IDS = Date.UTC(2026, 0, 1)

/** Every so manieth record: neighbours have nearly as many documents, so that parts are alike. */
export type Part = { readonly part: number; readonly parts: number }
const whole: Part = { part: 0, parts: 1 }

/** @param tell told after each record @param stop no further record is begun */
export async function seedRecords(
  engine: DmpEngine,
  records: Records,
  authorised: readonly string[],
  tell: (sofar: Seeded) => void,
  stop: AbortSignal,
  { part, parts }: Part = whole,
): Promise<Seeded> {
  let next = part
  let seeded: Seeded = { records: 0, documents: 0, bytes: 0 }
  const work = async (): Promise<void> => {
    while (next < records.patients && !stop.aborted) {
      const number = next
      next += parts
      const made = await seedRecord(engine, records, recordOf(records, number), authorised)
      seeded = {
        records: seeded.records + 1,
        documents: seeded.documents + made.documents,
        bytes: seeded.bytes + made.bytes,
      }
      tell(seeded)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return seeded
}

async function seedRecord(
  engine: DmpEngine,
  records: Records,
  record: SeededRecord,
  authorised: readonly string[],
): Promise<Omit<Seeded, 'records'>> {
  const ids = seededRandom(records.seed, IDS + record.number)
  const ofLots = ids.below(2 ** 32)
  const subject = await openRecord(withOwnIds(engine, ids), record, authorised)
  const lots = lotsOf(records, record).map((documents, n): Lot => {
    return { engine: withOwnIds(engine, seededRandom(ofLots, n)), documents }
  })
  let [documents, bytes] = [0, 0]
  for (const some of inTransactions(lots)) {
    const made = await depositLots(engine, subject, some)
    documents += made.documents
    bytes += made.bytes
  }
  return { documents, bytes }
}

function inTransactions(lots: readonly Lot[]): Lot[][] {
  const groups: Lot[][] = []
  let room = 0
  for (const lot of lots) {
    room -= lot.documents.length
    if (room >= 0) groups.at(-1)?.push(lot)
    else {
      groups.push([lot])
      room = DOCUMENTS_AT_ONCE - lot.documents.length
    }
  }
  return groups
}

/**
 * Ids of a stream for each record and each lot, whichever are made beside them or were made before: the same seed gives the
 * same ids. Hence their time is not that of the deposit.
 */
function withOwnIds(engine: DmpEngine, random: Random): DmpEngine {
  const bytes = (): Buffer => Buffer.from(Array.from({ length: 10 }, () => random.below(256)))
  return { ...engine, newId: () => uuidV7(TIME_OF_IDS, bytes()) }
}

type Documents = [SeededDocument, ...SeededDocument[]]

function lotsOf(records: Records, record: SeededRecord): Documents[] {
  const ofStructure = new Map<string, Documents[]>()
  const all = Array.from({ length: record.documents }, (_, ordinal) => nextDocument(records, record, ordinal))
  for (const document of all.sort((a, b) => Date.parse(a.date) - Date.parse(b.date))) {
    const lots = ofStructure.get(document.author.structure.id) ?? []
    const last = lots.at(-1)
    if (last && last.length < DOCUMENTS_A_LOT) last.push(document)
    else lots.push([document])
    ofStructure.set(document.author.structure.id, lots)
  }
  return [...ofStructure.values()].flat().sort((a, b) => timeOf(a) - timeOf(b))
}

/** A lot is deposited when its last document is written. */
function timeOf(lot: Documents): number {
  return Math.max(...lot.map(({ date }) => Date.parse(date)))
}
