/** Records and documents of a fuzz run: made over HTTP, changed over HTTP, the model changed along. */
import type { InsIdentifier } from '../../src/policy/caller.ts'
import type { Persona } from '../../src/sandbox/persona.ts'
import type { TestApp } from '../support/app.ts'
import { gp, hospital, nurse, otherGp } from '../support/personas.ts'
import { openTestRecord, type TestRecord } from '../support/record.ts'
import { authoringStructures, authors, type Cast, castOf, patientsOf } from './cast.ts'
import { type Model, newRecord } from './model.ts'
import type { Random } from './random.ts'

export type World = {
  readonly app: TestApp
  readonly model: Model
  readonly cast: Cast
  readonly helpers: readonly InsIdentifier[]
  readonly records: readonly TestRecord[]
}

const RECORDS = 3
const DOCUMENTS = 12
/** Types that the matrix opens to some and denies to others of the cast. */
const types = ['11490-0', '75496-0', '11488-4', '34133-9', '57833-6']
const labelSets = [
  [],
  [],
  ['MASQUE_PS'],
  ['MASQUE_PS'],
  ['INVISIBLE_PATIENT'],
  ['INVISIBLE_REPRESENTANTS_LEGAUX'],
  ['MASQUE_PS', 'INVISIBLE_REPRESENTANTS_LEGAUX'],
  ['INVISIBLE_PATIENT', 'INVISIBLE_REPRESENTANTS_LEGAUX'],
] as const

/** @param former worlds on this server: each has patients of its own */
export async function makeWorld(app: TestApp, random: Random, former: number): Promise<World> {
  const records: TestRecord[] = []
  const patients = patientsOf(RECORDS, former)
  for (const ins of patients.holders) records.push(await openTestRecord(app, ins))
  const model: Model = { records: records.map(({ id, ins }) => newRecord(id, ins)), documents: [] }
  for (const [i, record] of records.entries()) {
    for (let n = 0; n < DOCUMENTS; n++) await deposit(model, i, record, random)
  }
  return { app, model, cast: castOf(patients), helpers: patients.helpers, records }
}

let deposited = 0

export async function deposit(
  model: Model,
  index: number,
  record: TestRecord,
  random: Random,
): Promise<void> {
  const type = random.of(types)
  const author = random.of(authors)
  const structure = random.chance(0.5) ? random.of(authoringStructures) : undefined
  const labels = random.of(labelSets)
  const archived = random.chance(0.15)
  // Each has a date of its own: so the order of a search is certain.
  const date = Date.parse('2026-01-01T00:00:00Z') + ++deposited * 60_000
  const pushed = await record.push(
    {
      type,
      author,
      ...(structure === undefined ? {} : { structure }),
      labels: ['N', ...labels],
      date: new Date(date).toISOString(),
      ...(archived ? { archived } : {}),
      // The class follows from the type.
      documentChanges: { category: undefined },
    },
    depositorOf(author, structure),
  )
  const labelled: readonly string[] = labels
  model.documents.push({
    record: index,
    uniqueId: pushed.uniqueId,
    id: pushed.documentId,
    binaryId: pushed.binaryId,
    listId: pushed.listId,
    type,
    authors: [`ps:${author}`, ...(structure === undefined ? [] : [`st:${structure}`])],
    date,
    masked: labelled.includes('MASQUE_PS'),
    pending: labelled.includes('INVISIBLE_PATIENT'),
    secret: labelled.includes('INVISIBLE_REPRESENTANTS_LEGAUX'),
    archived,
    hasArchiveExtension: archived,
    status: 'current',
  })
}

function depositorOf(author: string, structure: string | undefined): Persona {
  if (structure === hospital.structureId) return hospital
  return [gp, otherGp, nurse].find(({ nationalId }) => nationalId === author) ?? hospital
}
