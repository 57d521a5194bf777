/**
 * Everything a lot may hold (ITI-65): several documents, folders, FHIR documents, the Patient, relations; what of it is
 * refused, with nothing stored; and a document alone (ITI-106).
 * @see https://profiles.ihe.net/ITI/MHD/ITI-65.html, ITI-106.html; docs/policy.md D1, D2, V7; docs/api.md "Folders"
 */
import { createHash } from 'node:crypto'
import type { Bundle, BundleEntry, List, Patient } from '@medplum/fhirtypes'
import t from 'tap'
import type { Persona } from '../../src/sandbox/persona.ts'
import type { TestApp } from '../support/app.ts'
import { freshUniqueId, patient, provideBundle, publishedDocument } from '../support/builders.ts'
import { type Received, resourceOf, verdict } from '../support/http-client.ts'
import { document, fhirDocument, type LotParts, lotOf, patientUrl } from '../support/lots.ts'
import { oneServer } from '../support/one-server.ts'
import { gp, hospital, hospitalId, otherHospital, practitioner } from '../support/personas.ts'
import { byIns, foundDocuments, openTestRecord, type TestRecord } from '../support/record.ts'
import { defaultAuthor, syntheticCda } from '../support/synthetic-cda.ts'

const { testApp, matricule } = oneServer()

let ins = matricule(1)
let stranger = matricule(2)
/** The server, and whom the test is about. */
async function begin(): Promise<TestApp> {
  const app = await testApp()
  ins = matricule(1)
  stranger = matricule(2)
  return app
}
/** Who pushes and owns: a hospital that is an author beside the person. */
const own = { structure: hospitalId }
const conformant = 'urn:ietf:rfc:3986'

async function recordWithGp(app: TestApp, of = ins): Promise<TestRecord> {
  const record = await openTestRecord(app, of)
  const chosen = await record.choose('autorisation', gp.nationalId ?? '')
  if (chosen.status !== 201) throw new Error(verdict(chosen))
  return record
}

const send = (app: TestApp, parts: LotParts, by: Persona = hospital): Promise<Received> =>
  app.as(by).post('', lotOf(parts))

/** `[status, Type/id]` of each entry of the answer. */
function entriesOf(answer: Received): (readonly [status: string, place: string])[] {
  if (answer.status !== 200) throw new Error(`not provided: ${verdict(answer)}`)
  return (resourceOf(answer, 'Bundle').entry ?? []).map(({ response }) => [
    response?.status ?? '',
    (response?.location ?? '').replace(/\/_history\/.*$/, ''),
  ])
}
const statuses = (answer: Received): string[] => entriesOf(answer).map(([status]) => status.slice(0, 3))
const place = (answer: Received, index: number): string => entriesOf(answer)[index]?.[1] ?? ''
const itemsOf = (list: List): string[] => (list.entry ?? []).map(({ item }) => item.reference ?? '')
const named = (uniqueId: string) => ({ system: conformant, value: `urn:oid:${uniqueId}` })

async function read(app: TestApp, path: string, by: Persona = gp): Promise<List> {
  return resourceOf(await app.as(by).get(`/${path}`), 'List')
}

t.test('a lot of three documents and a folder: each where the answer says, and the same again', async (t) => {
  await using app = await begin()
  await recordWithGp(app)
  const before = await app.stored()
  const lot = {
    ins,
    setId: freshUniqueId(),
    documents: [freshUniqueId(), freshUniqueId(), freshUniqueId()].map((uniqueId) => ({ uniqueId })),
    folders: [{ uniqueId: freshUniqueId(), items: [document(0), document(2)] }],
  }
  const answer = await send(app, lot)
  t.same(statuses(answer), Array(8).fill('201'))
  const set = await read(app, place(answer, 0))
  t.same(itemsOf(set), [place(answer, 1), place(answer, 3), place(answer, 5), place(answer, 7)])
  const stored = await read(app, place(answer, 7))
  t.same(itemsOf(stored), [place(answer, 1), place(answer, 5)])
  t.equal(stored.title, 'Suivi de grossesse')
  t.equal(stored.code?.coding?.[0]?.code, 'folder')
  const after = await app.stored()
  t.equal((after.document ?? 0) - (before.document ?? 0), 3)
  t.equal((after.resource ?? 0) - (before.resource ?? 0), 2)
  t.equal((after.business_identifier ?? 0) - (before.business_identifier ?? 0), 5)
  const again = await send(app, lot)
  t.same(statuses(again), Array(8).fill('200'))
  t.same(
    entriesOf(again).map(([, at]) => at),
    entriesOf(answer).map(([, at]) => at),
  )
  t.same(await app.stored(), after, 'nothing more is stored')
})

