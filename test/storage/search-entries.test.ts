/**
 * ITI-67 and ITI-66 against real PostgreSQL: what a document or a list is found by beyond its typed columns, from its own
 * text, by every kind of parameter; orders of several keys.
 * @see docs/decisions/0014; test/storage/documents/search-documents.test.ts (typed columns, against an oracle)
 */

import t from 'tap'
import { encodeUuid, formatResourceId, type Uuid } from '../../src/fhir/id.ts'
import type { JsonObject } from '../../src/fhir/json.ts'
import { parisTime } from '../../src/fhir/paris-time.ts'
import { documentColumns, foundBy } from '../../src/interactions/dmp/submission/document-row.ts'
import { listIndex } from '../../src/interactions/dmp/submission/list-index.ts'
import type { DocumentScope } from '../../src/policy/document-scope.ts'
import type { Position } from '../../src/search/cursor.ts'
import { buildExtraction } from '../../src/search/extraction/build-extraction.ts'
import { parseSearch } from '../../src/search/parse-search.ts'
import { canonicalCriteria } from '../../src/search/record/canonical-criteria.ts'
import { recordTypes } from '../../src/search/record/embedded-types.ts'
import { noCodes } from '../../src/search/search-codes.ts'
import type { SearchExpression } from '../../src/search/search-expression.ts'
import { type Database, openDatabase } from '../../src/storage/database.ts'
import { countDocuments, searchDocuments } from '../../src/storage/documents/search-documents.ts'
import { countLists, searchLists } from '../../src/storage/documents/search-lists.ts'
import { recordIndexers, searchCapabilities } from '../../src/wiring/search-capabilities.ts'
import { testDatabase } from '../support/database.ts'
import fc from '../support/draws.ts'
import { terminology } from '../support/profiles.ts'
import { refusalOf } from '../support/refusal-of.ts'
import { testRegistry } from '../support/registry.ts'
import { documentWith, insertDocument, insertList, newUuid, store } from '../support/stored-documents.ts'

const registry = testRegistry()
const base = 'https://dmp.example/fhir'
const extraction = buildExtraction(registry, { base, zone: parisTime }, recordTypes)
const { canonical } = terminology.systems
const engine = { extraction, indexers: recordIndexers(extraction, canonical) }
const capabilities = searchCapabilities(registry, { extraction, base, codes: noCodes })
const everything: DocumentScope = {
  types: 'every',
  onlyOwn: false,
  masked: 'all',
  invisiblePatient: true,
  invisibleLegal: 'shown',
  withdrawn: true,
  self: [],
}

async function withDatabase(work: (db: Database) => Promise<void>): Promise<void> {
  await using test = await testDatabase()
  const db = openDatabase(test.server, (error) => t.fail(error.message))
  try {
    await work(db)
  } finally {
    await db.close()
  }
}

function understand(type: 'DocumentReference' | 'List', key: Uuid, query: string): SearchExpression {
  const pairs = [...new URLSearchParams(`patient=${encodeUuid(key)}&${query}`)]
  const search = parseSearch(capabilities[type], pairs, 'strict')
  return { ...search, criteria: canonicalCriteria(search.criteria, canonical) }
}

async function refusedAs(work: Promise<unknown>): Promise<string | undefined> {
  const [settled] = await Promise.allSettled([work])
  return refusalOf(() => {
    if (settled.status === 'rejected') throw settled.reason
  })
}

const idnps = 'urn:oid:1.2.250.1.71.4.2.1'
const idnst = 'urn:oid:1.2.250.1.71.4.2.2'
const g15 = 'https://mos.esante.gouv.fr/NOS/TRE_G15-ProfessionSante/FHIR/TRE-G15-ProfessionSante'
const a02 =
  'https://mos.esante.gouv.fr/NOS/TRE_A02-ProfessionSavFaire-CISIS/FHIR/TRE-A02-ProfessionSavFaire-CISIS'
const r38 = 'https://mos.esante.gouv.fr/NOS/TRE_R38-SpecialiteOrdinale/FHIR/TRE-R38-SpecialiteOrdinale'

