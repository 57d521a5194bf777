/** The made-up records of the DMP: the same for the same seed, as many as asked for, and each document what it says it is. */
import assert from 'node:assert/strict'
import t from 'tap'
import { checkCdaAgainstMetadata } from '../../src/dmp/cda/cda-check.ts'
import { parseCda } from '../../src/dmp/cda/parse-cda.ts'
import { buildTerminology } from '../../src/dmp/codes/terminology.ts'
import { checkTypeAndClass } from '../../src/dmp/documents/document-type-check.ts'
import { readIns } from '../../src/dmp/identity/ins.ts'
import { isPractitionerId, isStructureId } from '../../src/dmp/identity/national-identifiers.ts'
import type { SeededDocument } from '../../src/population/dmp/document.ts'
import { documentKinds } from '../../src/population/dmp/document-kinds.ts'
import { documentReferenceOf } from '../../src/population/dmp/document-reference.ts'
import { bodyOf, nextDocument, type Records, recordOf } from '../../src/population/dmp/records.ts'
import { validate } from '../../src/validation/validate.ts'
import fc from '../support/draws.ts'
import { profiles } from '../support/profiles.ts'
import { testRegistry } from '../support/registry.ts'

const registry = testRegistry()
const terminology = buildTerminology(profiles)
const records: Records = { seed: 7, patients: 40, documents: 600, medianSize: 9_000 }

function all(of: Records): SeededDocument[] {
  return Array.from({ length: of.patients }, (_, number) => recordOf(of, number)).flatMap((record) =>
    Array.from({ length: record.documents }, (_, ordinal) => nextDocument(of, record, ordinal)),
  )
}

t.test('the same seed makes the same documents, another seed others', async (t) => {
  // As text: to find out where large values differ takes tap minutes.
  t.equal(JSON.stringify(all(records)), JSON.stringify(all(records)))
  t.ok(JSON.stringify(all(records)) !== JSON.stringify(all({ ...records, seed: 8 })))
})

t.test('there are exactly as many documents as asked for, whatever the numbers', async () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 300 }),
      fc.integer({ min: 0, max: 5_000 }),
      (patients, documents) => {
        const of = { ...records, patients, documents }
        let sum = 0
        for (let number = 0; number < patients; number++) sum += recordOf(of, number).documents
        assert.equal(sum, documents)
      },
    ),
    { numRuns: 50 },
  )
})

t.test('the weights of the kinds add up to a hundred, and all kinds and forms occur', async (t) => {
  t.equal(
    documentKinds.reduce((sum, { weight }) => sum + weight, 0),
    100,
  )
  const made = all({ ...records, documents: 3_000 })
  t.equal(new Set(made.map(({ kind }) => kind)).size, documentKinds.length)
  t.equal(new Set(made.map(({ form }) => form)).size, 3)
  const biology = made.filter(({ kind }) => kind.type[1] === '11502-2').length
  t.ok(Math.abs(biology / made.length - 0.41) < 0.04, `biology is ${biology} of ${made.length}`)
})

t.test('identifiers have the right keys, and no two documents one uniqueId', async (t) => {
  const made = all(records)
  for (const { author, traits, insOid } of made) {
    t.ok(isPractitionerId(author.id), author.id)
    t.ok(isStructureId(author.structure.id), author.structure.id)
    t.ok('ins' in readIns({ system: `urn:oid:${insOid}`, value: traits.matricule }, true, 'Patient'))
  }
  t.equal(new Set(made.map(({ oid }) => oid)).size, made.length)
})

t.test(
  'metadata are valid FHIR, of a class that goes with the type, and agree with the header of their CDA',
  async (t) => {
    let [cdas, pdfs] = [0, 0]
    for (const document of all(records).slice(0, 200)) {
      const resource = documentReferenceOf(document, 'Patient/x')
      const metadata = { ...resource } as never
      t.same(checkTypeAndClass(metadata, terminology.documentTypes), [])
      const body = bodyOf(document)
      if (document.form === 'pdf') {
        pdfs++
        t.same(faultsOfPdf(body), [])
        continue
      }
      cdas++
      const parsed = parseCda(Buffer.from(body))
      if (!('header' in parsed)) {
        t.fail(`${document.kind.type[1]} cannot be read: ${JSON.stringify(parsed.fault)}`)
        continue
      }
      const { traits, insOid } = document
      const recordIns = [{ system: `urn:oid:${insOid}`, value: traits.matricule }]
      const recordTraits = { family: traits.family, gender: traits.gender, birthDate: traits.birthDate }
      t.same(
        checkCdaAgainstMetadata(parsed.header, metadata, {
          recordIns,
          recordTraits,
          systems: terminology.systems,
        }),
        [],
      )
      t.equal(parsed.header.authors[0]?.code?.code, document.author.kind.code)
    }
    t.ok(cdas > 20 && pdfs > 20, `${cdas} CDA, ${pdfs} PDF`)
  },
)

t.test('metadata pass the validation of FHIR itself', async (t) => {
  for (const document of all(records).slice(0, 50)) {
    const resource = documentReferenceOf(document, 'Patient/x')
    const content = [
      {
        ...(resource.content as readonly object[])[0],
        attachment: { contentType: 'text/xml', url: 'Binary/x' },
      },
    ]
    t.same(validate({ ...resource, content } as never, registry), [])
  }
})

/** What of its table does not lead to the object it names. */
function faultsOfPdf(body: string): string[] {
  const start = Number(/startxref\n(\d+)\n/.exec(body)?.[1])
  const offsets = [...body.slice(start).matchAll(/^(\d{10}) 00000 n $/gm)].map(([, offset]) => Number(offset))
  if (!body.startsWith('xref', start) || offsets.length < 5) return ['no table']
  return offsets.flatMap((offset, i) =>
    body.startsWith(`${i + 1} 0 obj`, offset) ? [] : [`object ${i + 1}`],
  )
}
