/**
 * ITI-67 over HTTP: every parameter, modifier and prefix, what a search leaves out by default, pages that lose and repeat
 * nothing while documents arrive, and links that tell the truth.
 * @see https://profiles.ihe.net/ITI/MHD/ITI-67.html; https://hl7.org/fhir/R4/search.html; docs/policy.md D4, D9, I4
 */
import type { Bundle, DocumentReference } from '@medplum/fhirtypes'
import tap from 'tap'
import type { TestApp } from '../support/app.ts'
import type { DocumentParts } from '../support/builders.ts'
import fc from '../support/draws.ts'
import { type Received, resourceOf, verdict } from '../support/http-client.ts'
import { oneServer } from '../support/one-server.ts'
import { gp, nurse, otherGp, practitioner } from '../support/personas.ts'
import { byIns, foundDocuments, openTestRecord, type TestRecord } from '../support/record.ts'

const { testApp, matricule } = oneServer()

const setting = 'https://mos.esante.gouv.fr/NOS/TRE_A01-CadreExercice/FHIR/TRE-A01-CadreExercice'
const facility = 'https://mos.esante.gouv.fr/NOS/TRE_R02-SecteurActivite/FHIR/TRE-R02-SecteurActivite'
const classes = 'https://mos.esante.gouv.fr/NOS/TRE_A03-ClasseDocument/FHIR/TRE-A03-ClasseDocument'
const act = 'http://terminology.hl7.org/CodeSystem/v3-ActCode'

const concept = (system: string, code: string) => ({ coding: [{ system, code }] })

/** What a profile wants of every document, and what this one has. */
const context = (own: DocumentReference['context']): DocumentReference['context'] => ({
  period: { start: '2026-09-15T08:00:00+02:00', end: '2026-09-18T10:30:00+02:00' },
  facilityType: concept(facility, 'SA01'),
  practiceSetting: concept(setting, 'ETABLISSEMENT'),
  sourcePatientInfo: { reference: '#source' },
  ...own,
})

/** Three documents that differ in everything that can be searched. */
const samples: Readonly<Record<'a' | 'b' | 'c', Partial<DocumentParts>>> = {
  a: {
    uniqueId: '1.2.250.1.999.77.1',
    type: '11490-0',
    classCode: '10',
    date: '2026-01-10T10:00:00+01:00',
    documentChanges: {
      context: context({
        event: [concept(act, 'IMP')],
        facilityType: concept(facility, 'SA01'),
        practiceSetting: concept(setting, 'ETABLISSEMENT'),
        period: { start: '2026-01-05T08:00:00+01:00', end: '2026-01-09T18:00:00+01:00' },
      }),
    },
  },
  b: {
    uniqueId: '1.2.250.1.999.77.2',
    type: '11369-6',
    classCode: '52',
    date: '2026-02-10T10:00:00+01:00',
    labels: ['N', 'INVISIBLE_PATIENT'],
    documentChanges: {
      context: context({
        event: [concept(act, 'AMB'), concept(act, 'FLD')],
        facilityType: concept(facility, 'SA07'),
        practiceSetting: concept(setting, 'AMBULATOIRE'),
        period: { start: '2026-02-10T09:00:00+01:00', end: '2026-02-10T09:30:00+01:00' },
      }),
    },
  },
  c: {
    uniqueId: '1.2.250.1.999.77.3',
    type: '11490-0',
    classCode: '10',
    date: '2026-03-10T10:00:00+01:00',
    documentChanges: {
      context: context({
        period: { start: '2026-03-01', end: '2026-03-10' },
        practiceSetting: concept(setting, 'SAD'),
      }),
    },
  },
}