/** A role with its person and its structure inside; a person alone; a device and a logical reference. */
const documents: Readonly<Record<string, JsonObject>> = {
  a: {
    resourceType: 'DocumentReference',
    meta: { profile: ['https://example.org/profile|1.0'], tag: [{ system: 'http://t', code: 'x' }] },
    contained: [
      {
        resourceType: 'PractitionerRole',
        id: 'role',
        practitioner: { reference: '#person' },
        organization: { reference: '#structure' },
        code: [{ coding: [{ system: g15, code: '10' }] }],
        specialty: [{ coding: [{ system: r38, code: 'SM26' }] }],
      },
      {
        resourceType: 'Practitioner',
        id: 'person',
        identifier: [{ system: idnps, value: '810000000001' }],
        name: [{ family: 'Lefèvre-Œuvrard', given: ['Hélène', 'Anne'] }],
      },
      {
        resourceType: 'Organization',
        id: 'structure',
        identifier: [{ system: idnst, value: '1750000001' }],
        name: 'Hôpital de la Mer',
      },
    ],
    author: [{ reference: '#role' }],
    authenticator: { reference: '#person' },
    custodian: { reference: '#structure' },
    description: "Compte rendu d'hospitalisation en cardiologie",
    relatesTo: [
      { code: 'replaces', target: { reference: `DocumentReference/${'0'.repeat(26)}.${'1'.repeat(26)}` } },
    ],
    content: [
      {
        attachment: {
          contentType: 'text/xml',
          language: 'fr-FR',
          url: 'Binary/1',
          title: 'Lettre de liaison à la sortie',
        },
      },
    ],
    context: {
      related: [
        { identifier: { system: 'urn:study', value: '77' } },
        { reference: 'https://other.example/fhir/Observation/9' },
      ],
    },
  },
  b: {
    resourceType: 'DocumentReference',
    contained: [
      {
        resourceType: 'Practitioner',
        id: 'person',
        identifier: [{ system: idnps, value: '810000000002' }],
        name: [{ family: 'Martin', given: ['Paul'] }],
        qualification: [{ code: { coding: [{ system: g15, code: '60' }] } }],
      },
    ],
    author: [{ reference: '#person' }],
    description: 'Analyses',
    content: [{ attachment: { contentType: 'application/pdf', title: 'Biologie: hémogramme' } }],
    context: {
      related: [{ reference: 'Observation/9', type: 'Observation' }],
      encounter: [{ reference: 'Encounter/5' }],
    },
  },
  c: {
    resourceType: 'DocumentReference',
    contained: [
      {
        resourceType: 'PractitionerRole',
        id: 'xds',
        specialty: [
          { coding: [{ system: a02, code: 'G15_21/SM33' }] },
          { coding: [{ system: a02, code: 'G15_40' }] },
        ],
      },
    ],
    author: [
      { reference: '#xds' },
      { type: 'PractitionerRole', identifier: { system: idnps, value: '810000000003' } },
      { identifier: { system: idnps, value: '810000000004' } },
    ],
    custodian: { identifier: { system: idnst, value: '1750000009' } },
    content: [{ attachment: { contentType: 'application/pdf', language: 'en' } }],
  },
}

