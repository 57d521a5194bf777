/**
 * A record of a population as it will be deposited: its documents in lots, one structure's each, and the ids of all of it.
 */
import { type Uuid, uuidV7 } from '../../fhir/id.ts'
import type { DmpEngine } from '../../interactions/dmp/dmp-engine.ts'
import type { SeededDocument } from '../../population/dmp/document.ts'
import { nextDocument, type Records, type SeededRecord } from '../../population/dmp/records.ts'
import { type Random, seededRandom } from '../../population/seeded-random.ts'
import type { Lot } from './admit-lot.ts'
import type { RecordToMake } from './deposit-new-records.ts'
import { generalPractitioner, structureNamed } from './made-up-exchange.ts'

/** With its set and their contents no more entries than a server takes (DMP_MAX_BUNDLE_ENTRIES). */
const DOCUMENTS_A_LOT = 49
/** Streams of random numbers for ids; patients have those from 0 up. */
const IDS = 0x8000_0000
const TIME_OF_IDS = Date.UTC(2026, 0, 1)

/** @param authorised PS_IdNat of who may read all: the first of them deposits what a care team alone may */
export function recordToMake(
  engine: DmpEngine,
  records: Records,
  record: SeededRecord,
  [doctor]: readonly string[],
): RecordToMake {
  const ids = seededRandom(records.seed, IDS + record.number)
  const ofLots = ids.below(2 ** 32)
  const lots = lotsOf(records, record).map((documents, n): Lot => {
    const [{ kind, author }] = documents
    const sender =
      kind.byCareTeam && doctor !== undefined
        ? generalPractitioner(doctor)
        : structureNamed(author.structure.id)
    return { engine: withOwnIds(engine, seededRandom(ofLots, n)), sender, documents }
  })
  return { engine: withOwnIds(engine, ids), record, lots }
}

/**
 * Ids of a stream for each record and each lot, whichever are made beside them or were made before: the same seed gives the
 * same ids. Hence their time is not that of the deposit.
 */
function withOwnIds(engine: DmpEngine, random: Random): DmpEngine {
  const bytes = new Uint8Array(10)
  const newId = (): Uuid => {
    for (let i = 0; i < bytes.length; i++) bytes[i] = random.below(256)
    return uuidV7(TIME_OF_IDS, bytes)
  }
  return { ...engine, newId }
}

type Documents = [SeededDocument, ...SeededDocument[]]

function lotsOf(records: Records, record: SeededRecord): Documents[] {
  const ofSender = new Map<string, Documents[]>()
  const all = Array.from({ length: record.documents }, (_, ordinal) => nextDocument(records, record, ordinal))
  for (const document of all.sort((a, b) => Date.parse(a.date) - Date.parse(b.date))) {
    const sender = `${document.author.structure.id} ${document.kind.byCareTeam}`
    const lots = ofSender.get(sender) ?? []
    const last = lots.at(-1)
    if (last && last.length < DOCUMENTS_A_LOT) last.push(document)
    else lots.push([document])
    ofSender.set(sender, lots)
  }
  return [...ofSender.values()].flat().sort((a, b) => timeOf(a) - timeOf(b))
}

/** A lot is deposited when its last document is written. */
function timeOf(lot: Documents): number {
  return Math.max(...lot.map(({ date }) => Date.parse(date)))
}
