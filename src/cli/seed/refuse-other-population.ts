/**
 * Looks into the database before anything is written, whether another population is there: at some records from the first
 * to the last, whose bytes, sets and ids are compared. What it does not see the deposits refuse, record by record.
 */
import type { Uuid } from '../../fhir/id.ts'
import { type Records, recordCount, recordOf, type SeededRecord } from '../../population/dmp/records.ts'
import { TEST_INS } from '../../population/patient.ts'
import { knownMatricules } from '../../storage/bulk/known-matricules.ts'
import { findClaims } from '../../storage/documents/store-documents.ts'
import { findSubject } from '../../storage/records/find-subject.ts'
import { admitLot, type Lot, lotClaims } from './admit-lot.ts'
import { uniqueIdOf } from './made-up-submission.ts'
import { meantByRefusal, OtherPopulation } from './other-population.ts'
import { recordToMake } from './record-to-make.ts'
import type { Seeding } from './seed-records.ts'

/** Records that are looked at, from the first to the last. */
const LOOKED_AT = 20
/** Of a record of more its deposit tells, when its turn comes. */
const FEW_DOCUMENTS = 300

/** @throws OtherPopulation when one of some records that are there is another */
export async function refuseOtherPopulation(seeding: Seeding): Promise<void> {
  const some = someOf(seeding.records)
  const matricules = some.map(({ traits }) => traits.matricule)
  const known = await knownMatricules(seeding.engine.db, TEST_INS, matricules)
  for (const record of some) if (known.has(record.traits.matricule)) await compare(seeding, record)
}

function someOf(records: Records): SeededRecord[] {
  const last = recordCount(records) - 1
  const numbers = Array.from({ length: LOOKED_AT }, (_, i) => Math.round((last * i) / (LOOKED_AT - 1)))
  return [...new Set(numbers)]
    .map((number) => recordOf(records, number))
    .filter(({ documents }) => documents <= FEW_DOCUMENTS)
}

async function compare({ engine, records, authorised }: Seeding, record: SeededRecord): Promise<void> {
  const { matricule, family, birthDate } = record.traits
  const subject = await findSubject(engine.db, { ins: { system: TEST_INS, value: matricule } }, {})
  if (!subject) return
  if (subject.traits.family !== family || subject.traits.birthDate !== birthDate)
    throw new OtherPopulation('Another patient has this matricule')
  const { lots } = recordToMake(engine, records, recordOf(records, record.number), authorised)
  const known = await findClaims(engine.db, subject.record.facts.patientKey, lots.flatMap(lotClaims))
  if (known.length === 0) return
  for (const lot of recordToMake(engine, records, record, authorised).lots) {
    const there = known.find(
      ({ type, value }) => type === 'document' && value === uniqueIdOf(lot.documents[0]),
    )
    if (there && there.id !== firstIdOf(lot))
      throw new OtherPopulation('A document has the id of another lot')
  }
  try {
    for (const lot of lots) admitLot(lot, subject, known, Date.now())
  } catch (error) {
    throw meantByRefusal(error)
  }
}

/** As it is drawn for a lot that is new: behind that of its trace (new-lot.ts). */
function firstIdOf({ engine }: Lot): Uuid {
  engine.newId(0)
  return engine.newId(0)
}