/** Query → the documents, in any order. */
const queries: readonly (readonly [query: string, expected: string])[] = [
  [`author.identifier=${idnps}|810000000001`, 'a'],
  ['author.identifier=810000000002', 'b'],
  ['author.identifier=810000000003', 'c'],
  ['author.identifier=810000000004', 'c'],
  [`author.identifier=${idnps}|`, 'abc'],
  ['author.identifier=810000000001,810000000002', 'ab'],
  ['author:PractitionerRole.identifier=810000000001', 'a'],
  ['author:PractitionerRole.identifier=810000000003', 'c'],
  ['author:PractitionerRole.identifier=810000000004', ''],
  ['author:Practitioner.identifier=810000000001', ''],
  ['author:identifier=810000000003', 'c'],
  ['author:identifier=810000000001', ''],
  ['author.family=lefevre', 'a'],
  ['author.family=oeuvrard', ''],
  ['author.family:contains=OEUVRARD', 'a'],
  ['author.family:exact=Lefèvre-Œuvrard', 'a'],
  ['author.family:exact=lefèvre-œuvrard', ''],
  ['author.given=ann', 'a'],
  ['author.given=Paul&author.family=Martin', 'b'],
  ['author:Practitioner.name=mart', 'b'],
  ['author:PractitionerRole.practitioner.family=lefevre', 'a'],
  ['author:PractitionerRole.practitioner:Practitioner.identifier=810000000001', 'a'],
  ['author:PractitionerRole.organization.name=hopital', 'a'],
  ['author:PractitionerRole.organization.identifier=1750000001', 'a'],
  ['author:PractitionerRole.role=10', 'a'],
  ['author:PractitionerRole.specialty=SM26', 'a'],
  ['author-profession=10', 'a'],
  [`author-profession=${g15}|60`, 'b'],
  ['author-profession=urn:oid:1.2.250.1.71.1.2.7|10', 'a'],
  ['author-profession:not=10', 'bc'],
  ['author-speciality=SM26', 'a'],
  [`author-profession=${g15}|21`, 'c'],
  ['author-profession=40', 'c'],
  [`author-speciality=${r38}|SM33`, 'c'],
  [`author-speciality=${a02}|G15_21/SM33`, 'c'],
  ['author-speciality:missing=true', ''],
  ['author=Practitioner/1', ''],
  ['author:missing=false', 'abc'],
  ['authenticator:missing=true', 'bc'],
  ['authenticator.family=lefevre', 'a'],
  ['custodian.name=hopital', 'a'],
  ['custodian.identifier=1750000009', 'c'],
  ['custodian:identifier=1750000009', 'c'],
  ['contenttype=application/pdf', 'bc'],
  ['contenttype:not=application/pdf', 'a'],
  ['language=fr-FR', 'a'],
  ['language:missing=true', 'b'],
  ['location=Binary/1', 'a'],
  ['description=compte', 'a'],
  ['description=rendu', ''],
  ['description:contains=rendu d hospitalisation', 'a'],
  ['description:exact=Analyses', 'b'],
  ['description:missing=true', 'c'],
  ['related:identifier=urn:study|77', 'a'],
  ['related=https://other.example/fhir/Observation/9', 'a'],
  ['related=Observation/9', 'b'],
  ['related=9', 'b'],
  [`related=${base}/Observation/9`, 'b'],
  [`relatesto=DocumentReference/${'0'.repeat(26)}.${'1'.repeat(26)}`, 'a'],
  [`relatesto=${'0'.repeat(26)}.${'1'.repeat(26)}`, 'a'],
  ['relatesto:missing=true', 'bc'],
  ['relation=replaces', 'a'],
  ['encounter=5', 'b'],
  ['encounter=Encounter/5', 'b'],
  ['_tag=http://t|x', 'a'],
  ['_profile=https://example.org/profile', 'a'],
  ['_profile=https://example.org/profile|1.0', 'a'],
  ['_profile=https://example.org/profile|2.0', ''],
  ['_source:missing=true', 'abc'],
  ['targetCommunityIdList=urn:oid:1.2.3', ''],
  // Words: forms, accents, beginnings, all of them; and no operators.
  ['mots=hospitalisé', 'a'],
  ['mots=Cardio', 'a'],
  ['mots=lettres liaisons', 'a'],
  ['mots=comptes rendus', 'a'],
  ['mots=rendas', ''],
  ['mots=hemogramme', 'b'],
  ['mots=cardiologie hémogramme', ''],
  ['mots=cardiologie,hémogramme', 'ab'],
  ['mots=cardio&mots=sortie', 'a'],
  ['mots=de', 'a'],
  ["mots=l'hémogramme", 'b'],
  ['mots=D’hémogramme', 'b'],
  ["mots=résultats qu'hémogramme", ''],
  ["mots=aujourd'hui", ''],
  ['mots=cardio | hemogramme', ''],
  ['mots=!cardio', 'a'],
  ["mots=cardio'", 'a'],
  ['mots=<>', ''],
  // What is a column.
  ['status=http://hl7.org/fhir/document-reference-status|current', 'abc'],
  ['status=http://hl7.org/fhir/document-reference-status|', 'abc'],
  ['status=http://hl7.org/fhir/list-status|current', ''],
  ['status:not=http://other.example|current', 'abc'],
  ['isArchived=http://other.example|false', ''],
  ['isArchived=|false', 'abc'],
  ['category:missing=true', 'abc'],
  ['period:missing=true', 'abc'],
]