/** Query → the documents found, newest first. */
const queries: readonly (readonly [query: string, expected: string])[] = [
  ['', 'cba'],
  // Tokens, with their system, without, with no code, alternatives, and all of several
  ['type=11490-0', 'ca'],
  ['type=http://loinc.org|11369-6', 'b'],
  ['type=http://loinc.org|', 'cba'],
  ['type=http://other.org|11490-0', ''],
  ['type=|11490-0', ''],
  ['type=11490-0,11369-6', 'cba'],
  ['type=11490-0&type=11369-6', ''],
  ['type:not=11490-0', 'b'],
  ['type=11490', ''],
  ['type=1149%25', ''],
  ['type=11490_0', ''],
  ['category=52', 'b'],
  [`category=${classes}|10`, 'ca'],
  ['category:not=10', 'b'],
  ['setting=ETABLISSEMENT', 'a'],
  [`setting=${setting}|AMBULATOIRE`, 'b'],
  ['facility=SA07', 'b'],
  ['facility:not=SA07', 'ca'],
  ['event=FLD', 'b'],
  [`event=${act}|AMB,${act}|IMP`, 'ba'],
  ['format=urn:asip:ci-sis:ldl-ses:2017', 'cba'],
  ['security-label=INVISIBLE_PATIENT', 'b'],
  ['security-label:not=INVISIBLE_PATIENT', 'ca'],
  ['security-label=N', 'cba'],
  ['identifier=urn:oid:1.2.250.1.999.77.2', 'b'],
  ['identifier=urn:ietf:rfc:3986|urn:oid:1.2.250.1.999.77.3', 'c'],
  ['status=current', 'cba'],
  ['status=superseded', ''],
  ['status=current,superseded', 'cba'],
  ['status=http://hl7.org/fhir/document-reference-status|current', 'cba'],
  ['status:not=superseded', 'cba'],
  ['isArchived=false', 'cba'],
  ['isArchived=true', ''],
  // Dates, with every prefix
  ['date=2026-02-10', 'b'],
  ['date=2026-02', 'b'],
  ['date=2026', 'cba'],
  ['date=eq2026-02-10T10:00:00%2B01:00', 'b'],
  ['date=2026-02-10T10:00:00+01:00', 'b'],
  ['date=ne2026-02-10', 'ca'],
  ['date=ge2026-02-10', 'cb'],
  ['date=gt2026-02-10', 'c'],
  ['date=gt2026-02-09', 'cb'],
  ['date=le2026-02-10', 'ba'],
  ['date=lt2026-02-10', 'a'],
  ['date=sa2026-02-10', 'c'],
  ['date=eb2026-02-10', 'a'],
  ['date=ap2026-02-10', 'b'],
  ['date=ge2026-02-01&date=lt2026-03-01', 'b'],
  ['date=2026-01-10,2026-03-10', 'ca'],
  ['creation=2026-09-18', 'cba'],
  ['creation=lt2026-09-18', ''],
  ['period=2026-01', 'a'],
  ['period=ge2026-02-10', 'cb'],
  ['period=eb2026-02-10', 'a'],
  ['period-start=2026-03-01', 'c'],
  ['period-end=lt2026-03-01', 'ba'],
  ['_lastUpdated=gt2026-01-01', 'cba'],
  ['_lastUpdated=lt2026-01-01', ''],
  // Order
  ['_sort=-date', 'cba'],
  ['_sort=date', 'abc'],
  ['_sort=_lastUpdated', 'abc'],
  ['_sort=-_lastUpdated', 'cba'],
  ['_sort=type,date', 'bac'],
  ['_sort=-type,-date', 'cab'],
  ['_sort=period', 'abc'],
  ['_sort=creation,-period', 'cba'],
  // What lies among the entries, over HTTP (test/storage/search-entries.test.ts has them all)
  [`author.identifier=${practitioner(9)}`, 'cba'],
  [`author.identifier=${practitioner(8)}`, ''],
  ['type:missing=true', ''],
  ['mots=liaison', 'cba'],
  ['mots=sortie', ''],
  ['contenttype=text/xml', 'cba'],
  ['custodian:missing=true', ''],
]

const UNKNOWN_PARAMETER = '400 not-supported parametre-inconnu'
const formOnly = { 'content-type': 'application/x-www-form-urlencoded' }
const BAD = '400 value parametre-invalide'
const MODIFIER = '400 not-supported modificateur-non-pris-en-charge'
const CURSOR = '400 invalid curseur-invalide'

/** What is not understood is refused: a search half understood would show too much or too little. */
const refused: readonly (readonly [query: string, expected: string])[] = [
  ['foo=1', UNKNOWN_PARAMETER],
  ['foo=1&bar=2', `${UNKNOWN_PARAMETER}\n${UNKNOWN_PARAMETER}`],
  ['type:text=a', MODIFIER],
  ['status:missing=true', MODIFIER],
  ['date:not=2026', MODIFIER],
  ['type=', BAD],
  ['type=a|b|c', BAD],
  ['date=hier', BAD],
  ['date=2026-13-01', BAD],
  ['date=xx2026-01-01', BAD],
  ['_count=-1', BAD],
  ['_count=a', BAD],
  ['_total=guess', BAD],
  ['_sort=author', BAD],
  ['_sort=date,type,period,creation', BAD],
  ['_summary=all', BAD],
  ['_elements=nothing', BAD],
  ['_include:iterate=DocumentReference:relatesto', '400 not-supported parametre-non-pris-en-charge'],
  ['_cursor=abc', CURSOR],
  ['_cursor=1~2~3', CURSOR],
]

