/** A FHIR document read as the header that a CDA has, and the authors that metadata take from either. */
import type { Bundle, DocumentReference } from '@medplum/fhirtypes'
import t from 'tap'
import { authorsOfCda } from '../../../src/dmp/cda/derive-authors.ts'
import { Contained } from '../../../src/dmp/documents/contained.ts'
import { authorsOf } from '../../../src/dmp/documents/document-authors.ts'
import { fhirFormatOf, readFhirDocument } from '../../../src/dmp/documents/fhir-document.ts'
import { practitionerOid, structureOid } from '../../../src/dmp/identity/national-identifiers.ts'
import fc from '../../support/draws.ts'
import { fhirDocument } from '../../support/lots.ts'
import { hospitalId, matricule, practitioner } from '../../support/personas.ts'

const ins = matricule(1)
const whole = (): Bundle => fhirDocument(ins, '1.2.3.4', { author: practitioner(9) })

t.test('a document says whose it is, what it is and who wrote it', async (t) => {
  const read = readFhirDocument(whole())
  if (!('header' in read)) return t.fail(JSON.stringify(read.issues))
  const { id, code, patient, authors, title, body } = read.header
  t.same(id, { root: '1.2.3.4' })
  t.same(
    [code.system, code.code, title, body.kind],
    ['http://loinc.org', '11490-0', 'Lettre de liaison', 'structured'],
  )
  t.same(patient.ins, [ins])
  t.same([patient.family, patient.gender, patient.birthDate], ['PAT-TROIS', 'female', '1979-03-28'])
  t.same(authors, [{ ids: [{ root: practitionerOid, extension: practitioner(9) }], organisations: [] }])
})

t.test('what a document must say and does not is told, each where it is missing', async (t) => {
  const at = (bundle: Bundle): string[] => {
    const read = readFhirDocument(bundle)
    return 'issues' in read ? read.issues.map(({ expression }) => expression ?? '') : []
  }
  const composition = (change: object): Bundle => {
    const [first, ...rest] = whole().entry ?? []
    return {
      ...whole(),
      entry: [{ ...first, resource: { ...first?.resource, ...change } as never }, ...rest],
    }
  }
  t.same(at(whole()), [])
  t.same(at({ ...whole(), type: 'collection' }), ['Bundle'])
  t.same(at({ ...whole(), entry: [] }), ['Bundle'])
  t.same(at({ ...whole(), identifier: { system: 'https://example.org', value: '1' } }), ['Bundle.identifier'])
  t.same(at(composition({ type: { text: 'lettre' } })), ['Bundle.entry[0].resource.type'])
  t.same(at(composition({ subject: { reference: 'urn:uuid:nowhere' } })), [
    'Bundle.entry[0].resource.subject',
  ])
  t.same(at(composition({ subject: { identifier: ins } })), [], 'a logical reference is one')
})

t.test('the format of a FHIR document by its media type', async (t) => {
  t.equal(fhirFormatOf('application/fhir+json; charset=utf-8'), 'json')
  t.equal(fhirFormatOf('application/FHIR+XML'), 'xml')
  for (const other of ['application/json', 'text/xml', '']) t.equal(fhirFormatOf(other), undefined)
})

t.test('authors of a CDA are authors of its metadata, whoever is contained already', async (t) => {
  let several = 0
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          person: fc.boolean(),
          structure: fc.boolean(),
          patient: fc.nat(3).map((n) => n === 0),
        }),
        {
          minLength: 1,
          maxLength: 4,
        },
      ),
      fc.subarray(['author', 'author-practitioner', 'author-organization', 'source-patient']),
      (drawn, taken) => {
        const read = readFhirDocument(whole())
        if (!('header' in read)) throw new Error('no header')
        const contained = new Contained(taken.map((id) => ({ resourceType: 'Device', id })))
        const header = {
          ...read.header,
          authors: drawn.map(({ person, structure, patient }, i) => ({
            ids: [
              ...(patient ? [{ root: ins.system.slice('urn:oid:'.length), extension: ins.value }] : []),
              ...(person ? [{ root: practitionerOid, extension: practitioner(i) }] : []),
            ],
            organisations: structure ? [{ root: structureOid, extension: hospitalId }] : [],
          })),
        }
        let patients = 0
        const author = authorsOfCda(
          header,
          contained,
          ({ code, system }) => ({ coding: [{ code, system }] }),
          () => {
            patients++
            return contained.add('source-patient', { resourceType: 'Patient', identifier: [{ ...ins }] })
          },
        )
        const ids = contained.resources.map(({ id }) => id)
        if (new Set(ids).size !== ids.length) throw new Error('an id twice')
        const document = { author, contained: contained.resources } as unknown as DocumentReference
        const found = authorsOf(document)
        const persons = drawn.flatMap(({ person, patient }, i) =>
          person && !patient ? [practitioner(i)] : [],
        )
        if (persons.length > 1) several++
        return (
          found.unresolved.length === 0 &&
          persons.every((id) => found.ids.includes(id)) &&
          found.ids.length === persons.length &&
          found.patient === patients > 0
        )
      },
    ),
  )
  t.ok(several > 10, 'there were several persons')
})
