/** The two readers of a DocumentScope, `holds` and `documentCondition`, see the same documents, and as many are counted (rule V7). */

import t from 'tap'
import { type DocumentScope, holds } from '../../../src/policy/document-scope.ts'
import type { SearchExpression } from '../../../src/search/search-expression.ts'
import { openDatabase } from '../../../src/storage/database.ts'
import { documentCondition } from '../../../src/storage/documents/document-condition.ts'
import { countDocuments } from '../../../src/storage/documents/search-documents.ts'
import type { NewDocument } from '../../../src/storage/documents/store-documents.ts'
import { sql } from '../../../src/storage/sql.ts'
import { testDatabase } from '../../support/database.ts'
import fc from '../../support/draws.ts'
import { documentWith, newUuid, store } from '../../support/stored-documents.ts'

// Texts that would mean something else to SQL, to LIKE or to the syntax of arrays, if they ever got there.
const types = [
  'http://loinc.org|11490-0',
  'urn:oid:1.2|a,b',
  `x|'; drop table document; --`,
  '{}|"NULL"',
  '%|_',
]
const people = ['ps:810000000001', 'ps:810000000002', 'st:1750000001', 'patient', `st:'"\\,{}`, 'NULL']

const contents = fc.record({
  type: fc.constantFrom(...types),
  masked: fc.boolean(),
  invisiblePatient: fc.boolean(),
  invisibleLegal: fc.boolean(),
  status: fc.constantFrom('current', 'current', 'superseded', 'entered-in-error'),
  archived: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, fc.constant(true)),
  authors: fc.subarray(people, { maxLength: 3 }),
})
const scopes: fc.Arbitrary<DocumentScope> = fc.record({
  types: fc.oneof(
    fc.constant('every' as const),
    fc.subarray([...types, 'unknown|type']).map((codes) => new Set(codes)),
  ),
  onlyOwn: fc.boolean(),
  masked: fc.constantFrom('none', 'own', 'all'),
  invisiblePatient: fc.boolean(),
  invisibleLegal: fc.constantFrom('hidden', 'shown', 'only'),
  withdrawn: fc.boolean(),
  self: fc.subarray(people, { maxLength: 2 }),
})

const everyDocument: SearchExpression = {
  types: ['DocumentReference'],
  criteria: [],
  sort: [],
  count: 0,
  total: 'accurate',
  summary: 'false',
  elements: [],
  includes: [],
  understood: [],
  ignored: [],
}

/** What a scope and a document are, field by field: each has to meet both answers. */
function traitsOf(scope: DocumentScope, document: NewDocument): string[] {
  const own = document.authors.some((author) => scope.self.includes(author))
  return [
    scope.types === 'every' ? 'types every' : scope.types.size === 0 ? 'types none' : 'types some',
    `onlyOwn ${scope.onlyOwn}, own ${own}`,
    `masked ${document.masked} for ${scope.masked}, own ${own}`,
    `invisiblePatient ${document.invisiblePatient} for ${scope.invisiblePatient}`,
    `invisibleLegal ${document.invisibleLegal} for ${scope.invisibleLegal}`,
    `archived ${document.archived} for ${scope.withdrawn}`,
    `status ${document.status} for ${scope.withdrawn}`,
  ]
}

/** Traits that hide whatever else holds. */
const hiding = [
  'types none',
  'onlyOwn true, own false',
  'masked true for none, own true',
  'masked true for none, own false',
  'masked true for own, own false',
  'invisiblePatient true for false',
  'invisibleLegal true for hidden',
  'invisibleLegal false for only',
  'archived true for false',
  'status superseded for false',
  'status entered-in-error for false',
]

t.test('holds-and-sql-agree: 400 scopes on 200 documents', async (t) => {
  await using test = await testDatabase()
  const db = openDatabase(test.server, (error) => t.fail(error.message))
  try {
    const patientKey = newUuid()
    const documents = fc.sample(contents, 200).map((content) => documentWith({ patientKey, ...content }))
    await store(db, documents)
    const seen = new Set<string>()
    const unseen = new Set<string>()
    await fc.assert(
      fc.asyncProperty(scopes, async (scope) => {
        const rows = await db.run<{ id: string }>(
          sql`select d.id from document d where d.patient_key = ${patientKey}::uuid and ${documentCondition(scope)}`,
        )
        const found = new Set(rows.map(({ id }) => id))
        const expected = new Set(documents.filter((document) => holds(scope, document)).map(({ id }) => id))
        for (const document of documents) {
          const side = expected.has(document.id) ? seen : unseen
          for (const trait of traitsOf(scope, document)) side.add(trait)
        }
        const total = await countDocuments(db, patientKey, scope, everyDocument)
        if (total !== expected.size) throw new Error(`${total} counted, ${expected.size} seen`)
        return found.size === expected.size && [...expected].every((id) => found.has(id))
      }),
      { numRuns: 400 },
    )
    const traits = new Set([...seen, ...unseen])
    t.ok(traits.size === 39, `not vacuous: ${traits.size} traits`)
    for (const trait of traits) {
      t.ok(unseen.has(trait), `${trait}: unseen sometimes`)
      t.equal(seen.has(trait), !hiding.includes(trait), `${trait}: seen, unless it hides`)
    }
  } finally {
    await db.close()
  }
})

t.test('a scope that sees nothing sees nothing, one that sees all sees all', async (t) => {
  await using test = await testDatabase()
  const db = openDatabase(test.server, (error) => t.fail(error.message))
  try {
    const patientKey = newUuid()
    await store(
      db,
      fc.sample(contents, 20).map((content) => documentWith({ patientKey, ...content })),
    )
    const count = async (scope: DocumentScope): Promise<number> => {
      const rows = await db.run(
        sql`select from document d where d.patient_key = ${patientKey}::uuid and ${documentCondition(scope)}`,
      )
      return rows.length
    }
    const all: DocumentScope = {
      types: 'every',
      onlyOwn: false,
      masked: 'all',
      invisiblePatient: true,
      invisibleLegal: 'shown',
      withdrawn: true,
      self: [],
    }
    t.equal(await count(all), 20)
    t.equal(await count({ ...all, types: new Set() }), 0)
    t.equal(await count({ ...all, onlyOwn: true }), 0, 'nobody is the author of nothing')
  } finally {
    await db.close()
  }
})
