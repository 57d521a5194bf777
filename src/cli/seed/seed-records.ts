/**
 * Makes the records of a population, some at a time: each is opened, then given its documents, structure by structure in the
 * order of time. What is there already stays as it is, so that a run that was stopped is gone on with.
 */
import { atOnce } from '../../content/at-once.ts'
import { fold } from '../../fhir/fold.ts'
import type { DmpEngine } from '../../interactions/dmp/dmp-engine.ts'
import { documentKinds } from '../../population/dmp/document-kinds.ts'
import { type Records, recordCount, recordOf, type SeededRecord } from '../../population/dmp/records.ts'
import { TEST_INS } from '../../population/patient.ts'
import { openBulk } from '../../storage/bulk/bulk-connection.ts'
import { documentRows, wordVectors } from '../../storage/bulk/copy-documents.ts'
import { knownMatricules } from '../../storage/bulk/known-matricules.ts'
import type { ConnectionSettings } from '../../storage/connection/connection-settings.ts'
import type { Lot } from './admit-lot.ts'
import { type Deposited, depositLots } from './deposit-lots.ts'
import { depositNewRecords, type RecordToMake, type Tools } from './deposit-new-records.ts'
import { lotWriter } from './new-lot.ts'
import { openRecord } from './open-record.ts'
import { openingTemplate } from './opening-template.ts'
import { meantByRefusal } from './other-population.ts'
import { recordToMake } from './record-to-make.ts'
import { sealWriter } from './seal-writer.ts'

export type Seeded = { readonly records: number; readonly documents: number; readonly bytes: number }

/** Every so manieth record: neighbours have nearly as many documents, so that parts are alike. */
export type Part = { readonly part: number; readonly parts: number }
const whole: Part = { part: 0, parts: 1 }

export type Seeding = {
  readonly engine: DmpEngine
  /** Where its database is. */
  readonly connection: ConnectionSettings
  readonly records: Records
  /** PS_IdNat of who may read them all. */
  readonly authorised: readonly string[]
}

/** Groups of records under way at once: while PostgreSQL writes one, another is made. */
const GROUPS_AT_ONCE = 2
/** Written in one transaction, and held in memory until then. */
const DOCUMENTS_A_GROUP = 400
const RECORDS_A_GROUP = 64
/** A record of more is written by and by: what is held in memory is bounded. */
const DOCUMENTS_AT_ONCE = 5_000
/** Documents of one transaction, when they are added to a record. */
const DOCUMENTS_ADDED = 100
const RECORDS_AT_ONCE = 4

/** @param tell told after each group @param stop no further one is begun */
export async function seedRecords(
  seeding: Seeding,
  tell: (sofar: Seeded) => void,
  stop: AbortSignal,
  { part, parts }: Part = whole,
): Promise<Seeded> {
  const { engine, connection, records, authorised } = seeding
  const writeLot = lotWriter(engine, await wordVectors(engine.db, allWords))
  const writeSeals = sealWriter(engine)
  let next = part
  let seeded: Seeded = { records: 0, documents: 0, bytes: 0 }
  const nextGroup = (): SeededRecord[] => {
    const group: SeededRecord[] = []
    for (let room = DOCUMENTS_A_GROUP; room > 0 && group.length < RECORDS_A_GROUP; ) {
      if (next >= recordCount(records)) break
      const record = recordOf(records, next)
      if (group.length > 0 && record.documents > room) break
      group.push(record)
      room -= record.documents
      next += parts
    }
    return group
  }
  await atOnce(GROUPS_AT_ONCE, Array.from({ length: GROUPS_AT_ONCE }), async () => {
    const bulk = await openBulk(connection)
    try {
      const fillOpening = await openingTemplate(engine, bulk, authorised)
      const tools = { bulk, writeLot, writeSeals, fillOpening, rows: documentRows() }
      for (let group = nextGroup(); group.length > 0 && !stop.aborted; group = nextGroup()) {
        const made = await makeGroup(seeding, tools, group)
        seeded = {
          records: seeded.records + group.length,
          documents: seeded.documents + made.documents,
          bytes: seeded.bytes + made.bytes,
        }
        tell(seeded)
      }
    } finally {
      await bulk.close()
    }
  })
  return seeded
}

async function makeGroup(
  { engine, records, authorised }: Seeding,
  tools: Tools,
  group: readonly SeededRecord[],
): Promise<Deposited> {
  const matricules = group.map(({ traits }) => traits.matricule)
  const known = await knownMatricules(engine.db, TEST_INS, matricules)
  const isNew = ({ traits, documents }: SeededRecord): boolean =>
    !known.has(traits.matricule) && documents <= DOCUMENTS_AT_ONCE
  const fresh = group.filter(isNew)
  const made = await depositNewRecords(
    tools,
    fresh.map((record) => recordToMake(engine, records, record, authorised)),
  )
  // When others have opened one of them in between they are all added to, as those that were known.
  const rest = made ? group.filter((record) => !isNew(record)) : group
  let [documents, bytes] = [made?.documents ?? 0, made?.bytes ?? 0]
  await atOnce(RECORDS_AT_ONCE, rest, async ({ number }) => {
    // From the beginning: what was drawn of its numbers is drawn again.
    const added = await addToRecord(
      recordToMake(engine, records, recordOf(records, number), authorised),
      authorised,
    ).catch((error: unknown) => {
      throw meantByRefusal(error)
    })
    documents += added.documents
    bytes += added.bytes
  })
  return { documents, bytes }
}

async function addToRecord(
  { engine, record, lots }: RecordToMake,
  authorised: readonly string[],
): Promise<Deposited> {
  const { subject } = await openRecord(engine, record.traits, authorised, Date.now())
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
      room = DOCUMENTS_ADDED - lot.documents.length
    }
  }
  return groups
}

/** A document is found by the words of its title. */
const allWords = documentKinds.flatMap(({ titles }) => titles.map(fold))
