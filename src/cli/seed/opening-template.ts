/**
 * The opening of a made-up patient's record, out of a template: two of them differ in names, days and ids alone. The template
 * is what the interactions that open a record leave in the database for an invented patient, read back before it is rolled
 * back; for another invented patient it must make what they leave for that one, or the command stops.
 */
import { isDeepStrictEqual } from 'node:util'
import { matriculeKey } from '../../dmp/identity/ins.ts'
import { foldedTraits } from '../../dmp/identity/match-grade.ts'
import { encodeUuid, type Uuid } from '../../fhir/id.ts'
import type { DmpEngine } from '../../interactions/dmp/dmp-engine.ts'
import { TEST_INS, type Traits } from '../../population/patient.ts'
import type { BulkConnection } from '../../storage/bulk/bulk-connection.ts'
import { mapRows, type OpenedRows, readOpened } from '../../storage/bulk/opened-records.ts'
import type { Subject } from '../../storage/records/find-subject.ts'
import { canonicalTrace } from '../../storage/traces/canonical-trace.ts'
import type { TraceChain, TraceRow } from '../../storage/traces/insert-traces.ts'
import { openRecord } from './open-record.ts'
import { fillText, textCompiler } from './text-template.ts'
import { withinTransaction } from './within-transaction.ts'

export type Opening = {
  readonly subject: Subject
  readonly rows: OpenedRows
  readonly traces: readonly TraceRow[]
}

/** @param engine whose `newId` gives the ids of this record */
export type FillOpening = (engine: DmpEngine, traits: Traits) => Opening

export async function openingTemplate(
  engine: DmpEngine,
  bulk: BulkConnection,
  authorised: readonly string[],
): Promise<FillOpening> {
  const now = Date.now()
  const rehearse = (traits: Traits): Promise<Rehearsed> =>
    bulk
      .transaction(async (transaction): Promise<never> => {
        const ids: Uuid[] = []
        const newId = (): Uuid => {
          const id = markedId(traits, ids.length)
          ids.push(id)
          return id
        }
        const db = withinTransaction(engine.db, transaction)
        const { subject, isNew, traces } = await openRecord(
          { ...engine, db, newId, chain: noChain },
          traits,
          authorised,
          now,
        )
        if (!isNew) throw new Error('An invented patient has a record')
        throw new Rehearsed(ids, {
          subject,
          traces,
          rows: await readOpened(transaction, subject.record.facts.patientKey),
        })
      })
      .catch((thrown: unknown) => {
        if (thrown instanceof Rehearsed) return thrown
        throw thrown
      })

  const openings = { female: await compiled(rehearse, 'female'), male: await compiled(rehearse, 'male') }
  return (own, { ...traits }) => openings[traits.gender](own.newId, traits, engine.chain, now)
}

/** Rolls back what was done to see what it leaves. */
class Rehearsed extends Error {
  readonly ids: readonly Uuid[]
  readonly opening: Opening

  constructor(ids: readonly Uuid[], opening: Opening) {
    super('What was rehearsed is given up')
    this.ids = ids
    this.opening = opening
  }
}

type Fill = (newId: DmpEngine['newId'], traits: Traits, chain: TraceChain, now: number) => Opening

async function compiled(
  rehearse: (traits: Traits) => Promise<Rehearsed>,
  gender: Traits['gender'],
): Promise<Fill> {
  const [sample, other] = inventedPatients(gender)
  const { ids, opening } = await rehearse(sample)
  const fill = fillerOf(ids, opening, sample)
  const expected = await rehearse(other)
  let count = 0
  const filled = fill(() => markedId(other, count++), other, noChain, 0)
  if (!isDeepStrictEqual(filled, expected.opening))
    throw new Error('A template of records does not make what the opening of one makes')
  return fill
}

function fillerOf(ids: readonly Uuid[], { subject, rows, traces }: Opening, sample: Traits): Fill {
  const text = textCompiler(valuesOf(ids, sample))
  const templates = new Map(Object.entries(rows).map(([table, of]) => [table, text(of)]))
  const ofTraces = text(JSON.stringify(traces.map(({ chain: _, ...row }) => row)))
  const { patientKey: sampleKey } = subject.record.facts
  const keyAt = ids.indexOf(sampleKey)
  return (newId, traits, chain, now) => {
    const own = ids.map(() => newId(now))
    const patientKey = own[keyAt]
    if (patientKey === undefined) throw new Error('A record whose key is none of its ids')
    const values = valuesOf(own, traits)
    const { matricule, family, gender, birthDate } = traits
    // JSON it was, of these very columns.
    const parsed = JSON.parse(fillText(ofTraces, values)) as Omit<TraceRow, 'chain'>[]
    return {
      subject: {
        ...subject,
        ins: [{ system: TEST_INS, value: matricule }],
        traits: { family, gender, birthDate },
        record: { ...subject.record, facts: { ...subject.record.facts, patientKey, birthDate } },
      },
      rows: mapRows((table) => {
        const template = templates.get(table)
        return template ? fillText(template, values) : ''
      }),
      traces: parsed.map((row) => ({ ...row, chain })),
    }
  }
}

/** Every text that varies; of the sample, the marks. */
function valuesOf(ids: readonly Uuid[], traits: Traits): string[] {
  const { matricule, family, given, birthDate } = traits
  const [first = '', ...others] = given
  const [second = ''] = others
  const names = [family, first, second]
  if (others.length !== 1 || names.some((each) => /["\\\p{Cc}]/u.test(each)))
    throw new Error('A made-up patient whose names JSON writes otherwise, or who has not two')
  const folded = foldedTraits({
    ins: [],
    formerIns: [],
    family,
    firstGiven: first,
    birthGivenNames: given.join(' '),
  })
  return [...ids.flatMap((id) => [id, encodeUuid(id)]), matricule, birthDate, ...names, folded]
}

/** With the highest number there is in their month: no population is so large. */
function inventedPatients(gender: Traits['gender']): readonly [Traits, Traits] {
  const matricule = (first13: string): string => first13 + matriculeKey(first13)
  const sex = gender === 'female' ? 2 : 1
  return [
    {
      gender,
      matricule: matricule(`${sex}730499999999`),
      family: 'Qfamilymark',
      given: ['Qfirstmark', 'Qsecondmark'],
      birthDate: '1973-04-05',
    },
    {
      gender,
      matricule: matricule(`${sex}810699999998`),
      family: 'D’Œuvre Éloïse',
      given: ['Anne-Zoé', 'Zoé'],
      birthDate: '1981-06-07',
    },
  ]
}

/** Another for each patient and each place. */
function markedId({ birthDate }: Traits, place: number): Uuid {
  return `0bbbbbbb-cccc-7ddd-8eee-${birthDate.replaceAll('-', '')}${String(place).padStart(4, 'f')}` as Uuid
}

/** What is rolled back takes no place among the traces. */
const noChain: TraceChain = {
  seat: (columns) => ({
    writer: 0,
    seq: 0,
    tuple: canonicalTrace(columns, 0, 0),
    settle: () => undefined,
  }),
}