const refused: readonly (readonly [query: string, error: string])[] = [
  ['author.foo=1', 'parametre-inconnu'],
  ['related.identifier=1', 'modificateur-non-pris-en-charge'],
  ['relatesto.identifier=1', 'modificateur-non-pris-en-charge'],
  ['author:Group.identifier=1', 'modificateur-non-pris-en-charge'],
  ['author.identifier:missing=true', 'modificateur-non-pris-en-charge'],
  ['relationship=a$b', 'parametre-non-pris-en-charge'],
  ['_content=a', 'parametre-non-pris-en-charge'],
  ['_text=a', 'parametre-non-pris-en-charge'],
  ['_filter=a', 'parametre-non-pris-en-charge'],
  ['status:missing=true', 'modificateur-non-pris-en-charge'],
  ['mots:exact=a', 'modificateur-non-pris-en-charge'],
  ['mots=,', 'parametre-invalide'],
  ['_sort=author', 'parametre-invalide'],
  ['_sort=date,type,period,creation', 'parametre-invalide'],
  ['_sort=date,-date', 'parametre-invalide'],
  ['_include=*', 'parametre-non-pris-en-charge'],
  ['_include=DocumentReference:author', 'parametre-invalide'],
  ['_has:DocumentReference:author:_id=1', 'parametre-non-pris-en-charge'],
  ['_has:List:item:patient=1', 'parametre-non-pris-en-charge'],
  ['_has:List:item:code=folder', 'parametre-non-pris-en-charge'],
  ['type:in=http://unknown', 'parametre-invalide'],
]

t.test('a document is found by what its text says, and by nothing else', async (t) => {
  await withDatabase(async (db) => {
    const key = newUuid()
    const names = new Map<string, string>()
    for (const [name, json] of Object.entries(documents)) {
      const id = newUuid()
      names.set(id, name)
      const columns = documentColumns(extraction, json, 'http://loinc.org|1', 0, canonical)
      const row = documentWith({ ...columns, ...foundBy(engine, json), patientKey: key, id })
      await insertDocument(db, row)
    }
    for (const [query, expected] of queries) {
      const search = understand('DocumentReference', key, query.replaceAll('+', '%2B'))
      const { entries } = await searchDocuments(db, key, everything, search, undefined)
      const found = entries.map(({ id }) => names.get(id) ?? '?').sort()
      t.equal(found.join(''), expected, query)
      t.equal(await countDocuments(db, key, everything, search), expected.length, `${query}: counted`)
    }
    for (const [query, error] of refused) {
      t.equal(
        refusalOf(() => understand('DocumentReference', key, query)),
        `400 ${error}`,
        query,
      )
    }
    const many = understand('DocumentReference', key, `mots=${'mot '.repeat(13).trim()}`)
    t.equal(await refusedAs(searchDocuments(db, key, everything, many, undefined)), '400 trop-long')
  })
})

t.test('what a document is found by is bounded, and what refers to itself ends', (t) => {
  const identifier = Array.from({ length: 1_001 }, (_, i) => ({ system: 'a', value: String(i) }))
  const person = { resourceType: 'Practitioner', id: 'p', identifier }
  const bloated = { resourceType: 'DocumentReference', contained: [person], author: [{ reference: '#p' }] }
  t.equal(
    refusalOf(() => engine.indexers.DocumentReference(bloated)),
    '413 trop-long',
  )
  const role = {
    resourceType: 'PractitionerRole',
    id: 'r',
    practitioner: { reference: '#r' },
    organization: { reference: '#r' },
  }
  const { tokens } = engine.indexers.DocumentReference({
    resourceType: 'DocumentReference',
    contained: [role],
    author: [{ reference: '#r' }],
  })
  t.ok(tokens.length > 0)
  t.end()
})