async function recordOfThree(app: TestApp): Promise<{ record: TestRecord; names: Map<string, string> }> {
  const record = await openTestRecord(app, matricule(1))
  for (const who of [gp, otherGp]) await record.choose('autorisation', who.nationalId ?? '')
  const names = new Map<string, string>()
  for (const [name, parts] of Object.entries(samples)) {
    names.set((await record.push(parts)).documentId, name)
    // `_sort=_lastUpdated` is told apart by milliseconds.
    app.advance(10)
  }
  return { record, names }
}

function linkOf(bundle: Bundle, wanted: string): string | undefined {
  return bundle.link?.find(({ relation }) => relation === wanted)?.url
}

const idsOf = (received: Received): string[] => foundDocuments(received).map(({ id = '' }) => id)

tap.test('each parameter finds what it says, in the order asked; self finds the same again', async (t) => {
  await using app = await testApp()
  const { record, names } = await recordOfThree(app)
  const spell = (received: Received): string =>
    idsOf(received)
      .map((id) => names.get(id) ?? '?')
      .join('')
  for (const [query, expected] of queries) {
    const answer = await app.as(gp).get(`/DocumentReference?patient=${record.id}&${query}`)
    t.equal(spell(answer), expected, query || 'no parameter')
    const self = linkOf(resourceOf(answer, 'Bundle'), 'self') ?? ''
    t.equal(spell(await app.as(gp).get(self)), expected, `self of ${query}`)
  }
  for (const [query, expected] of refused) {
    const answer = await app.as(gp).get(`/DocumentReference?patient=${record.id}&${query}`)
    t.equal(verdict(answer), expected, query)
  }
})

tap.test('a search names one patient, in any of the ways FHIR has', async (t) => {
  await using app = await testApp()
  const { record } = await recordOfThree(app)
  const ins = encodeURIComponent(`${record.ins.system}|${record.ins.value}`)
  const ways = [
    `patient=${record.id}`,
    `patient=Patient/${record.id}`,
    `patient=${encodeURIComponent(`${app.base}/Patient/${record.id}`)}`,
    `subject=Patient/${record.id}`,
    `patient:Patient=${record.id}`,
    `subject:Patient=${record.id}`,
    `patient.identifier=${ins}`,
    `patient:identifier=${ins}`,
    `patient:Patient.identifier=${ins}`,
    `subject.identifier=${ins}`,
  ]
  for (const way of ways) {
    const answer = await app.as(gp).get(`/DocumentReference?${way}`)
    t.equal(idsOf(answer).length, 3, way)
    const bundle = resourceOf(answer, 'Bundle')
    t.notMatch(JSON.stringify(bundle.link), record.ins.value, 'no matricule in a link (I4)')
    t.ok(linkOf(bundle, 'self')?.startsWith(`${app.base}/DocumentReference?patient=${record.id}`))
  }
  const wrong: readonly (readonly [string, string])[] = [
    ['', '400 required patient-requis'],
    ['type=11490-0', '400 required patient-requis'],
    [`patient=${record.id}&patient=${record.id}`, BAD],
    ['patient.identifier=123', BAD],
    [
      `patient.identifier=${encodeURIComponent('urn:oid:1.2.3|123')}`,
      '422 value ins-systeme I1 @ patient.identifier.system',
    ],
    [
      `patient.identifier=${encodeURIComponent(`${record.ins.system}|123`)}`,
      '422 value ins-cle I1 @ patient.identifier.value',
    ],
    ['patient=0000', '404 not-found inconnu'],
    [byIns(matricule(404)), '404 not-found inconnu'],
  ]
  for (const [query, expected] of wrong) {
    const answer = await app.as(gp).get(`/DocumentReference?${query}`)
    t.equal(verdict(answer), expected, query)
    t.notMatch(answer.text, record.ins.value)
  }
})

