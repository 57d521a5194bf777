/**
 * Makes the records of a population, some at a time: each is opened, then given its documents, structure by structure in the
 * order of time. What is there already stays as it is, so that a run that was stopped is gone on with.
 */
import { uuidV7 } from '../../fhir/id.ts'
import type { DmpEngine } from '../../interactions/dmp/dmp-engine.ts'
import type { SeededDocument } from '../../population/dmp/document.ts'
import { nextDocument, type Records, recordOf, type SeededRecord } from '../../population/dmp/records.ts'
import { type Random, seededRandom } from '../../population/seeded-random.ts'
import { depositDocuments } from './deposit-documents.ts'
import { openRecord } from './open-record.ts'

export type Seeded = { readonly records: number; readonly documents: number; readonly bytes: number }

/** How many records are made at once: their transactions are then made durable together. */
const AT_ONCE = 12
const DOCUMENTS_A_LOT = 50
/** Streams of random numbers for ids; patients have those from 0 up. */
const IDS = 0x8000_0000
const TIME_OF_IDS = Date.UTC(2026, 0, 1)

/** @param tell told after each record @param stop no further record is begun */
export async function seedRecords(
  engine: DmpEngine,
  records: Records,
  authorised: readonly string[],
  tell: (sofar: Seeded) => void,
  stop: AbortSignal,
): Promise<Seeded> {
  let next = 0
  let seeded: Seeded = { records: 0, documents: 0, bytes: 0 }
  const work = async (): Promise<void> => {
    while (next < records.patients && !stop.aborted) {
      const made = await seedRecord(engine, records, recordOf(records, next++), authorised)
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
  let [documents, bytes] = [0, 0]
  for (const [n, lot] of lotsOf(records, record).entries()) {
    const made = await depositDocuments(withOwnIds(engine, seededRandom(ofLots, n)), subject, lot)
    documents += made.documents
    bytes += made.bytes
  }
  return { documents, bytes }
}

/**
 * Ids of a stream for each record and each lot, whichever are made beside them or were made before: the same seed gives the
 * same ids. Hence their time is not that of the deposit.
 */
function withOwnIds(engine: DmpEngine, random: Random): DmpEngine {
  const bytes = (): Buffer => Buffer.from(Array.from({ length: 10 }, () => random.below(256)))
  return { ...engine, newId: () => uuidV7(TIME_OF_IDS, bytes()) }
}

type Lot = [SeededDocument, ...SeededDocument[]]

function lotsOf(records: Records, record: SeededRecord): Lot[] {
  const ofStructure = new Map<string, Lot[]>()
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
function timeOf(lot: Lot): number {
  return Math.max(...lot.map(({ date }) => Date.parse(date)))
}