const mhd = 'https://profiles.ihe.net/ITI/MHD'
const listCode = (code: string, system = `${mhd}/CodeSystem/MHDlistTypes`) => ({ coding: [{ system, code }] })

t.test('ITI-66: sets are found by what they say', async (t) => {
  await withDatabase(async (db) => {
    const key = newUuid()
    const document = newUuid()
    await store(db, [documentWith({ patientKey: key, id: document })])
    const lists: Readonly<Record<string, JsonObject>> = {
      a: {
        resourceType: 'List',
        status: 'current',
        code: listCode('submissionset'),
        title: 'Sortie',
        date: '2026-05-01',
        identifier: [{ system: 'urn:ietf:rfc:3986', value: 'urn:oid:1.2' }],
        contained: [
          { resourceType: 'Patient', id: 'p', name: [{ family: 'Durand', given: ['Zoé'] }] },
          { resourceType: 'Organization', id: 'o', name: 'Clinique' },
        ],
        source: {
          reference: '#p',
          extension: [
            { url: `${mhd}/StructureDefinition/ihe-authorOrg`, valueReference: { reference: '#o' } },
          ],
        },
        extension: [
          {
            url: `${mhd}/StructureDefinition/ihe-designationType`,
            valueCodeableConcept: { coding: [{ system: 'd', code: '03' }] },
          },
          { url: `${mhd}/StructureDefinition/ihe-sourceId`, valueIdentifier: { system: 's', value: '9' } },
        ],
        entry: [
          { item: { reference: `DocumentReference/${formatResourceId({ patientKey: key, id: document })}` } },
        ],
      },
      b: {
        resourceType: 'List',
        status: 'current',
        code: listCode('submissionset', 'http://profiles.ihe.net/ITI/MHD/CodeSystem/MHDlistTypes'),
        date: '2026-06-01T10:00:00+02:00',
        extension: [
          {
            url: 'https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-ext-is-archived',
            valueBoolean: true,
          },
        ],
        entry: [
          { item: { reference: `DocumentReference/${formatResourceId({ patientKey: key, id: document })}` } },
        ],
      },
      // Of something that is no document of this record: seen by nobody.
      x: {
        resourceType: 'List',
        status: 'current',
        code: listCode('submissionset'),
        entry: [{ item: { reference: 'Observation/1' } }],
      },
      y: { resourceType: 'List', status: 'current', code: listCode('submissionset') },
    }
    const names = new Map<string, string>()
    for (const [name, json] of Object.entries(lists)) {
      const list = {
        patientKey: key,
        id: newUuid(),
        lastUpdated: Date.parse('2026-07-01'),
        body: JSON.stringify(json),
      }
      names.set(list.id, name)
      await db.transaction((tx) => insertList(tx, { ...list, index: listIndex(engine, list) }))
    }
    const place = formatResourceId({ patientKey: key, id: document })
    const queries: readonly (readonly [string, string])[] = [
      ['', 'ba'],
      ['_sort=date', 'ab'],
      [`code=${mhd}/CodeSystem/MHDlistTypes|submissionset`, 'ba'],
      ['code=http://profiles.ihe.net/ITI/MHD/CodeSystem/MHDlistTypes|submissionset', 'ba'],
      ['code=folder', ''],
      ['status=current', 'ba'],
      ['title=sort', 'a'],
      ['title:missing=true', 'b'],
      ['date=2026-05', 'a'],
      ['date=ge2026-05-02', 'b'],
      ['identifier=urn:oid:1.2', 'a'],
      ['designationType=03', 'a'],
      ['sourceId=s|9', 'a'],
      ['source.family=durand', 'a'],
      ['source.given:exact=Zoé', 'a'],
      ['source:Patient.given:contains=o', 'a'],
      ['source:PractitionerRole.given=Zoé', ''],
      ['authorOrg.name=clinique', 'a'],
      ['authorOrg:missing=true', 'b'],
      ['isArchived=true', 'b'],
      ['isArchived=false', 'a'],
      [`item=DocumentReference/${place}`, 'ba'],
      [`item=${place}`, 'ba'],
      [`item=DocumentReference/${formatResourceId({ patientKey: key, id: newUuid() })}`, ''],
      ['item=List/1', ''],
      ['_lastUpdated=ge2026-08', ''],
      ['notes:missing=true', 'ba'],
    ]
    for (const [query, expected] of queries) {
      const search = understand('List', key, query)
      const { entries } = await searchLists(db, key, everything, search, undefined)
      t.equal(entries.map(({ id }) => names.get(id)).join(''), expected, query)
      t.equal(await countLists(db, key, everything, search), expected.length, `${query}: counted`)
    }
    const nobody = { ...everything, onlyOwn: true }
    t.same((await searchLists(db, key, nobody, understand('List', key, ''), undefined)).entries, [])
  })
})