tap.test('superseded and archived documents are left out unless asked for (D4)', async (t) => {
  await using app = await testApp()
  const { record } = await recordOfThree(app)
  const { documentId: archived } = await record.push({ archived: true })
  const { documentId: old } = await record.push()
  // Replacing comes later; what it leaves behind is put there by hand.
  await app.query(
    `update document set status = 'superseded' where id = (
       select b.id from business_identifier b join document d using (patient_key, id)
       where d.body like $1)`,
    [`%${old}%`],
  )
  const search = async (query: string): Promise<string[]> =>
    idsOf(await app.as(gp).get(`/DocumentReference?patient=${record.id}${query}`))
  t.equal((await search('')).length, 3)
  t.same(await search('&isArchived=true'), [archived])
  t.same(await search('&status=superseded'), [old])
  t.equal((await search('&status=current,superseded&isArchived=true,false')).length, 5)
  t.equal(verdict(await app.as(gp).get(`/DocumentReference/${archived}`)), '200', 'still readable')
})

tap.test('strict and lenient, _count, _total, POST _search, ignored is told', async (t) => {
  await using app = await testApp()
  const { record } = await recordOfThree(app)
  const path = `/DocumentReference?patient=${record.id}`
  const client = app.as(gp)
  const lenient = await client.get(`${path}&foo=1&bar=a`, { prefer: 'handling=lenient' })
  t.equal(idsOf(lenient).length, 3)
  const bundle = resourceOf(lenient, 'Bundle')
  t.notMatch(linkOf(bundle, 'self'), /foo|bar/, 'self says what was understood')
  const outcome = bundle.entry?.find(({ search }) => search?.mode === 'outcome')?.resource
  t.equal(outcome?.resourceType === 'OperationOutcome' && outcome.issue.length, 2)
  t.match(
    verdict(await client.get(`${path}&type:text=a`, { prefer: 'handling=lenient' })),
    'modificateur-non-pris-en-charge',
    'nor is a modifier that is not supported',
  )
  t.equal(
    verdict(await client.get(`${path}&date=hier`, { prefer: 'handling=lenient' })),
    BAD,
    'a wrong value is never left out: it would widen the answer',
  )
  t.equal(
    verdict(await client.get(`${path}&_has:List:item:code=folder`, { prefer: 'handling=lenient' })),
    '400 not-supported parametre-non-pris-en-charge',
    'nor what is known and not answered',
  )
  t.equal(verdict(await client.get(`${path}&foo=1`, { prefer: 'handling=strict' })), UNKNOWN_PARAMETER)
  for (const prefer of ['handling="lenient"', 'return=minimal, Handling = lenient'])
    t.equal(idsOf(await client.get(`${path}&foo=1`, { prefer })).length, 3, `${prefer} (RFC 7240)`)

  const counted = resourceOf(await client.get(`${path}&_total=accurate&_count=0`), 'Bundle')
  t.same([counted.total, counted.entry, linkOf(counted, 'next')], [3, undefined, undefined])
  t.equal(resourceOf(await client.get(path), 'Bundle').total, 3, 'as PDSm and MHD want it')
  t.equal(resourceOf(await client.get(`${path}&_total=none`), 'Bundle').total, undefined)
  const summary = resourceOf(await client.get(`${path}&_summary=count`), 'Bundle')
  t.same([summary.total, summary.entry], [3, undefined])
  // A page of none says how many, of whatever is searched (https://hl7.org/fhir/R4/search.html#count).
  for (const type of [
    'DocumentReference',
    'List',
    'Provenance',
    'Consent',
    'CareTeam',
    'Communication',
    'Appointment',
  ]) {
    const of = (query: string) => app.as(record.holder).get(`/${type}?patient=${record.id}${query}`)
    const none = resourceOf(await of('&_count=0'), 'Bundle')
    t.same([none.total, none.entry], [resourceOf(await of(''), 'Bundle').entry?.length ?? 0, undefined], type)
  }
  const [part] = foundDocuments(await client.get(`${path}&_elements=date&_count=1`))
  t.ok(part?.date && part.meta?.tag?.some(({ code }) => code === 'SUBSETTED') && !part.custodian)
  t.notOk(foundDocuments(await client.get(`${path}&_summary=true`))[0]?.context?.sourcePatientInfo)
  t.equal(resourceOf(await client.get(`${path}&_total=accurate&type=11369-6`), 'Bundle').total, 1)
  t.equal(verdict(await client.get(`${path}&_count=99999`)), '200', 'bounded, not refused')

  const encoding = '400 structure encodage-invalide'
  t.equal(
    verdict(await client.get(`${path}&mots=op%E9r%E9`)),
    encoding,
    'Latin-1 is told of, not searched for',
  )
  const latin = { body: `${path.slice(19)}&mots=op%E9r%E9`, headers: formOnly }
  t.equal(verdict(await client.request('POST', '/DocumentReference/_search', latin)), encoding)
  t.equal(verdict(await client.get(`${path}&mots=op%C3%A9r%C3%A9&description=100%`)), '200')

  const form = await client.request('POST', '/DocumentReference/_search?type=11490-0', {
    body: `${byIns(record.ins)}&date=${encodeURIComponent('ge2026-02-01')}`,
    headers: formOnly,
  })
  t.equal(idsOf(form).length, 1, 'what stands in the URL and in the form holds')
  t.notMatch(JSON.stringify(resourceOf(form, 'Bundle').link), record.ins.value)
  t.equal(verdict(await client.post('/DocumentReference/_search', {})), '415 not-supported format-envoye')
  const many = Array.from({ length: 101 }, (_, i) => `type=${i}`).join('&')
  t.equal(verdict(await client.get(`${path}&${many}`)), '400 invalid trop-long')
})