t.test(
  'documents are put into a folder: by its id, by its identifier, those that are there too',
  async (t) => {
    await using app = await begin()
    const record = await recordWithGp(app)
    const uniqueId = freshUniqueId()
    const first = await send(app, {
      ins,
      documents: [{ ...own }],
      folders: [{ uniqueId, items: [document(0)] }],
    })
    const at = place(first, 3)
    const one = place(first, 1)
    const there = await record.push({ ...own })
    const lonely = `DocumentReference/${there.documentId}`
    const etag = (await app.as(gp).get(`/${at}`)).headers.etag ?? ''
    const put = { ins, documents: [{ ...own }], folders: [{ url: at, items: [one, document(0), lonely] }] }
    const grown = await send(app, put)
    t.same(statuses(grown), ['201', '201', '201', '200'])
    t.equal(place(grown, 3), at, 'the same folder')
    t.same(new Set(itemsOf(await read(app, at))), new Set([one, place(grown, 1), lonely]))
    const answer = await app.as(gp).get(`/${at}`)
    t.not(answer.headers.etag, etag, 'another version')
    t.equal(verdict(await app.as(gp).get(`/${at}`, { 'if-none-match': answer.headers.etag ?? '' })), '304')
    t.equal(resourceOf(answer, 'List').meta?.versionId, /"(.*)"/.exec(answer.headers.etag ?? '')?.[1])
    const version = resourceOf(answer, 'List').meta?.versionId
    t.equal(verdict(await app.as(gp).get(`/${at}/_history/${version}`)), '200')
    t.equal(verdict(await app.as(gp).get(`/${at}/_history/1`)), '404 not-found inconnu')
    const by = `List?identifier=${encodeURIComponent(`${conformant}|urn:oid:${uniqueId}`)}`
    const items = itemsOf(await read(app, at))
    const byIdentifier = await send(app, {
      ins,
      documents: [{ ...own }],
      folders: [{ url: by, items: [...items, document(0)] }],
    })
    t.equal(place(byIdentifier, 3), at)
    t.equal(itemsOf(await read(app, at)).length, 4)

    const before = await app.stored()
    const refused: readonly (readonly [string, LotParts, string])[] = [
      [
        'what is in it is left out',
        { ins, documents: [{ ...own }], folders: [{ url: at, items: [document(0)] }] },
        '422 not-supported classeur-retrait @ Bundle.entry[3].resource.entry',
      ],
      [
        'another title',
        { ins, folders: [{ url: at, title: 'Autre', items: [document(0)] }] },
        '422 business-rule lot-incorrect @ Bundle.entry[3].resource',
      ],
      [
        'a version that is past',
        { ins, documents: [{ ...own }], folders: [{ url: at, ifMatch: 'W/"passe"', items: [document(0)] }] },
        '412 conflict version-perimee @ Bundle.entry[3].request.ifMatch',
      ],
      [
        'a folder that is not there',
        { ins, folders: [{ url: `List/${record.id}.00000000000000000000000000`, items: [document(0)] }] },
        '422 not-found reference-introuvable @ Bundle.entry[3].request.url',
      ],
      [
        'a set as a folder',
        { ins, folders: [{ url: place(first, 0), items: [document(0)] }] },
        '422 not-found reference-introuvable @ Bundle.entry[3].request.url',
      ],
      [
        'a new folder of that identifier',
        { ins, folders: [{ uniqueId, items: [document(0)] }] },
        '409 duplicate classeur-existant D1 @ Bundle.entry[3].resource.identifier',
      ],
      [
        'a document that is not there',
        {
          ins,
          folders: [{ items: [`DocumentReference/${record.id}.00000000000000000000000000`] }],
        },
        '422 not-found reference-introuvable @ Bundle.entry[3].resource.entry[0].item',
      ],
      [
        'an empty folder',
        { ins, folders: [{ items: [], changes: { entry: undefined } }] },
        '422 required profil-cardinalite @ Bundle.entry[3].resource.entry',
      ],
      [
        'a folder of another patient',
        {
          ins,
          folders: [
            {
              items: [document(0)],
              changes: { subject: { reference: `Patient?identifier=${stranger.system}|${stranger.value}` } },
            },
          ],
        },
        '422 business-rule lot-incorrect @ Bundle.entry[3].resource.subject',
      ],
      [
        'one item twice',
        { ins, folders: [{ items: [document(0), document(0)] }] },
        '422 business-rule lot-incorrect @ Bundle.entry[3].resource.entry',
      ],
    ]
    for (const [name, parts, expected] of refused) t.equal(verdict(await send(app, parts)), expected, name)
    t.same(await app.stored(), before, 'nothing is stored')
  },
)

t.test('V7: what a folder holds and its reader does not see leaves no sign of itself', async (t) => {
  await using app = await begin()
  const record = await recordWithGp(app)
  const folderWith = async (...labels: ('N' | 'MASQUE_PS')[][]): Promise<string> => {
    const answer = await send(app, {
      ins,
      documents: labels.map((each) => ({ ...own, labels: each })),
      folders: [{ items: labels.map((_, n) => document(n)) }],
    })
    return place(answer, 1 + 2 * labels.length)
  }
  const at = await folderWith(['N'], ['N', 'MASQUE_PS'])
  const seen = await app.as(gp).get(`/${at}`)
  t.equal(itemsOf(resourceOf(seen, 'List')).length, 1, 'the GP sees one of two')
  t.equal(itemsOf(await read(app, at, record.holder)).length, 2, 'the patient sees both')
  const hidden = await record.push({ ...own, labels: ['N', 'MASQUE_PS'] })
  app.advance(5000)
  const [one, two] = itemsOf(await read(app, at, record.holder))
  const added = await send(app, {
    ins,
    documents: [{ ...own, labels: ['N', 'MASQUE_PS'] }],
    folders: [
      { url: at, items: [one ?? '', two ?? '', `DocumentReference/${hidden.documentId}`, document(0)] },
    ],
  })
  t.same(statuses(added), ['201', '201', '201', '200'])
  const later = await app.as(gp).get(`/${at}`)
  const essence = ({ status, text, headers }: Received) => {
    const { date: _, 'x-request-id': __, ...rest } = headers
    return { status, text, rest }
  }
  t.same(essence(later), essence(seen), 'byte for byte, headers too, it is as before')
  t.equal(itemsOf(await read(app, at, record.holder)).length, 4)
  const found = await app.as(gp).get(`/List?${byIns(ins)}&code=folder&status=current`)
  t.equal(found.text.includes(hidden.documentId), false)
  t.equal(itemsOf(firstList(found)).length, 1, 'a search shows the same')
  const foldersSince = async (by: Persona, lastUpdated = ''): Promise<number | undefined> => {
    const found = await app.as(by).get(`/List?patient=${record.id}&code=folder&_lastUpdated=gt${lastUpdated}`)
    return resourceOf(found, 'Bundle').total
  }
  const asSeen = resourceOf(seen, 'List').meta?.lastUpdated
  t.same(
    [await foldersSince(gp, asSeen), await foldersSince(record.holder, asSeen)],
    [0, 1],
    'it is as new as what its reader sees of it',
  )
  const listed = resourceOf(
    await app.as(record.holder).get(`/List?patient=${record.id}&_sort=-_lastUpdated&_count=2`),
    'Bundle',
  )
  const instants = (listed.entry ?? []).map(({ resource }) => resource?.meta?.lastUpdated)
  t.same([...new Set(instants)], [(await read(app, at, record.holder)).meta?.lastUpdated])
  const [shown] = (listed.entry ?? []).filter(({ resource }) => `List/${resource?.id}` === at)
  t.ok(shown, 'and sorted so')

  const bundleId = freshUniqueId()
  const masked = await send(app, {
    ins,
    documents: [
      {
        uniqueId: bundleId,
        labels: ['N', 'MASQUE_PS'],
        bundle: fhirDocument(ins, bundleId, { author: defaultAuthor }),
      },
    ],
  })
  const invented = `${record.id}.00000000000000000000000000`
  for (const type of ['Bundle', 'Binary'])
    t.same(
      essence(await app.as(gp).get(`/${place(masked, 2).replace('Bundle', type)}`)),
      essence(await app.as(gp).get(`/${type}/${invented}`)),
      `a masked FHIR document as ${type}: as never there`,
    )

  const unseen = await folderWith(['N', 'MASQUE_PS'])
  const absent = `List/${record.id}.00000000000000000000000000`
  const nothing = await app.as(gp).get(`/${absent}`)
  const none = await app.as(gp).get(`/${unseen}`)
  t.same([none.status, none.text], [nothing.status, nothing.text], 'none of it is seen: it is not there')
  const update = (url: string): Promise<Received> =>
    send(app, { ins, folders: [{ url, items: [document(0)] }] }, { ...gp, structureId: '1750000043' })
  t.equal(verdict(await update(unseen)), verdict(await update(absent)), 'nor can it be added to')
})