t.test('property: pages of several keys, some of them absent, lose and repeat nothing', async (t) => {
  await withDatabase(async (db) => {
    const keys = ['date', '_lastUpdated', 'creation', 'period', 'period-start', 'type', 'status'] as const
    const at = fc.integer({ min: 0, max: 3 }).map((n) => 1_700_000_000_000 + n * 1000)
    const range = fc.option(
      fc.oneof(
        at.map((start) => ({ start, end: start + 1 })),
        at.map((end) => ({ start: Number.NEGATIVE_INFINITY, end })),
      ),
      { nil: undefined },
    )
    const document = fc.record({
      date: at,
      lastUpdated: at,
      creation: range,
      period: range,
      periodStart: range,
      type: fc.constantFrom('http://l|a', 'http://l|b'),
      status: fc.constantFrom('current', 'superseded'),
    })
    const sorts = fc
      .uniqueArray(fc.constantFrom(...keys), { minLength: 1, maxLength: 3 })
      .chain((names) =>
        fc.tuple(...names.map((name) => fc.boolean().map((down) => (down ? `-${name}` : name)))),
      )
    let pages = 0
    let nulls = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(document, { minLength: 1, maxLength: 12 }),
        sorts,
        fc.integer({ min: 1, max: 4 }),
        async (made, sort, count) => {
          const key = newUuid()
          const rows = made.map((given) => documentWith({ ...given, patientKey: key, id: newUuid() }))
          nulls += rows.filter(({ period }) => period === undefined).length
          await store(db, rows)
          const search = {
            ...understand(
              'DocumentReference',
              key,
              `_sort=${sort.join(',')}&status=current,superseded&isArchived=true,false`,
            ),
            count,
          }
          const got: Uuid[] = []
          let after: Position | undefined
          for (;;) {
            const page = await searchDocuments(db, key, everything, search, after)
            got.push(...page.entries.map(({ id }) => id))
            pages++
            if (!page.next) break
            after = page.next
          }
          const value = (row: (typeof rows)[number], name: string): number | string | undefined => {
            switch (name) {
              case 'date':
                return row.date
              case '_lastUpdated':
                return row.lastUpdated
              case 'creation':
                return row.creation?.start
              case 'period':
                return row.period?.start
              case 'period-start':
                return row.periodStart?.start
              default:
                return name === 'type' ? row.type : row.status
            }
          }
          const first = sort[0]?.startsWith('-') ? -1 : 1
          const expected = [...rows].sort((a, b) => {
            for (const each of sort) {
              const down = each.startsWith('-')
              const name = down ? each.slice(1) : each
              const [x, y] = [value(a, name), value(b, name)]
              if (x === y) continue
              if (x === undefined) return 1
              if (y === undefined) return -1
              return (x < y ? -1 : 1) * (down ? -1 : 1)
            }
            return (a.id < b.id ? -1 : 1) * first
          })
          return got.join() === expected.map(({ id }) => id).join()
        },
      ),
      { numRuns: 60 },
    )
    t.ok(pages > 100 && nulls > 30, `not vacuous: ${pages} pages, ${nulls} without a period`)
  })
})
