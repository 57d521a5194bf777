/**
 * The main job over real HTTP: CDA documents go in by ITI-65 and ITI-105 and come out by ITI-68 byte for byte; a repeated
 * push changes nothing, however many arrive at once.
 * @see docs/policy.md D1, F7, F10; https://profiles.ihe.net/ITI/MHD/
 */
import { createHash, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { OperationOutcomeIssue } from '@medplum/fhirtypes'
import t from 'tap'
import { type TestApp, testApp } from '../support/app.ts'
import {
  choice,
  type DocumentParts,
  freshUniqueId,
  ofPatient,
  patient,
  provideBundle,
  publishedDocument,
  simplifiedPublish,
} from '../support/builders.ts'
import { resourceOf, verdict } from '../support/http-client.ts'
import { oneServer } from '../support/one-server.ts'
import {
  administration,
  gp,
  hospital,
  hospitalId,
  knownIns,
  otherHospital,
  practitioner,
  representative,
} from '../support/personas.ts'
import { byIns, foundDocuments, openTestRecord, pushed, type TestRecord } from '../support/record.ts'
import { sharedData } from '../support/shared-data.ts'
import { defaultAuthor, syntheticCda } from '../support/synthetic-cda.ts'

type Sample = { readonly cda: Buffer; readonly uniqueId: string; readonly author: string } & Pick<
  DocumentParts,
  'type' | 'typeSystem' | 'classCode'
>

const typeSystem =
  'https://mos.esante.gouv.fr/NOS/TRE_A05-TypeDocComplementaire/FHIR/TRE-A05-TypeDocComplementaire'
/** What the headers of the ANS's example documents say, read by eye. */
const examples: Readonly<Record<string, Omit<Sample, 'cda'>>> = {
  'LDL-SES_2022.01.xml': {
    uniqueId: '1.2.250.1.213.1.1.1.29.2022.1.1',
    type: '11490-0',
    classCode: '10',
    author: '801234567897',
  },
  'VSM_1.4_2022.01.xml': {
    uniqueId: '1.2.250.1.213.1.1.1.13.2022.1.1',
    type: 'SYNTH',
    typeSystem,
    classCode: '11',
    author: '801234567897',
  },
  'BIO-CR-BIO_2024.01_TSH_1.xml': {
    uniqueId: '1.2.250.1.213.1.1.1.55.2024.9.1',
    type: '11502-2',
    classCode: '10',
    author: '801234534765',
  },
  'DOC_NON_STRUCTURE_CDA-R2-N1.xml': {
    uniqueId: '1.3.6.1.4.1.19376.1.2.20.12345.1.1',
    type: '11502-2',
    classCode: '10',
    author: '801234534765',
  },
  'VAC_2023.01.xml': {
    uniqueId: '1.2.250.1.213.1.1.1.37.2023.1.1',
    type: '11369-6',
    classCode: '52',
    author: '801234567897',
  },
}

/** The same document for any record: synthetic ones name its patient. */
function synthetic(ins: DocumentParts['ins'], text: string): Sample {
  const uniqueId = freshUniqueId()
  return {
    cda: syntheticCda({ ins, uniqueId, text }),
    uniqueId,
    author: defaultAuthor,
    type: '11490-0',
    classCode: '10',
  }
}

/** A record, and a GP it authorises. */
async function recordWithGp(app: TestApp, ins = knownIns): Promise<TestRecord> {
  const record = await openTestRecord(app, ins)
  const chosen = await record.choose('autorisation', gp.nationalId ?? '')
  if (chosen.status !== 201) throw new Error(verdict(chosen))
  return record
}

async function comesOut(t: Tap, app: TestApp, sample: Sample, binary: string): Promise<void> {
  const reader = app.as(gp)
  for (const accept of ['*/*', 'text/xml', 'application/xml', 'application/pdf, text/xml;q=0.5']) {
    const raw = await reader.get(binary, { accept })
    t.equal(verdict(raw), '200', accept)
    t.ok(raw.bytes.equals(sample.cda), `the bytes for ${accept}`)
    t.equal(raw.headers['content-type'], 'text/xml')
    t.match(raw.headers['x-security-context'], /^DocumentReference\//)
    t.equal(raw.headers['x-content-type-options'], 'nosniff')
  }
  const wrapped = await reader.get(binary, { accept: 'application/fhir+json' })
  const { data, contentType, securityContext } = resourceOf(wrapped, 'Binary')
  t.equal(wrapped.headers['content-type'], 'application/fhir+json; charset=utf-8')
  t.equal(contentType, 'text/xml')
  t.match(securityContext?.reference, /^DocumentReference\//)
  t.ok(Buffer.from(data ?? '', 'base64').equals(sample.cda), 'the bytes as base64')
  t.equal(verdict(await reader.get(binary, { accept: 'image/png' })), '406 not-supported format-demande')
}

type Tap = Pick<typeof t, 'equal' | 'ok' | 'match' | 'same'>

async function goesRound(t: Tap, app: TestApp, record: TestRecord, sample: Sample): Promise<void> {
  const { ins } = record
  const answer = await app.as(hospital).post('', provideBundle({ ins, ...sample }))
  const { documentId, binaryId } = pushed(answer, sample.uniqueId)
  t.same(
    resourceOf(answer, 'Bundle').entry?.map(({ response }) => response?.status),
    ['201 Created', '201 Created', '201 Created'],
  )
  const read = await app.as(gp).get(`/DocumentReference/${documentId}`)
  const document = resourceOf(read, 'DocumentReference')
  t.equal(document.subject?.reference, `Patient/${record.id}`)
  t.equal(document.content[0]?.attachment.url, `Binary/${binaryId}`)
  t.equal(document.content[0]?.attachment.size, sample.cda.length)
  const [first] = foundDocuments(await app.as(gp).get(`/DocumentReference?${byIns(ins)}`))
  t.same(first, document, 'search shows what read shows')
  await comesOut(t, app, sample, `/Binary/${binaryId}`)
}

/** For whom the whole database is not looked at. */
const shared = oneServer()
const skip = sharedData('cda') === undefined ? 'the reference data is not there' : false

t.test('ITI-65: the ANS example documents go in and come out byte for byte', { skip }, async (t) => {
  await using app = await testApp()
  const record = await recordWithGp(app)
  for (const [name, about] of Object.entries(examples)) {
    const path = sharedData(`cda/${name}`)
    if (path === undefined) return t.fail(`${name} is missing`)
    t.comment(name)
    await goesRound(t, app, record, { ...about, cda: readFileSync(path) })
  }
  t.same(await app.stored(), {
    // Five documents, five sets, two choices.
    business_identifier: 12,
    content: 5,
    document: 5,
    patient_identifier: 1,
    record: 1,
    // Five sets, the Patient, the consents: the opening, the GP's authorisation.
    resource: 8,
    resource_version: 0,
  })
})

t.test('ITI-105: the same documents, their metadata read in the CDA', { skip }, async (t) => {
  await using app = await testApp()
  const record = await recordWithGp(app)
  for (const [name, { uniqueId, author, type, classCode }] of Object.entries(examples)) {
    const path = sharedData(`cda/${name}`)
    if (path === undefined) return t.fail(`${name} is missing`)
    t.comment(name)
    const cda = readFileSync(path)
    const created = await app
      .as(hospital)
      .post('/DocumentReference', simplifiedPublish({ ins: record.ins, cda, uniqueId, author }))
    t.equal(verdict(created), '201')
    const document = resourceOf(created, 'DocumentReference')
    t.equal(document.type?.coding?.[0]?.code, type)
    t.equal(document.category?.[0]?.coding?.[0]?.code, classCode, 'the class is derived')
    t.equal(document.content[0]?.attachment.size, cda.length)
    t.equal(document.content[0]?.attachment.hash, createHash('sha1').update(cda).digest('base64'))
    t.ok(document.content[0]?.attachment.title, 'title')
    t.ok(document.content[0]?.format?.code, 'format')
    t.ok(document.context?.facilityType?.coding?.[0]?.code, 'facility')
    t.equal(created.headers.location, `${app.base}/DocumentReference/${document.id}/_history/1`)
    t.equal(created.headers.etag, 'W/"1"')
    await comesOut(t, app, { cda, uniqueId, author }, `/${document.content[0]?.attachment.url}`)
  }
})

t.test('synthetic documents go round by both ways, small and large', async (t) => {
  await using app = await shared.testApp()
  const record = await recordWithGp(app, shared.matricule(1))
  await goesRound(t, app, record, synthetic(record.ins, 'é€𝄞'))
  await goesRound(t, app, record, synthetic(record.ins, 'long '.repeat(200_000)))
  const full = synthetic(record.ins, 'tout dit')
  const created = await app
    .as(hospital)
    .post('/DocumentReference', publishedDocument({ ins: record.ins, ...full }))
  t.equal(verdict(created), '201')
  await comesOut(t, app, full, `/${resourceOf(created, 'DocumentReference').content[0]?.attachment.url}`)
  const claiming = (uniqueId: string, profile: string[]) =>
    app.as(hospital).post('/DocumentReference', {
      ...publishedDocument({ ins: record.ins, ...synthetic(record.ins, uniqueId) }),
      meta: { profile, tag: [{ system: 'urn:x', code: 'x' }] },
    })
  const published = 'https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-simplified-publish'
  const own = 'https://editeur.example/StructureDefinition/document'
  for (const [profile, kept] of [
    [[published], undefined],
    [[`${published}|3.1.1`, own], [own]],
  ] as const) {
    const { meta } = resourceOf(await claiming(String(profile.length), [...profile]), 'DocumentReference')
    t.same(meta?.profile, kept, 'what is served has no bytes, and an address: it claims nothing else')
    t.equal(meta?.tag?.[0]?.code, 'x')
  }
})

t.test('any file type goes in and comes out as it is', async (t) => {
  await using app = await shared.testApp()
  const record = await recordWithGp(app, shared.matricule(1))
  const pdf = Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.from([0, 255, 254, 10, 13, 0])])
  const { binaryId } = await record.push({ cda: pdf, contentType: 'application/pdf' })
  const raw = await app.as(gp).get(`/Binary/${binaryId}`, { accept: 'application/pdf' })
  t.equal(raw.headers['content-type'], 'application/pdf')
  t.ok(raw.bytes.equals(pdf))
})

t.test('a patient’s upload is of the admitted types in whatever spelling (D11)', async (t) => {
  await using app = await shared.testApp()
  const { ins, holder } = await recordWithGp(app, shared.matricule(1))
  const own = { ins, type: '74465-6', classCode: '90', documentChanges: ofPatient(ins) }
  for (const [contentType, cda, expected] of [
    ['text/plain; charset=utf-8', Buffer.from('Été'), '201'],
    ['image/jpg', Buffer.from([0xff, 0xd8, 0xff, 0xe0]), '201'],
    ['Image/JPEG', Buffer.from([0xff, 0xd8, 0xff, 0xe0]), '201'],
    [
      'image/png',
      Buffer.from('89504e470d0a1a0a', 'hex'),
      '422 business-rule format-envoye D11 @ DocumentReference.content[0].attachment',
    ],
    ['text/plain', Buffer.alloc(5 * 1024 * 1024, 'a'), '201'],
    [
      'text/plain',
      Buffer.alloc(5 * 1024 * 1024 + 1, 'a'),
      '422 business-rule trop-long D11 @ DocumentReference.content[0].attachment',
    ],
  ] as const) {
    const sent = publishedDocument({ ...own, uniqueId: freshUniqueId(), contentType, cda })
    t.equal(verdict(await app.as(holder).post('/DocumentReference', sent)), expected, contentType)
  }
})

t.test('who represents a patient writes as the patient (D7, D11, I5, V5)', async (t) => {
  await using app = await shared.testApp()
  const [child, parent] = [shared.matricule(1), shared.matricule(2)]
  const { id } = await openTestRecord(app, child, { birthDate: '2015-05-05' })
  const represents = choice('representation', id, { person: parent })
  t.equal(verdict(await app.as(administration).post('/Consent', represents)), '201')
  const own = { ins: child, type: '74465-6', classCode: '90', contentType: 'text/plain' } as const
  const send = (parts: Partial<DocumentParts>) =>
    app.as(representative(parent, child)).post(
      '/DocumentReference',
      publishedDocument({
        ...own,
        uniqueId: freshUniqueId(),
        cda: Buffer.from('Vacciné'),
        documentChanges: ofPatient(child),
        ...parts,
      }),
    )
  const first = await send({})
  t.equal(verdict(first), '201')
  const { id: document } = resourceOf(first, 'DocumentReference')
  const relatesTo = [{ code: 'replaces' as const, target: { reference: `DocumentReference/${document}` } }]
  const replaces = { ...ofPatient(child), relatesTo }
  t.equal(verdict(await send({ documentChanges: replaces })), '201', 'replaces what was written so')
  const at = 'DocumentReference.content[0].attachment'
  for (const [name, parts, expected] of [
    [
      'under the name of a doctor',
      { documentChanges: {} },
      /^422 business-rule element-requis I5 @ DocumentReference\.author$/m,
    ],
    [
      'another type of file',
      { contentType: 'image/png', cda: Buffer.from('89504e470d0a1a0a', 'hex') },
      `422 business-rule format-envoye D11 @ ${at}`,
    ],
    ['more than 5 MiB', { cda: Buffer.alloc(5_300_000, 'a') }, `422 business-rule trop-long D11 @ ${at}`],
    ...(['INVISIBLE_PATIENT', 'INVISIBLE_REPRESENTANTS_LEGAUX'] as const).map(
      (label) =>
        [
          label,
          { labels: ['N', label] },
          '403 forbidden droit-fonctionnel F15 @ DocumentReference.securityLabel',
        ] as const,
    ),
  ] as const)
    t.match(verdict(await send(parts)), expected, name)
})

t.test('a clock may go wrong by a day, and no document is of a time to come (D9)', async (t) => {
  await using app = await shared.testApp()
  const { ins } = await recordWithGp(app, shared.matricule(1))
  const ahead = (hours: number): string => new Date(app.now() + hours * 3_600_000).toISOString()
  const sent = (date: string, creation: string, start: string) => {
    const text = publishedDocument({
      ins,
      uniqueId: freshUniqueId(),
      cda: Buffer.from('du texte'),
      contentType: 'text/plain',
      date,
      period: { start, end: start },
    })
    const [content] = text.content
    if (content) content.attachment.creation = creation
    return app.as(hospital).post('/DocumentReference', text)
  }
  const plan = '2199-01-01'
  t.equal(verdict(await sent(ahead(23), ahead(12).slice(0, 10), plan)), '201', 'care may be planned')
  t.equal(
    verdict(await sent(ahead(25), ahead(72).slice(0, 10), plan)),
    [
      '422 value valeur-invalide D9 @ DocumentReference.date',
      '422 value valeur-invalide D9 @ DocumentReference.content[0].attachment.creation',
    ].join('\n'),
  )
})

t.test('a CDA by its own content type is a CDA (D6)', async (t) => {
  await using app = await shared.testApp()
  const record = await recordWithGp(app, shared.matricule(1))
  const contentType = 'application/hl7-cda+xml'
  const { binaryId } = await record.push({ contentType })
  for (const accept of ['text/xml', 'application/xml', contentType]) {
    const raw = await app.as(gp).get(`/Binary/${binaryId}`, { accept })
    t.equal(raw.headers['content-type'], contentType)
    t.match(raw.text, '<ClinicalDocument')
  }
  const uniqueId = freshUniqueId()
  const other = syntheticCda({ ins: shared.matricule(2), uniqueId })
  const refused = await app
    .as(hospital)
    .post('', provideBundle({ ins: record.ins, uniqueId, cda: other, contentType }))
  t.match(verdict(refused), 'cda-contredit D6')
})

t.test('the same push again is answered as the first, and stores nothing (D1)', async (t) => {
  await using app = await shared.testApp()
  const record = await recordWithGp(app, shared.matricule(1))
  const { ins } = record
  const sample = synthetic(ins, 'deux fois')
  const first = await app.as(hospital).post('', provideBundle({ ins, ...sample }))
  const before = await app.stored()
  const again = await app.as(hospital).post('/', provideBundle({ ins, ...sample }))
  t.same(
    resourceOf(again, 'Bundle').entry?.map(({ response }) => response?.status),
    ['200 OK', '200 OK', '200 OK'],
  )
  t.same(pushed(again, ''), pushed(first, ''))
  const simple = await app.as(hospital).post('/DocumentReference', publishedDocument({ ins, ...sample }))
  t.equal(simple.status, 200)
  t.match(simple.headers.location, `/DocumentReference/${pushed(first, '').documentId}/_history/1`)
  t.equal(simple.text, '', 'a repeated push shows nothing')
  const { resource, business_identifier, ...after } = await app.stored()
  const { resource: sets, business_identifier: identifiers, ...unchanged } = before
  t.same(after, unchanged, 'no document, no content')
  // ITI-105 makes a submission set of its own: once.
  t.same([resource, business_identifier], [(sets ?? 0) + 1, (identifiers ?? 0) + 1])
  const third = await app.as(hospital).post('/DocumentReference', publishedDocument({ ins, ...sample }))
  t.equal(third.status, 200)
  t.equal((await app.stored()).resource, (sets ?? 0) + 1)
})

t.test(
  'sent again with a label, a document is not hidden by that, and the answer says so (D1)',
  async (t) => {
    await using app = await shared.testApp()
    const record = await recordWithGp(app, shared.matricule(1))
    const { ins } = record
    const parts = { ins, ...synthetic(ins, 'à masquer'), structure: hospitalId }
    const labelled = { ...parts, labels: ['N', 'MASQUE_PS', 'INVISIBLE_REPRESENTANTS_LEGAUX'] as const }
    const first = pushed(await app.as(hospital).post('', provideBundle(parts)), '')
    const unset = (issues: readonly OperationOutcomeIssue[] | undefined): unknown =>
      issues?.map(({ severity, details }) => [
        severity,
        details?.coding?.[0]?.code,
        /[A-Z_]{8,}/.exec(details?.text ?? '')?.[0],
      ])
    const said = [
      ['warning', 'etiquette-non-posee', 'MASQUE_PS'],
      ['warning', 'etiquette-non-posee', 'INVISIBLE_REPRESENTANTS_LEGAUX'],
    ]
    const inLot = async (body: unknown, by = hospital): Promise<unknown> => {
      const answer = resourceOf(await app.as(by).post('', body), 'Bundle')
      const outcome = answer.entry?.[1]?.response?.outcome
      return outcome?.resourceType === 'OperationOutcome' ? unset(outcome.issue) : undefined
    }
    t.same(await inLot(provideBundle(labelled)), said, 'the same set')
    const identifier = [
      { use: 'usual', system: 'urn:ietf:rfc:3986', value: `urn:oid:${freshUniqueId()}` },
    ] as const
    t.same(
      await inLot(provideBundle({ ...labelled, setChanges: { identifier: [...identifier] } })),
      said,
      'another set',
    )
    const simple = await app.as(hospital).post('/DocumentReference', publishedDocument(labelled))
    t.equal(simple.status, 200)
    t.same(unset(resourceOf(simple, 'OperationOutcome').issue), said, 'alone')
    const read = resourceOf(
      await app.as(gp).get(`/DocumentReference/${first.documentId}`),
      'DocumentReference',
    )
    t.equal(read.securityLabel?.length, 1, 'as it was')

    // V7: what a document is labelled with is told to who sees it.
    t.equal(await inLot(provideBundle(labelled), otherHospital), undefined, 'to who does not see it, nothing')
    const hidden = { ...labelled, ...synthetic(ins, 'masqué') }
    pushed(await app.as(hospital).post('', provideBundle(hidden)), '')
    t.equal(await inLot(provideBundle(hidden)), undefined, 'of what is labelled so, nothing')
  },
)

t.test('race: twenty identical pushes at once are one', async (t) => {
  await using app = await shared.testApp()
  const record = await recordWithGp(app, shared.matricule(1))
  const { ins } = record
  const before = await app.stored()
  const bundle = provideBundle({ ins, ...synthetic(ins, 'course') })
  const answers = await Promise.all(Array.from({ length: 20 }, () => app.as(hospital).post('', bundle)))
  t.same(answers.map(verdict), Array(20).fill('200'))
  t.equal(new Set(answers.map((answer) => JSON.stringify(pushed(answer, '')))).size, 1, 'one place')
  const created = answers.filter((answer) => answer.text.includes('201 Created'))
  t.equal(created.length, 1, 'one of them made it')
  const after = await app.stored()
  t.same(
    Object.fromEntries(
      Object.keys(after).map((table) => [table, (after[table] ?? 0) - (before[table] ?? 0)]),
    ),
    {
      business_identifier: 2,
      content: 1,
      document: 1,
      patient_identifier: 0,
      record: 0,
      resource: 1,
      resource_version: 0,
    },
  )
  t.equal(foundDocuments(await app.as(gp).get(`/DocumentReference?${byIns(ins)}`)).length, 1)
})

t.test('one uniqueId is one document, however it is written (D1)', async (t) => {
  await using app = await shared.testApp()
  const record = await recordWithGp(app, shared.matricule(1))
  const { ins } = record
  const conformant = 'urn:ietf:rfc:3986'
  const root = freshUniqueId()
  const uuid = randomUUID()
  const written: Readonly<Record<string, readonly (readonly [system: string, value: string])[]>> = {
    [root]: [
      [conformant, `urn:oid:${root}`],
      [conformant, root],
      [conformant, `URN:OID:${root}`],
    ],
    [`${root}.1" extension="A-1`]: [
      [`urn:oid:${root}.1`, 'A-1'],
      [conformant, `urn:oid:${root}.1^A-1`],
      [conformant, `${root}.1^A-1`],
    ],
    [uuid.toUpperCase()]: [
      [conformant, `urn:uuid:${uuid.toUpperCase()}`],
      [conformant, `urn:uuid:${uuid}`],
    ],
  }
  for (const [id, spellings] of Object.entries(written)) {
    const cda = Buffer.from(
      syntheticCda({ ins, uniqueId: '1.2.3' }).toString().replace('<id root="1.2.3"/>', `<id root="${id}"/>`),
    )
    const { document: before = 0 } = await app.stored()
    const places = new Set<string | undefined>()
    for (const first of [0, 1, 2])
      for (const [system, value] of [...spellings.slice(first), ...spellings.slice(0, first)]) {
        const masterIdentifier = { use: 'usual', system, value } as const
        const lot = provideBundle({ ins, cda, documentChanges: { masterIdentifier } })
        const answer = await app.as(hospital).post('', lot)
        t.equal(verdict(answer), '200', value)
        places.add(pushed({ ...answer, text: answer.text.replace('201 C', '200 O') }, '').documentId)
        const simple = await app
          .as(hospital)
          .post('/DocumentReference', { ...simplifiedPublish({ ins, cda }), masterIdentifier })
        t.equal(simple.status, 200, value)
        const other = {
          ins,
          cda: Buffer.from('un autre'),
          contentType: 'text/plain',
          documentChanges: { masterIdentifier },
        }
        t.match(
          verdict(await app.as(hospital).post('', provideBundle(other))),
          '409 duplicate identifiant-unique-pris',
        )
      }
    t.equal(places.size, 1, `${id}: one place`)
    t.equal((await app.stored()).document, before + 1, `${id}: one document`)
  }
  // A13: what is objected to in one spelling is not deposited in another.
  const objected = freshUniqueId()
  const objection = choice('opposition-alimentation', record.id, { type: 'deny', document: objected })
  t.equal((await app.as(hospital).post('/Consent', objection)).status, 201)
  const masterIdentifier = { use: 'usual', system: conformant, value: objected } as const
  t.match(
    verdict(
      await app
        .as(hospital)
        .post('', provideBundle({ ins, uniqueId: objected, documentChanges: { masterIdentifier } })),
    ),
    '409 conflict opposition-alimentation A13',
  )
})

t.test('race: one uniqueId, twenty contents: one wins, the others are conflicts', async (t) => {
  await using app = await shared.testApp()
  const { ins } = await recordWithGp(app, shared.matricule(1))
  const uniqueId = freshUniqueId()
  const bundles = Array.from({ length: 20 }, (_, i) =>
    provideBundle({
      ins,
      uniqueId,
      cda: syntheticCda({ ins, uniqueId, text: `contenu ${i}` }),
      setChanges: { identifier: [{ use: 'usual', system: 'urn:ietf:rfc:3986', value: `urn:oid:1.9.${i}` }] },
    }),
  )
  const answers = await Promise.all(bundles.map((bundle) => app.as(hospital).post('', bundle)))
  const won = answers.filter(({ status }) => status === 200)
  t.equal(won.length, 1)
  const lost = new Set(answers.filter(({ status }) => status !== 200).map(verdict))
  t.same([...lost], ['409 duplicate identifiant-unique-pris D1 @ Bundle.entry[1].resource.masterIdentifier'])
  const { document, content } = await app.stored()
  t.same({ document, content }, { document: 1, content: 1 })
})

t.test('race: twenty openings of one record at once open one', async (t) => {
  await using app = await shared.testApp()
  const ins = shared.matricule(7)
  const query = `?identifier=${encodeURIComponent(`${ins.system}|${ins.value}`)}`
  const conditional = await Promise.all(
    Array.from({ length: 20 }, () => app.as(administration).put(`/Patient${query}`, patient(ins))),
  )
  t.same(conditional.map(({ status }) => status).sort(), [...Array(19).fill(200), 201])
  t.equal(new Set(conditional.map((answer) => resourceOf(answer, 'Patient').id)).size, 1)
  const other = shared.matricule(8)
  const plain = await Promise.all(
    Array.from({ length: 20 }, () => app.as(administration).post('/Patient/$ouvrir', patient(other))),
  )
  t.same(plain.map(({ status }) => status).sort(), [201, ...Array(19).fill(409)])
  t.equal(new Set(plain.filter(({ status }) => status === 409).map(verdict)).size, 1)
  const { record, patient_identifier, resource } = await app.stored()
  t.same({ record, patient_identifier, resource }, { record: 2, patient_identifier: 2, resource: 4 })
})

t.test('a word that every object of JavaScript knows is a word like any other', async (t) => {
  await using app = await testApp()
  const { ins } = await openTestRecord(app, shared.matricule(1))
  const push = async (parts: Partial<DocumentParts>) =>
    verdict(await app.as(hospital).post('', provideBundle({ ins, ...parts })))
  for (const word of ['constructor', '__proto__']) {
    const uniqueId = freshUniqueId()
    const cda = Buffer.from(syntheticCda({ ins, uniqueId }).toString('utf8').replace('UTF-8', word))
    t.match(await push({ uniqueId, cda }), /^422 structure cda-illisible D6/, `an encoding: ${word}`)
    const text = { uniqueId: freshUniqueId(), cda: Buffer.from('bonjour'), contentType: word }
    t.match(await push(text), /^422 invalid contenu-inattendu /, `a type that is none: ${word}`)
    const typed = {
      ...text,
      uniqueId: freshUniqueId(),
      contentType: `application/${word.replaceAll('_', '')}`,
    }
    t.equal(await push(typed), '200', `a type that nothing contradicts: ${word}`)
  }
})

t.test('two documents of one lot, by two authors, each with its Binary', async (t) => {
  await using app = await shared.testApp()
  const { ins } = await recordWithGp(app, shared.matricule(1))
  const one = provideBundle({ ins })
  const two = provideBundle({ ins, author: practitioner(12) })
  const [set, document, binary] = one.entry
  const second = {
    document: 'urn:uuid:bbbbbbbb-0000-4000-8000-000000000002',
    binary: 'urn:uuid:bbbbbbbb-0000-4000-8000-000000000003',
  }
  const [, otherDocument, otherBinary] = two.entry
  if (set.resource?.resourceType !== 'List' || otherDocument.resource?.resourceType !== 'DocumentReference') {
    return t.fail('another order')
  }
  const [content] = otherDocument.resource.content
  const lot = {
    ...one,
    entry: [
      { ...otherBinary, fullUrl: second.binary },
      document,
      {
        ...otherDocument,
        fullUrl: second.document,
        resource: {
          ...otherDocument.resource,
          content: [{ ...content, attachment: { ...content?.attachment, url: second.binary } }],
        },
      },
      {
        ...set,
        resource: {
          ...set.resource,
          entry: [...(set.resource.entry ?? []), { item: { reference: second.document } }],
        },
      },
      binary,
    ],
  }
  const answer = await app.as(hospital).post('', lot)
  t.equal(verdict(answer), '200')
  t.same(
    resourceOf(answer, 'Bundle').entry?.map(({ response }) => response?.location?.split('/')[0]),
    ['Binary', 'DocumentReference', 'DocumentReference', 'List', 'Binary'],
    'answers in the order of the request',
  )
  const list = resourceOf(answer, 'Bundle').entry?.[3]?.response?.location ?? ''
  const stored = resourceOf(await app.as(gp).get(`/${list}`), 'List')
  const locations = resourceOf(answer, 'Bundle').entry?.map(({ response }) => response?.location ?? '') ?? []
  t.same(
    stored.entry?.map(({ item }) => `${item.reference}/_history/1`),
    [locations[1], locations[2]],
    'references are rewritten to where things lie',
  )
})