tap.test('a cursor serves the caller and the search it was given for, unaltered', async (t) => {
  await using app = await testApp()
  const { record } = await recordOfThree(app)
  const next = linkOf(
    resourceOf(await app.as(gp).get(`/DocumentReference?patient=${record.id}&_count=1`), 'Bundle'),
    'next',
  )
  if (next === undefined) return t.fail('no next page')
  t.equal(verdict(await app.as(gp).get(next)), '200')
  t.equal(verdict(await app.as(otherGp).get(next)), CURSOR, 'another caller')
  t.equal(verdict(await app.as(gp).get(`${next}&type=11490-0`)), CURSOR, 'another search')
  t.equal(verdict(await app.as(gp).get(next.replace('_count=1', '_count=2'))), CURSOR)
  const at = next.indexOf('_cursor=') + '_cursor='.length
  for (let i = at; i < next.length; i += 7) {
    const other = next[i] === '1' ? '2' : '1'
    const answer = await app.as(gp).get(`${next.slice(0, i)}${other}${next.slice(i + 1)}`)
    t.equal(verdict(answer), CURSOR, `altered at ${i - at}`)
  }
  // A right lost between two pages is lost (the scope is computed anew).
  await record.choose('blocage', gp.nationalId ?? '')
  t.equal(verdict(await app.as(gp).get(next)), '403 forbidden professionnel-bloque A3')
})

tap.test('property: paging loses and repeats nothing while documents arrive', async (t) => {
  await using app = await testApp()
  const day = (n: number): string => `2026-05-${String(1 + (n % 28)).padStart(2, '0')}T08:00:00Z`
  let insertedBetween = 0
  let pages = 0
  let run = 0
  const plan = fc.record({
    stable: fc.array(fc.nat(27), { minLength: 1, maxLength: 7 }),
    arriving: fc.array(fc.nat(27), { maxLength: 4 }),
    count: fc.integer({ min: 1, max: 3 }),
    order: fc.constantFrom('-date', 'date', '-_lastUpdated', '_lastUpdated'),
  })
  await fc.assert(
    fc.asyncProperty(plan, async ({ stable, arriving, count, order }) => {
      const record = await openTestRecord(app, matricule(1000 + ++run))
      await record.choose('autorisation', nurse.nationalId ?? '')
      const there: string[] = []
      for (const n of stable) there.push((await record.push({ date: day(n) })).documentId)
      // Of a type she may not read: never seen, never counted, no page is short of it.
      await record.push({ type: '75496-0', date: day(stable[0] ?? 0) })
      const seen: DocumentReference[] = []
      const queue = [...arriving]
      let url: string | undefined = `/DocumentReference?patient=${record.id}&_count=${count}&_sort=${order}`
      while (url !== undefined) {
        const page: Received = await app.as(nurse).get(url)
        const found = foundDocuments(page)
        if (found.length > count) return false
        seen.push(...found)
        pages++
        const n = queue.shift()
        if (n !== undefined) {
          await record.push({ date: day(n) })
          insertedBetween++
        }
        url = linkOf(resourceOf(page, 'Bundle'), 'next')
      }
      const ids = seen.map(({ id = '' }) => id)
      const key = order.endsWith('date')
        ? seen.map(({ date = '' }) => date)
        : seen.map(({ meta }) => meta?.lastUpdated ?? '')
      const inOrder = [...key].sort()
      if (order.startsWith('-')) inOrder.reverse()
      return (
        new Set(ids).size === ids.length &&
        there.every((id) => ids.includes(id)) &&
        key.join() === inOrder.join()
      )
    }),
    { numRuns: 15 },
  )
  t.ok(insertedBetween >= 10 && pages >= 20, `not vacuous: ${insertedBetween} insertions, ${pages} pages`)
})