function firstList(found: Received): List {
  const list = resourceOf(found, 'Bundle').entry?.[0]?.resource
  if (list?.resourceType !== 'List') throw new Error(`no List: ${found.text}`)
  return list
}

t.test('FHIR documents go in, are read back as Bundle and as bytes, in JSON and XML', async (t) => {
  await using app = await begin()
  await recordWithGp(app)
  const uniqueId = freshUniqueId()
  const bundle = fhirDocument(ins, uniqueId, { author: defaultAuthor, narrative: 'é€𝄞 1.00' })
  const answer = await send(app, { ins, documents: [{ uniqueId, bundle }] })
  t.same(statuses(answer), ['201', '201', '201'])
  const at = place(answer, 2)
  t.match(at, /^Bundle\//)
  const metadata = resourceOf(await app.as(gp).get(`/${place(answer, 1)}`), 'DocumentReference')
  const attachment = metadata.content[0]?.attachment
  t.equal(attachment?.url, at)
  t.same([attachment?.size, attachment?.hash], [undefined, undefined], 'neither size nor hash, as MHD says')
  const document = await app.as(gp).get(`/${at}`, { accept: 'application/fhir+json' })
  t.same(JSON.parse(document.text), bundle)
  const bytes = await app.as(gp).get(`/${at.replace('Bundle', 'Binary')}`, { accept: '*/*' })
  t.equal(bytes.text, JSON.stringify(bundle), 'kept as JSON without white space')
  t.equal(bytes.headers['content-type'], 'application/fhir+json')
  const xml = await app.as(gp).get(`/${at}`, { accept: 'application/fhir+xml' })
  t.match(xml.text, /<Bundle xmlns="http:\/\/hl7.org\/fhir">/)
  t.same(statuses(await send(app, { ins, documents: [{ uniqueId, bundle }], setId: freshUniqueId() })), [
    '201',
    '200',
    '200',
  ])

  const inXml = freshUniqueId()
  const asXml = await send(app, {
    ins,
    documents: [
      {
        uniqueId: inXml,
        contentType: 'application/fhir+xml',
        bundle: fhirDocument(ins, inXml, { author: defaultAuthor }),
      },
    ],
  })
  const kept = await app.as(gp).get(`/${place(asXml, 2).replace('Bundle', 'Binary')}`, { accept: '*/*' })
  t.equal(kept.headers['content-type'], 'application/fhir+xml')
  t.match(kept.text, /^<(\?xml|Bundle)/)
  const back = await app.as(gp).get(`/${place(asXml, 2)}`)
  t.same(JSON.parse(back.text), fhirDocument(ins, inXml, { author: defaultAuthor }))
  const plain = await send(app, { ins })
  const wrong = await app.as(gp).get(`/${place(plain, 2).replace('Binary', 'Bundle')}`)
  t.equal(verdict(wrong), '404 not-found inconnu', 'what is no FHIR document is no Bundle')

  const before = await app.stored()
  const other = freshUniqueId()
  const whole = fhirDocument(ins, other, { author: defaultAuthor })
  const cases: readonly (readonly [string, Bundle, string])[] = [
    [
      'another patient',
      fhirDocument(ins, other, { author: defaultAuthor, patientIns: stranger }),
      '422 business-rule composition-contredite D6 @ Bundle.entry[1].resource.subject',
    ],
    [
      'other traits',
      fhirDocument(ins, other, { author: defaultAuthor, family: 'AUTRE' }),
      '422 business-rule traits-divergents I3 @ Bundle.entry[1].resource.content[0].attachment',
    ],
    [
      'another type',
      fhirDocument(ins, other, { author: defaultAuthor, type: '11488-4' }),
      '422 business-rule composition-contredite D6 @ Bundle.entry[1].resource.type',
    ],
    [
      'another author',
      fhirDocument(ins, other, { author: practitioner(50) }),
      '422 business-rule composition-contredite D6 @ Bundle.entry[1].resource.author',
    ],
    [
      'another identifier',
      fhirDocument(ins, freshUniqueId(), { author: defaultAuthor }),
      '422 business-rule composition-contredite D6 @ Bundle.entry[1].resource.masterIdentifier',
    ],
    [
      'no timestamp',
      { ...whole, timestamp: undefined } as unknown as Bundle,
      '422 invariant invariant @ Bundle.entry[2].resource',
    ],
    [
      'no Composition',
      { ...whole, entry: (whole.entry ?? []).slice(1) },
      '422 invariant invariant @ Bundle.entry[2].resource',
    ],
    [
      'no document',
      { ...whole, type: 'collection' },
      '422 required element-requis @ Bundle.entry[2].resource',
    ],
  ]
  for (const [name, sent, expected] of cases)
    t.equal(verdict(await send(app, { ins, documents: [{ uniqueId: other, bundle: sent }] })), expected, name)

  // The same as bytes, in a Binary and in ITI-105: what is wrong with the Bundle is told of the attachment.
  const inside = 'content[0].attachment'
  const asBytes = (sent: unknown): Buffer => Buffer.from(JSON.stringify(sent))
  const inBytes: readonly (readonly [string, Buffer, string])[] = [
    ...cases.map(([name, sent, expected]) => {
      const told = expected.replace('Bundle.entry[2].resource', `Bundle.entry[1].resource.${inside}`)
      return [name, asBytes(sent), told] as const
    }),
    ['no JSON', Buffer.from('{"a":'), `422 invalid contenu-inattendu @ Bundle.entry[1].resource.${inside}`],
    [
      'no UTF-8',
      Buffer.from('{"é":1}', 'latin1'),
      `422 invalid contenu-inattendu @ Bundle.entry[1].resource.${inside}`,
    ],
    [
      'no Bundle',
      asBytes({ resourceType: 'Basic' }),
      `422 invalid contenu-inattendu @ Bundle.entry[1].resource.${inside}`,
    ],
  ]
  const contentType = 'application/fhir+json'
  for (const [name, cda, expected] of inBytes) {
    const parts = { ins, uniqueId: other, cda, contentType }
    t.equal(verdict(await app.as(hospital).post('', provideBundle(parts))), expected, `${name}, in a Binary`)
    const single = await app.as(hospital).post('/DocumentReference', publishedDocument(parts))
    t.equal(
      verdict(single),
      expected.replace('Bundle.entry[1].resource', 'DocumentReference'),
      `${name}, alone`,
    )
  }
  const asCda = {
    ins,
    cda: syntheticCda({ ins: stranger, uniqueId: other }),
    contentType: 'application/fhir+xml',
  }
  t.equal(
    verdict(await app.as(hospital).post('', provideBundle(asCda))),
    `422 invalid contenu-inattendu @ Bundle.entry[1].resource.${inside}`,
    'a CDA of another patient, announced as FHIR',
  )
  t.same(await app.stored(), before, 'nothing is stored')
  const right = await app
    .as(hospital)
    .post('', provideBundle({ ins, uniqueId: other, cda: asBytes(whole), contentType }))
  t.same(statuses(right), ['201', '201', '201'])
  const same = await app.as(gp).get(`/${place(right, 2)}`, { accept: '*/*' })
  t.equal(same.text, JSON.stringify(whole), 'bytes stay as they were sent')
})

t.test('a Patient entry names the record, is compared with it, and changes nothing', async (t) => {
  await using app = await begin()
  const record = await recordWithGp(app)
  const subject = { setChanges: { subject: { reference: patientUrl } } }
  type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'
  const entry = (method: Method, url: string, resource?: Patient): BundleEntry => ({
    fullUrl: patientUrl,
    ...(resource ? { resource } : {}),
    request: { method, url },
  })
  const byIdentifier = `Patient?identifier=${ins.system}|${ins.value}`
  const entries = [
    entry('POST', 'Patient', patient(ins)),
    entry('PUT', `Patient/${record.id}`, { ...patient(ins), id: record.id }),
    entry('PUT', byIdentifier, patient(ins)),
    entry('GET', `Patient/${record.id}`),
    entry('GET', byIdentifier, patient(ins)),
  ]
  const { record: records, patient_identifier, resource_version } = await app.stored()
  for (const each of entries) {
    const answer = await send(app, { ins, ...subject, patient: each })
    t.equal(verdict(answer), '200', each.request?.url ?? '')
    t.same(entriesOf(answer)[3], ['200 OK', `Patient/${record.id}`])
    const told = resourceOf(answer, 'Bundle').entry?.[3]?.response?.outcome
    t.equal(JSON.stringify(told ?? '').includes('patient-inchange'), each.request?.method !== 'GET')
    const set = await read(app, place(answer, 0))
    t.equal(set.subject?.reference, `Patient/${record.id}`)
  }
  const after = await app.stored()
  t.same(
    [after.record, after.patient_identifier, after.resource_version],
    [records, patient_identifier, resource_version],
  )
  const refused: readonly (readonly [string, BundleEntry, string])[] = [
    [
      'a patient without a record',
      entry('POST', 'Patient', patient(stranger)),
      '404 not-found inconnu @ Bundle.entry[3].resource.identifier',
    ],
    [
      'a record that is not there',
      entry('GET', 'Patient/0000000000000000000000000a'),
      '404 not-found inconnu @ Bundle.entry[3].request.url',
    ],
    [
      'other traits',
      entry('POST', 'Patient', patient(ins, { family: 'AUTRE', birthDate: '1980-01-01' })),
      '422 business-rule traits-divergents I3 @ Bundle.entry[3].resource',
    ],
    [
      'another INS than its own URL',
      entry('PUT', `Patient/${record.id}`, patient(stranger)),
      '422 business-rule traits-divergents I3 @ Bundle.entry[3].resource',
    ],
    [
      'a Patient without an INS',
      entry('POST', 'Patient', { resourceType: 'Patient' }),
      '422 required element-requis @ Bundle.entry[3].resource.identifier',
    ],
    [
      'another deletion',
      entry('DELETE', `Patient/${record.id}`),
      '422 not-supported non-pris-en-charge @ Bundle.entry[3].request',
    ],
  ]
  for (const [name, each, expected] of refused) {
    const answer = await send(app, { ins, ...subject, patient: each })
    t.equal(verdict(answer), expected, name)
    t.notMatch(answer.text, stranger.value, `${name}: no matricule`)
  }
  t.same(await app.stored(), after, 'nothing is stored')
})

t.test('relations: in the lot, to what is there, never to what is unseen', async (t) => {
  await using app = await begin()
  const record = await recordWithGp(app)
  const there = await record.push({ ...own })
  const target = (reference: string) => ({ target: { reference } })
  const answer = await send(app, {
    ins,
    documents: [
      { ...own },
      { ...own, relatesTo: [{ code: 'signs', ...target(document(0)) }] },
      { ...own, relatesTo: [{ code: 'appends', ...target(`DocumentReference/${there.documentId}`) }] },
      {
        ...own,
        relatesTo: [
          {
            code: 'transforms',
            ...target(`DocumentReference?identifier=${conformant}|urn:oid:${there.uniqueId}`),
          },
          { code: 'appends', target: { identifier: named(there.uniqueId) } },
          { code: 'appends', target: { identifier: { system: conformant, value: there.uniqueId } } },
          {
            code: 'appends',
            target: { identifier: { system: conformant, value: `URN:OID:${there.uniqueId}` } },
          },
        ],
      },
    ],
  })
  const relations = async (index: number): Promise<(string | undefined)[]> =>
    (resourceOf(await app.as(gp).get(`/${place(answer, index)}`), 'DocumentReference').relatesTo ?? []).map(
      ({ target }) => target.reference,
    )
  t.same(await relations(3), [place(answer, 1)], 'signs what comes in the same lot')
  t.same(await relations(5), [`DocumentReference/${there.documentId}`])
  t.same(await relations(7), Array(4).fill(`DocumentReference/${there.documentId}`))

  const masked = await record.push({ ...own, labels: ['N', 'MASQUE_PS'] })
  const appended = await send(app, {
    ins,
    documents: [
      { ...own, relatesTo: [{ code: 'appends', ...target(`DocumentReference/${masked.documentId}`) }] },
    ],
  })
  t.equal(
    verdict(await app.as(gp).get(`/${place(appended, 1)}`)),
    '404 not-found inconnu',
    'what appends to a masked document is masked',
  )
  t.match(appended.text, /etiquette-imposee/, 'and the answer says so')
  const before = await app.stored()
  const invented = `DocumentReference/${record.id}.00000000000000000000000000`
  for (const code of ['appends', 'transforms', 'signs', 'replaces'] as const) {
    const said: string[] = []
    for (const reference of [`DocumentReference/${masked.documentId}`, invented]) {
      const sent = await send(
        app,
        { ins, documents: [{ ...own, relatesTo: [{ code, ...target(reference) }] }] },
        otherHospital,
      )
      said.push(verdict(sent))
    }
    t.same(
      said,
      Array(2).fill('422 not-found reference-introuvable @ Bundle.entry[1].resource.relatesTo[0].target'),
      `${code}: unseen is absent`,
    )
  }
  t.equal(
    verdict(
      await send(app, { ins, documents: [{ relatesTo: [{ code: 'replaces', ...target(document(0)) }] }] }),
    ),
    '422 not-found reference-introuvable @ Bundle.entry[1].resource.relatesTo[0].target',
    'nothing replaces what comes with it',
  )
  t.same(await app.stored(), before, 'nothing is stored')
})

t.test(
  'entries may name each other by RESTful URLs, relative ones, and the record by its whole URL',
  async (t) => {
    await using app = await begin()
    const { id } = await recordWithGp(app)
    const source = 'https://source.example/fhir'
    const renamed = (
      lot: Bundle,
      names: readonly (readonly [string, string])[],
      fullUrls: readonly string[],
    ): unknown => {
      const text = names.reduce(
        (all, [from, to]) => all.replaceAll(`"${from}"`, `"${to}"`),
        JSON.stringify(lot),
      )
      const bundle: Bundle = JSON.parse(text)
      return { ...bundle, entry: bundle.entry?.map((entry, i) => ({ ...entry, fullUrl: fullUrls[i] })) }
    }
    const lot = (): Bundle => lotOf({ ins, documents: [{ ...own }], folders: [{ items: [document(0)] }] })
    const [set, , binary, folder] = (lot().entry ?? []).map(({ fullUrl }) => fullUrl ?? '')
    const fullUrls = ['List/set', 'DocumentReference/1', 'Binary/2', 'List/folder'].map(
      (name) => `${source}/${name}`,
    )
    const absolute = [set, document(0), binary, folder].map(
      (urn, i) => [urn ?? '', fullUrls[i] ?? ''] as const,
    )
    const relative = absolute.map(([urn, url]) => [urn, url.slice(source.length + 1)] as const)
    for (const names of [absolute, relative]) {
      const answer = await app.as(hospital).post('', renamed(lot(), names, fullUrls))
      t.same(statuses(answer), ['201', '201', '201', '201'])
      t.same(itemsOf(await read(app, place(answer, 0))), [place(answer, 1), place(answer, 3)])
      t.same(itemsOf(await read(app, place(answer, 3))), [place(answer, 1)])
    }
    const left = renamed(lot(), [...relative, ['List/folder', 'List/other']], fullUrls)
    t.match(
      verdict(await app.as(hospital).post('', left)),
      /422 business-rule lot-incorrect @ Bundle.entry\[0\].resource.entry/,
    )
    const subject = { reference: `${app.base}/Patient/${id}` }
    const whole = lotOf({
      ins,
      documents: [{ ...own, documentChanges: { subject } }],
      setChanges: { subject },
    })
    t.same(statuses(await app.as(hospital).post('', whole)), ['201', '201', '201'])
  },
)

t.test('a lot is there wholly or not at all, and the answer is true', async (t) => {
  await using app = await begin()
  await recordWithGp(app)
  const [a, b, c] = [freshUniqueId(), freshUniqueId(), freshUniqueId()]
  const setId = freshUniqueId()
  await send(app, { ins, setId, documents: [{ uniqueId: a }] })
  const overlap = await send(app, { ins, documents: [{ uniqueId: a }, { uniqueId: b, text: 'b' }] })
  t.same(statuses(overlap), ['201', '200', '200', '201', '201'], 'one known, one new')
  t.equal(itemsOf(await read(app, place(overlap, 0))).length, 2)
  const before = await app.stored()
  t.equal(
    verdict(await send(app, { ins, documents: [{ uniqueId: c }, { uniqueId: a, text: 'autre' }] })),
    '409 duplicate identifiant-unique-pris D1 @ Bundle.entry[3].resource.masterIdentifier',
    'one in conflict, and nothing of the other',
  )
  for (const documents of [
    [{ uniqueId: a }, { uniqueId: c }],
    [{ uniqueId: c }],
    [{ uniqueId: b, text: 'b' }],
  ])
    t.equal(
      verdict(await send(app, { ins, setId, documents })),
      '409 duplicate lot-existant D1 @ Bundle.entry[0].resource',
      'another lot under the identifier of one',
    )
  t.same(await app.stored(), before, 'nothing is stored')
})

t.test('a deleted document is not deposited again; who does not see it learns nothing', async (t) => {
  await using app = await begin()
  const record = await recordWithGp(app)
  const uniqueId = freshUniqueId()
  const parts = { ...own, uniqueId, cda: Buffer.from('texte'), contentType: 'text/plain' }
  const { documentId } = await record.push(parts)
  const deleted = await app.as(hospital).request('PATCH', `/DocumentReference/${documentId}`, {
    body: [{ op: 'replace', path: '/status', value: 'entered-in-error' }],
    headers: { 'content-type': 'application/json-patch+json' },
  })
  t.equal(deleted.status, 200, verdict(deleted))
  const before = await app.stored()
  const again = (by: Persona) => app.as(by).post('', provideBundle({ ins, ...parts }))
  const byPublish = (by: Persona) =>
    app.as(by).post('/DocumentReference', publishedDocument({ ins, ...parts }))
  const told = '409 conflict depot-supprime D1 @'
  t.equal(verdict(await again(hospital)), `${told} Bundle.entry[1].resource.masterIdentifier`)
  t.equal(verdict(await byPublish(hospital)), `${told} DocumentReference.masterIdentifier`)
  t.equal(verdict(await again(gp)), `${told} Bundle.entry[1].resource.masterIdentifier`, 'F12: a GP sees it')
  t.same(await app.stored(), before)
  const unseen = await again(otherHospital)
  const masked = freshUniqueId()
  const hidden = { ...parts, uniqueId: masked, labels: ['N', 'MASQUE_PS'] as const }
  await record.push(hidden)
  const likewise = await app.as(otherHospital).post('', provideBundle({ ins, ...hidden }))
  t.same(statuses(unseen), statuses(likewise), 'deleted or masked, to who sees neither they are alike')
})

t.test('ITI-106: a CDA or a FHIR document alone', async (t) => {
  await using app = await begin()
  await recordWithGp(app)
  const post = (resource: object, by: Persona = hospital) =>
    app.as(by).post('/DocumentReference/$generate-metadata', {
      resourceType: 'Parameters',
      parameter: [{ name: 'document', resource }],
    })
  const uniqueId = freshUniqueId()
  const { cdaOf } = await cdas()
  const cda = cdaOf(uniqueId)
  const binary = { resourceType: 'Binary', contentType: 'text/xml', data: cda.toString('base64') }
  const answers = [await post(binary), await post(binary)]
  t.same(
    answers.map(({ status }) => status),
    [201, 200],
    answers.map(verdict).join(),
  )
  const [first] = answers
  if (!first) return t.fail('no answer')
  const { parameter } = resourceOf(first, 'Parameters')
  t.same(
    parameter?.map(({ name }) => name),
    ['DocumentReference'],
  )
  const reference = parameter?.[0]?.valueReference?.reference ?? ''
  const document = resourceOf(await app.as(gp).get(`/${reference}`), 'DocumentReference')
  t.equal(document.masterIdentifier?.value, `urn:oid:${uniqueId}`)
  t.equal(document.type?.coding?.[0]?.code, '11490-0')
  t.equal(document.category?.[0]?.coding?.[0]?.code, '10')
  t.equal(document.content[0]?.attachment.title, 'Lettre de liaison')
  t.equal(document.content[0]?.attachment.hash, createHash('sha1').update(cda).digest('base64'))
  t.ok(document.content[0]?.format?.code, 'format')
  t.ok(document.context?.facilityType && document.context.practiceSetting && document.context.period?.start)
  t.ok(document.context?.sourcePatientInfo && document.custodian && document.author?.length && document.date)
  const [found] = foundDocuments(await app.as(gp).get(`/DocumentReference?${byIns(ins)}&_id=${document.id}`))
  t.ok(found, 'found by search')
  const race = freshUniqueId()
  const bytes = cdaOf(race).toString('base64')
  const many = await Promise.all(Array.from({ length: 8 }, () => post({ ...binary, data: bytes })))
  t.same(many.map(({ status }) => status).sort(), [...Array(7).fill(200), 201])

  const fhir = freshUniqueId()
  const made = await post(fhirDocument(ins, fhir, { author: defaultAuthor }))
  t.equal(made.status, 201, verdict(made))
  const at = resourceOf(made, 'Parameters').parameter?.[0]?.valueReference?.reference
  const ofFhir = resourceOf(await app.as(gp).get(`/${at}`), 'DocumentReference')
  t.match(ofFhir.content[0]?.attachment.url, /^Bundle\//)
  t.equal(ofFhir.masterIdentifier?.value, `urn:oid:${fhir}`)

  const before = await app.stored()
  const where = 'Parameters.parameter[0].resource'
  const cases: readonly (readonly [string, object, string])[] = [
    [
      'a PDF says nothing of itself',
      { resourceType: 'Binary', contentType: 'application/pdf', data: 'JVBERi0xLjc=' },
      `422 not-supported metadonnees-indeductibles @ ${where}.contentType`,
    ],
    [
      'no CDA',
      { ...binary, data: Buffer.from('<a/>').toString('base64') },
      `422 structure cda-illisible D6 @ ${where}.data`,
    ],
    [
      'no bytes',
      { resourceType: 'Binary', contentType: 'text/xml' },
      `422 business-rule contenu-absent @ ${where}.data`,
    ],
    [
      'a patient without a record',
      { ...binary, data: cdaOf(freshUniqueId(), stranger).toString('base64') },
      `404 not-found inconnu @ ${where}`,
    ],
    [
      'a FHIR document of a patient without a record',
      fhirDocument(stranger, freshUniqueId(), { author: defaultAuthor }),
      `404 not-found inconnu @ ${where}`,
    ],
    [
      'other traits than the record’s, told once',
      {
        ...binary,
        data: syntheticCda({ ins, uniqueId: freshUniqueId(), family: 'AUTRE' }).toString('base64'),
      },
      `422 business-rule traits-divergents I3 @ ${where}`,
    ],
    ['another resource', patient(ins), `422 required element-requis @ ${where}`],
  ]
  for (const [name, resource, expected] of cases) {
    const answer = await post(resource)
    t.equal(verdict(answer), expected, name)
    t.notMatch(answer.text, stranger.value, `${name}: no matricule`)
  }
  const empty = await app
    .as(hospital)
    .post('/DocumentReference/$generate-metadata', { resourceType: 'Parameters' })
  t.equal(verdict(empty), `422 required element-requis @ ${where}`)
  t.same(await app.stored(), before, 'nothing is stored')
})

async function cdas() {
  const { syntheticCda } = await import('../support/synthetic-cda.ts')
  return { cdaOf: (uniqueId: string, of = ins) => syntheticCda({ ins: of, uniqueId }) }
}

t.test('D2: what a CDA says that it replaces', async (t) => {
  await using app = await begin()
  const record = await recordWithGp(app)
  const { syntheticCda } = await import('../support/synthetic-cda.ts')
  const replacing = (uniqueId: string, old: string): Buffer =>
    Buffer.from(
      syntheticCda({ ins, uniqueId, structure: hospitalId })
        .toString()
        .replace(
          '<componentOf>',
          `<relatedDocument typeCode="RPLC"><parentDocument><id root="${old}"/></parentDocument></relatedDocument>\n  <componentOf>`,
        ),
    )
  const { uniqueId: old, documentId } = await record.push({ ...own })
  const before = await app.stored()
  const uniqueId = freshUniqueId()
  const parts = { ...own, uniqueId, cda: replacing(uniqueId, old) }
  const silent = await app.as(hospital).post('', provideBundle({ ins, ...parts }))
  t.equal(verdict(silent), '422 business-rule remplacement-a-dire D2 @ Bundle.entry[1].resource.relatesTo')
  t.match(silent.text, `DocumentReference/${documentId}`, 'it says what to add')
  t.same(await app.stored(), before)
  const other = await record.push({ ...own })
  const relatesTo = (id: string) => [
    { code: 'replaces' as const, target: { reference: `DocumentReference/${id}` } },
  ]
  t.equal(
    verdict(
      await app
        .as(hospital)
        .post(
          '',
          provideBundle({ ins, ...parts, documentChanges: { relatesTo: relatesTo(other.documentId) } }),
        ),
    ),
    '422 business-rule cda-contredit D6 @ Bundle.entry[1].resource.relatesTo',
    'metadata that name another one',
  )
  const published = () => app.as(hospital).post('/DocumentReference', publishedDocument({ ins, ...parts }))
  const made = await published()
  t.equal(made.status, 201, verdict(made))
  const document = resourceOf(made, 'DocumentReference')
  t.same(document.relatesTo, relatesTo(documentId), 'ITI-105 takes it from the CDA')
  const replaced = resourceOf(await app.as(gp).get(`/DocumentReference/${documentId}`), 'DocumentReference')
  t.equal(replaced.status, 'superseded')
  t.equal((await published()).status, 200, 'and again, it is the same')
  const unknown = freshUniqueId()
  const never = { ...own, uniqueId: unknown, cda: replacing(unknown, freshUniqueId()) }
  t.equal(
    verdict(await app.as(hospital).post('', provideBundle({ ins, ...never }))),
    '200',
    'what it replaces was never in the record',
  )
  const masked = await record.push({ ...own, labels: ['N', 'MASQUE_PS'] })
  const unseen = freshUniqueId()
  const blind = { uniqueId: unseen, structure: '1750000019', cda: replacing(unseen, masked.uniqueId) }
  const taken = await app.as(otherHospital).post(
    '',
    provideBundle({
      ins,
      ...blind,
      cda: Buffer.from(blind.cda.toString().replaceAll(hospitalId, '1750000019')),
    }),
  )
  t.equal(verdict(taken), '200', 'nor is one that is unseen')
})

const claim = (name: string) => ({
  profile: [`https://profiles.ihe.net/ITI/MHD/StructureDefinition/${name}`],
})
const nothing = {
  contained: undefined,
  type: undefined,
  category: undefined,
  date: undefined,
  author: undefined,
  authenticator: undefined,
  custodian: undefined,
  securityLabel: undefined,
  context: undefined,
}

t.test('minimal metadata: what is left out is read in the CDA; what nobody says is asked for', async (t) => {
  await using app = await begin()
  await recordWithGp(app)
  const uniqueId = freshUniqueId()
  const minimal = {
    documentChanges: { ...nothing, meta: claim('IHE.MHD.Minimal.DocumentReference') },
    setChanges: { meta: claim('IHE.MHD.Minimal.SubmissionSet') },
  }
  const answer = await app.as(hospital).post('', provideBundle({ ins, uniqueId, ...minimal }))
  const stored = resourceOf(await app.as(gp).get(`/${place(answer, 1)}`), 'DocumentReference')
  t.equal(stored.type?.coding?.[0]?.code, '11490-0')
  t.equal(stored.category?.[0]?.coding?.[0]?.code, '10')
  const [role] = stored.contained?.filter(({ resourceType }) => resourceType === 'PractitionerRole') ?? []
  t.equal(stored.author?.[0]?.reference, `#${role?.id}`, 'the author, as a role')
  t.match(JSON.stringify(stored.contained), defaultAuthor)
  t.ok(stored.authenticator && stored.custodian && stored.context?.sourcePatientInfo && stored.date)
  t.ok(stored.context?.facilityType && stored.context.practiceSetting && stored.context.period?.start)
  const before = await app.stored()
  const plain = { cda: Buffer.from('texte'), contentType: 'text/plain' }
  t.equal(
    verdict(await app.as(hospital).post('', provideBundle({ ins, ...minimal, ...plain }))),
    [
      `422 required element-requis D5 @ Bundle.entry[1].resource.type`,
      `422 required element-requis @ Bundle.entry[1].resource.author`,
    ].join('\n'),
    'a text says nothing of itself',
  )
  t.same(await app.stored(), before)
})

t.test(
  'UnContained metadata: authors, the source and the patient by their national identifiers',
  async (t) => {
    await using app = await begin()
    await recordWithGp(app)
    const professional = { identifier: { system: 'urn:oid:1.2.250.1.71.4.2.1', value: defaultAuthor } }
    const inAnnuaire = {
      reference: 'https://gateway.api.esante.gouv.fr/fhir/v2/Practitioner/003-138020',
      ...professional,
    }
    const unContained = (author: object, patientInfo: object) =>
      ({
        documentChanges: {
          meta: claim('IHE.MHD.UnContained.Comprehensive.DocumentReference'),
          contained: undefined,
          author: [author],
          authenticator: professional,
          context: {
            period: { start: '2026-09-15T08:00:00+02:00' },
            facilityType: context?.facilityType,
            practiceSetting: context?.practiceSetting,
            sourcePatientInfo: patientInfo,
          },
        },
        setChanges: {
          meta: claim('IHE.MHD.UnContained.Comprehensive.SubmissionSet'),
          contained: undefined,
          source: professional,
        },
      }) as unknown as Partial<Parameters<typeof provideBundle>[0]>
    const [, entry] = provideBundle({ ins }).entry
    const context = entry.resource?.resourceType === 'DocumentReference' ? entry.resource.context : undefined
    const plain = { ins, cda: Buffer.from('texte'), contentType: 'text/plain' }
    const post = (author: object, patientInfo: object) =>
      app.as(hospital).post('', provideBundle({ ...plain, ...unContained(author, patientInfo) }))
    const logical = { identifier: ins }
    t.equal(verdict(await post(professional, logical)), '200')
    t.equal(
      verdict(await post(inAnnuaire, { reference: `Patient?identifier=${ins.system}|${ins.value}` })),
      '200',
    )
    const { reference } = inAnnuaire
    t.equal(
      verdict(await post({ reference }, logical)),
      '422 business-rule element-requis I5 @ Bundle.entry[1].resource.author[0]',
      'an address alone names nobody here: nothing is fetched',
    )
    t.equal(
      verdict(await post(professional, { identifier: stranger })),
      '422 business-rule traits-divergents I3 @ Bundle.entry[1].resource.context.sourcePatientInfo.identifier',
    )
    t.equal(
      verdict(await post(professional, { reference: 'Patient/0000000000000000000000000a' })),
      '422 business-rule traits-divergents I3 @ Bundle.entry[1].resource.context.sourcePatientInfo.reference',
    )
  },
)

t.test('recipients are kept, in both extensions; who is not known is warned of', async (t) => {
  await using app = await begin()
  await recordWithGp(app)
  const known = {
    resourceType: 'Practitioner' as const,
    id: 'connu',
    identifier: [{ system: 'urn:oid:1.2.250.1.71.4.2.1', value: practitioner(4) }],
  }
  const unknown = {
    resourceType: 'Practitioner' as const,
    id: 'inconnu',
    telecom: [{ system: 'email' as const, value: 'x@example.org' }],
  }
  const pdsm = 'https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-ext-intended-recipient'
  const mhd = 'https://profiles.ihe.net/ITI/MHD/StructureDefinition/ihe-intendedRecipient'
  const [set] = lotOf({ ins }).entry
  const list = set?.resource?.resourceType === 'List' ? set.resource : undefined
  const answer = await send(app, {
    ins,
    setChanges: {
      contained: [...(list?.contained ?? []), known, unknown],
      extension: [
        ...(list?.extension ?? []),
        { url: pdsm, valueReference: { reference: '#connu' } },
        { url: mhd, valueReference: { reference: '#inconnu' } },
      ],
    },
  })
  t.equal(verdict(answer), '200')
  const { outcome } = resourceOf(answer, 'Bundle').entry?.[0]?.response ?? {}
  const issues = outcome?.resourceType === 'OperationOutcome' ? outcome.issue : []
  t.same(
    issues.map(({ severity, details, expression }) => [severity, details?.coding?.[0]?.code, expression]),
    [['warning', 'destinataire-inconnu', ['Bundle.entry[0].resource.extension[3].valueReference']]],
  )
  const stored = await read(app, place(answer, 0))
  t.same(
    stored.extension?.slice(-2).map(({ url }) => url),
    [pdsm, mhd],
  )
})
