/**
 * How traces are found, summed up and taken home: the parameters of AuditEvent over HTTP, who reads what of them, the forms
 * in which they are shown, and the table. That a search finds exactly what its AuditEvents say is
 * test/interactions/trace-search.test.ts.
 * @see docs/api.md "Traces", docs/policy.md T4, V5, V7
 */
import type { AuditEvent, Bundle } from '@medplum/fhirtypes'
import tap from 'tap'
import { Trace } from '../../src/audit/trace.ts'
import { RULE_SYSTEM } from '../../src/fhir/error-catalogue.ts'
import { FhirError } from '../../src/fhir/fhir-error.ts'
import { decodeUuid } from '../../src/fhir/id.ts'
import { exportTraces } from '../../src/interactions/dmp/traces/export-traces.ts'
import type { Persona } from '../../src/sandbox/persona.ts'
import { insertTraces } from '../../src/storage/traces/insert-traces.ts'
import type { TestApp } from '../support/app.ts'
import { choice, type DocumentParts, freshUniqueId, provideBundle } from '../support/builders.ts'
import { type Received, resourceOf, verdict } from '../support/http-client.ts'
import { document, lotOf } from '../support/lots.ts'
import { oneServer } from '../support/one-server.ts'
import {
  administration,
  aidant,
  auditor,
  gp,
  hospital,
  nurse,
  otherGp,
  representative,
} from '../support/personas.ts'
import { callerWith } from '../support/questions.ts'
import { byIns, openTestRecord, type PushedDocument, pushed, type TestRecord } from '../support/record.ts'
import { storedTraces } from '../support/stored-traces.ts'
import { syntheticCda } from '../support/synthetic-cda.ts'

const { testApp, matricule } = oneServer()

const form = { 'content-type': 'application/x-www-form-urlencoded' }
const tde = 'https://interop.esante.gouv.fr/ig/fhir/tde/StructureDefinition/tde-auditevent'
const authz = 'https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.AuthZconsent'
const idOf = ({ nationalId = '' }: Persona): string => nationalId

function eventsOf(answer: Received): AuditEvent[] {
  const bundle: Bundle = resourceOf(answer, 'Bundle')
  return (bundle.entry ?? []).flatMap(({ resource }) =>
    resource?.resourceType === 'AuditEvent' ? [resource] : [],
  )
}

const linesOf = ({ text }: Received): string[] => text.split('\r\n').slice(0, -1)
const cellsOf = (line = ''): string[] => line.split(';').map((cell) => cell.replace(/^"|"$/g, ''))

type Story = { readonly app: TestApp; readonly record: TestRecord; readonly document: PushedDocument }

/** A GP and a nurse of the same structure, another GP in an emergency, one who is refused. */
async function story(app: TestApp): Promise<Story> {
  const record = await openTestRecord(app, matricule(1))
  const document = await record.push()
  for (const who of [gp, nurse]) await record.choose('autorisation', idOf(who))
  await app.as(gp).get(`/DocumentReference/${document.documentId}`)
  await app.as(gp).get(`/Binary/${document.binaryId}`)
  await app.as(nurse).get(`/DocumentReference?patient=${record.id}`)
  await app.as(otherGp).get(`/DocumentReference?patient=${record.id}`)
  await app.as(otherGp).get(`/DocumentReference/${document.documentId}`, {
    'dmp-mode-acces': 'bris_de_glace',
    'dmp-motif': 'Patient%20inconscient',
  })
  return { app, record, document }
}

tap.test(
  'what was refused of a minor’s secret is not shown to a representative either (T4, V5)',
  async (t) => {
    await using app = await testApp()
    const record = await openTestRecord(app, matricule(1), { birthDate: '2012-06-15' })
    const named = choice('representation', record.id, { person: matricule(11) })
    t.equal(verdict(await app.as(administration).post('/Consent', named)), '201')
    await record.choose('autorisation', idOf(gp))
    const deposit = (labels: DocumentParts['labels'] & object, parts: Partial<DocumentParts> = {}) => {
      const uniqueId = freshUniqueId()
      const cda = syntheticCda({ ins: record.ins, uniqueId, author: idOf(gp), birthTime: '20120615' })
      const bundle = provideBundle({ ins: record.ins, uniqueId, author: idOf(gp), cda, labels, ...parts })
      return { uniqueId, answer: app.as(gp).post('', bundle) }
    }
    const deposited = async (labels: DocumentParts['labels'] & object): Promise<PushedDocument> => {
      const { uniqueId, answer } = deposit(labels)
      return pushed(await answer, uniqueId)
    }
    const refusedOf = async (id: string): Promise<Received[]> => {
      const doctor = app.as(gp)
      const patch = (path: string, headers: Readonly<Record<string, string>> = {}): Promise<Received> =>
        doctor.request('PATCH', `/DocumentReference/${id}`, {
          body: [{ op: 'replace', path, value: 'entered-in-error' }],
          headers: { 'content-type': 'application/json-patch+json', ...headers },
        })
      return [
        await patch('/status', { 'if-match': 'W/"9"' }),
        await patch('/description'),
        await doctor.get(`/DocumentReference/${id}/_history/9`),
        await doctor.get(`/DocumentReference/${id}/_history?_since=2999-01-01`),
        await doctor.post('/Communication', {
          resourceType: 'Communication',
          status: 'in-progress',
          subject: { reference: `Patient/${record.id}` },
          recipient: [{ reference: `Patient/${record.id}` }],
          about: [{ reference: `DocumentReference/${id}` }],
          payload: [{ contentString: 'Voici vos résultats' }],
        }),
      ]
    }
    const secret = await deposited(['N', 'INVISIBLE_REPRESENTANTS_LEGAUX'])
    const plain = await deposited(['N'])
    const hidden = [
      ...(await refusedOf(secret.documentId)),
      await deposit(['N', 'INVISIBLE_REPRESENTANTS_LEGAUX'], { classCode: '11' }).answer,
    ]
    t.same(
      hidden.map(({ status }) => status),
      [412, 422, 404, 200, 422, 422],
    )
    const shown = [...(await refusedOf(plain.documentId)), await deposit(['N'], { classCode: '11' }).answer]
    const parent = app.as(representative(matricule(11), record.ins))
    const path = `/AuditEvent?patient=${record.id}&_count=100`
    const [told, whole] = [await parent.get(path), await app.as(record.holder).get(path)]
    const requestOf = ({ headers }: Received): string => headers['x-request-id'] ?? '-'
    for (const answer of hidden)
      t.same(
        [whole, told].map(({ text }) => text.includes(requestOf(answer))),
        [true, false],
      )
    for (const answer of shown) t.ok(told.text.includes(requestOf(answer)), 'as what is no secret is')
    const [stale] = shown
    const event = eventsOf(told).find((each) => stale && JSON.stringify(each).includes(requestOf(stale)))
    t.match(
      event?.entity?.map(({ what }) => what?.reference ?? ''),
      [/^Patient/, `DocumentReference/${plain.documentId}/_history/1`],
      'a refused change says of which document',
    )
  },
)

tap.test(
  'a deposit that was refused names nothing, and nothing of it is kept from the patient',
  async (t) => {
    await using app = await testApp()
    const record = await openTestRecord(app, matricule(1))
    const { uniqueId: taken } = await record.push()
    const uniqueId = freshUniqueId()
    const objection = choice('opposition-alimentation', record.id, { type: 'deny', document: uniqueId })
    t.equal(verdict(await app.as(hospital).post('/Consent', objection)), '201')
    const refused = [
      await app.as(hospital).post('', provideBundle({ ins: record.ins, uniqueId })),
      await app.as(hospital).post('', provideBundle({ ins: record.ins, uniqueId: taken, type: '11488-4' })),
    ]
    t.same(
      refused.map(({ status }) => status),
      [409, 409],
    )
    const events = eventsOf(await app.as(record.holder).get(`/AuditEvent?patient=${record.id}&outcome=4`))
    t.equal(events.length, 2)
    for (const { meta, entity } of events) {
      t.equal(meta?.tag, undefined, 'it is whole')
      t.same(
        entity?.flatMap(({ what }) => what?.reference ?? []),
        [`Patient/${record.id}`],
      )
    }
  },
)

tap.test('found by who, what, why and when (R4, TdE, ITI-81)', async (t) => {
  await using app = await testApp()
  const { record, document } = await story(app)
  const holder = app.as(record.holder)
  const found = async (query: string): Promise<string[]> => {
    const answer = await holder.get(`/AuditEvent?patient=${record.id}${query}`)
    return eventsOf(answer).map(
      ({ action, outcome, agent }) =>
        `${action}${outcome} ${agent.find(({ requestor }) => requestor)?.who?.identifier?.value}`,
    )
  }
  const own = idOf(gp)
  const cases: Readonly<Record<string, readonly string[]>> = {
    [`&agent:identifier=urn:oid:1.2.250.1.71.4.2.1|${own}`]: [`R0 ${own}`, `R0 ${own}`],
    [`&agent.identifier=${own}&action=R`]: [`R0 ${own}`, `R0 ${own}`],
    [`&agent:identifier=${nurse.structureId}&action=E`]: [`E0 ${idOf(nurse)}`],
    '&purpose=BTG': [`R0 ${idOf(otherGp)}`],
    '&purpose=http://terminology.hl7.org/CodeSystem/v3-ActReason|ETREAT': [],
    '&outcome=4': [`E4 ${idOf(otherGp)}`],
    [`&policy=${encodeURIComponent(`${RULE_SYSTEM}#A8`)}`]: [`R0 ${idOf(otherGp)}`],
    '&subtype=ITI-68': [`R0 ${own}`],
    '&subtype=search-type&outcome:not=0': [`E4 ${idOf(otherGp)}`],
    [`&entity=DocumentReference/${document.documentId}&agent:identifier=${idOf(otherGp)}`]: [
      `R0 ${idOf(otherGp)}`,
    ],
    [`&entity=Binary/${document.binaryId}&action=R`]: [`R0 ${own}`],
    [`&entity=DocumentReference/${document.documentId}/_history/2`]: [],
    '&date=lt2026-01-01': [],
    '&agent-role=https://dmp-fhir.example/CodeSystem/acteur|PS&_sort=date&_count=1': [`R0 ${own}`],
  }
  for (const [query, expected] of Object.entries(cases)) t.same(await found(query), expected, query)
  const [read] = eventsOf(await holder.get(`/AuditEvent?patient=${record.id}&purpose=BTG`))
  t.same(
    eventsOf(await holder.get(`/AuditEvent?patient=${record.id}&_id=${read?.id}`)).map(({ id }) => id),
    [read?.id],
  )
  const request = read?.entity?.find(({ type }) => type?.code === 'XrequestId')?.what?.identifier?.value
  t.same(
    eventsOf(await holder.get(`/AuditEvent?patient=${record.id}&entity.identifier=${request}`)).map(
      ({ id }) => id,
    ),
    [read?.id],
    'by the request id that the answer had',
  )
  const mine = eventsOf(await holder.get(`/AuditEvent?patient=${record.id}&agent=Patient/${record.id}`))
  t.ok(mine.length > 10, 'what the patient did')
})

tap.test('shaped as other searches are: count, total, parts, order, form, lenient handling', async (t) => {
  await using app = await testApp()
  const { record } = await story(app)
  const auditing = app.as(auditor)
  const path = `/AuditEvent?patient=${record.id}&agent:identifier=${idOf(gp)}`
  const bundle: Bundle = resourceOf(await auditing.get(`${path}&_total=accurate&_count=1`), 'Bundle')
  t.same([bundle.total, bundle.entry?.length], [2, 1])
  const next = bundle.link?.find(({ relation }) => relation === 'next')?.url ?? ''
  t.equal(eventsOf(await auditing.get(next)).length, 1)
  t.equal(
    verdict(await app.as(record.holder).get(next)),
    '400 invalid curseur-invalide',
    'a cursor is its caller’s',
  )
  const counted: Bundle = resourceOf(await auditing.get(`${path}&_summary=count`), 'Bundle')
  t.same([counted.total, counted.entry], [2, undefined])
  const [part] = eventsOf(await auditing.get(`${path}&_elements=recorded`))
  t.same([typeof part?.recorded, part?.outcome], ['string', undefined])
  const times = (answer: Received) => eventsOf(answer).map(({ recorded }) => recorded)
  const oldest = times(await auditing.get(`/AuditEvent?patient=${record.id}&_sort=date&_count=5`))
  t.same(oldest, oldest.toSorted())
  const all = times(await auditing.get(`/AuditEvent?patient=${record.id}&_count=100`))
  t.same(all, all.toSorted().toReversed())

  const posted = await auditing.request('POST', '/AuditEvent/_search', {
    body: `${byIns(record.ins)}&agent.identifier=${idOf(gp)}`,
    headers: form,
  })
  t.equal(eventsOf(posted).length, 2, 'by POST, by the INS')
  t.notMatch(posted.text, record.ins.value, 'which no link repeats')

  const unknown = await auditing.get(`/AuditEvent?patient=${record.id}&foo=1`)
  t.equal(verdict(unknown), '400 not-supported parametre-inconnu')
  for (const word of ['constructor', '__proto__'])
    t.equal(
      verdict(await auditing.get(`/AuditEvent?patient=${record.id}&${word}=1`)),
      '400 not-supported parametre-inconnu',
    )
  for (const known of ['agent', 'purpose', 'period-start', 'entity']) t.match(unknown.text, known)
  t.equal(
    verdict(await auditing.get(`/AuditEvent?patient=${record.id}&agent-name=Martin`)),
    '400 not-supported parametre-non-pris-en-charge',
  )
  const lenient = await auditing.get(`${path}&foo=1`, { prefer: 'handling=lenient' })
  t.equal(eventsOf(lenient).length, 2)
  t.match(lenient.text, /parametre-ignore/)
  for (const bad of [
    'agent=https://other.test/x',
    'entity=urn:uuid:1',
    'agent:identifier=urn:x|',
    'date=hier',
    'agent:contains=x',
  ])
    t.equal((await auditing.get(`/AuditEvent?patient=${record.id}&${bad}`)).status, 400, bad)
  t.equal(verdict(await auditing.get('/AuditEvent?agent=x')), '400 required patient-requis')
})

tap.test('in the form of TdE, and as the decisions they tell of (`_profile`)', async (t) => {
  await using app = await testApp()
  const { record } = await story(app)
  const holder = app.as(record.holder)
  const asked = `/AuditEvent?patient=${record.id}&agent:identifier=${idOf(gp)}&_count=1&_profile=`
  const answer = await holder.get(`${asked}${tde}`)
  const [event] = eventsOf(answer)
  t.same(event?.meta?.profile, [tde])
  t.equal(event?.period?.start, event?.recorded)
  const bundle: Bundle = resourceOf(answer, 'Bundle')
  const next = bundle.link?.find(({ relation }) => relation === 'next')?.url ?? ''
  t.same(eventsOf(await holder.get(next))[0]?.meta?.profile, [tde], 'on every page')
  const one = resourceOf(await holder.get(`/AuditEvent/${event?.id}?_profile=${tde}`), 'AuditEvent')
  t.same(one, event)
  const [decision] = eventsOf(await holder.get(`${asked}${authz}`))
  t.same([decision?.meta?.profile, decision?.outcome], [[authz], '0'])
  t.equal(verdict(await holder.get(`${asked}urn:x`)), '400 value parametre-invalide')
  t.equal(
    verdict(await holder.get(`/AuditEvent/${event?.id}?_profile=constructor`)),
    '400 value parametre-invalide',
  )
  t.equal(
    verdict(await holder.get(`/AuditEvent/${event?.id}?_profile=urn:x`)),
    '400 value parametre-invalide',
  )
})

tap.test('a representative reads all but a minor’s secrets, an aidant none (T4, V5)', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, matricule(1), { birthDate: '2012-06-15' })
  const write = (category: string, parts: Parameters<typeof choice>[2], who: Persona) =>
    app.as(who).post('/Consent', choice(category, record.id, parts))
  t.equal(verdict(await write('representation', { person: matricule(11) }, administration)), '201')
  t.equal(verdict(await write('aidant', { person: matricule(12) }, record.holder)), '201')
  await record.choose('autorisation', idOf(gp))
  await record.choose('autorisation', idOf(otherGp))
  const push = async (who: Persona): Promise<PushedDocument> => {
    const uniqueId = freshUniqueId()
    const cda = syntheticCda({ ins: record.ins, uniqueId, author: idOf(gp), birthTime: '20120615' })
    const bundle = provideBundle({ ins: record.ins, uniqueId, author: idOf(gp), cda })
    return pushed(await app.as(who).post('', bundle), uniqueId)
  }
  const secretly: Persona = { ...gp, secretConnection: true }
  const secret = await push(secretly)
  const plain = await push(gp)
  const searched = await app.as(secretly).get(`/DocumentReference?patient=${record.id}`)
  const refused = await app
    .as({ ...nurse, secretConnection: true })
    .get(`/DocumentReference?patient=${record.id}`)
  const listed = await app.as(otherGp).get(`/List/${secret.listId}`)
  const looked = await app.as(gp).get(`/DocumentReference?patient=${record.id}&status=current`)
  const read = await app.as(gp).get(`/DocumentReference/${plain.documentId}`)
  t.same(
    [searched, refused, listed, looked, read].map(({ status }) => status),
    [200, 403, 200, 200, 200],
  )

  const parent = app.as(representative(matricule(11), record.ins))
  const told = await parent.get(`/AuditEvent?patient=${record.id}&_count=100`)
  const whole = await app.as(record.holder).get(`/AuditEvent?patient=${record.id}&_count=100`)
  const requestOf = ({ headers }: Received): string => headers['x-request-id'] ?? '-'
  for (const hidden of [searched, refused, listed, looked])
    t.same(
      [whole.text.includes(requestOf(hidden)), told.text.includes(requestOf(hidden))],
      [true, false],
      'the minor reads it, the parent does not',
    )
  t.ok(told.text.includes(requestOf(read)), 'and reads the rest')
  for (const id of [secret.documentId, secret.listId, secret.binaryId]) t.notMatch(told.text, id)
  const tracesOf = await storedTraces((text) => app.query(text))
  const hidden = tracesOf.find(({ request_id }) => request_id === requestOf(searched))
  t.ok(hidden?.rules.includes('V5'), 'a secret connection says so in its trace')
  const [deposit] = eventsOf(whole).filter(({ entity }) => JSON.stringify(entity).includes(secret.documentId))
  t.equal(verdict(await parent.get(`/AuditEvent/${deposit?.id}`)), '404 not-found inconnu')
  // Before it asks for it by an id, which its own trace then repeats.
  const csv = await parent.get(`/AuditEvent?patient=${record.id}&_format=csv`)
  t.notMatch(csv.text, secret.documentId)
  t.notMatch(csv.text, requestOf(refused))
  const total = async (query: string): Promise<number | undefined> => {
    const bundle: Bundle = resourceOf(
      await parent.get(`/AuditEvent?patient=${record.id}&_summary=count${query}`),
      'Bundle',
    )
    return bundle.total
  }
  t.equal(await total(`&entity=DocumentReference/${secret.documentId}`), 0)
  t.equal(await total(`&entity=DocumentReference/${plain.documentId}`), 2, 'its deposit, its reading')
  const accesses = await parent.get(`/Patient/${record.id}/$acces`)
  t.equal(accesses.status, 200)
  t.notMatch(accesses.text, idOf(nurse), 'who came in secret only, did not come')
  t.match(accesses.text, idOf(gp))
  t.equal(
    verdict(await app.as(aidant(matricule(12), record.ins)).get(`/AuditEvent?patient=${record.id}`)),
    '403 forbidden droit-fonctionnel T4',
  )
  t.equal(
    verdict(await app.as(representative(matricule(13), record.ins)).get(`/AuditEvent?patient=${record.id}`)),
    '403 forbidden representation-absente P2',
  )
})

tap.test('a secret put into a folder takes no other trace of the folder away (V5, V7)', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, matricule(1), { birthDate: '2012-06-15' })
  const { ins } = record
  const representation = choice('representation', record.id, { person: matricule(11) })
  t.equal(verdict(await app.as(administration).post('/Consent', representation)), '201')
  for (const who of [gp, otherGp]) await record.choose('autorisation', idOf(who))
  const place = (answer: Received, entry: number): string =>
    (resourceOf(answer, 'Bundle').entry?.[entry]?.response?.location ?? '').replace(/\/_history\/\d+$/, '')
  const own = { author: idOf(gp) }
  const begun = await app
    .as(gp)
    .post('', lotOf({ ins, documents: [own], folders: [{ items: [document(0)] }] }))
  t.equal(verdict(begun), '200')
  const folder = place(begun, 3)
  const parent = app.as(representative(matricule(11), ins))
  const reads = [begun, await app.as(gp).get(`/${folder}`), await parent.get(`/${folder}`)]
  const secretly = {
    documents: [{ ...own, labels: ['N', 'INVISIBLE_REPRESENTANTS_LEGAUX'] as const }],
    folders: [{ url: folder, changes: { id: folder.slice(5) }, items: [place(begun, 1), document(0)] }],
  }
  const secret = await app.as(gp).post('', lotOf({ ins, ...secretly }))
  t.equal(verdict(secret), '200')
  const alone = await app
    .as(gp)
    .post('', lotOf({ ins, documents: secretly.documents, folders: [{ items: [document(0)] }] }))
  const inSecret = [secret, alone, await app.as(gp).get(`/${place(alone, 3)}`)]
  reads.push(await app.as(gp).get(`/${folder}`), await parent.get(`/${folder}`))
  const told = await parent.get(`/AuditEvent?patient=${record.id}&_count=100`)
  for (const { status, headers } of reads)
    t.ok(status === 200 && told.text.includes(headers['x-request-id'] ?? '-'), 'as if no secret were in it')
  for (const { status, headers } of inSecret)
    t.ok(status === 200 && !told.text.includes(headers['x-request-id'] ?? '-'), 'a secret is in no trace')
})

tap.test('what one asked oneself tells by no trace whether it is there (V7)', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, matricule(1))
  const hidden = await record.push({ labels: ['N', 'INVISIBLE_PATIENT'] })
  const visible = await record.push()
  const holder = app.as(record.holder)
  const traceOf = async (id: string): Promise<string> => {
    const asked = await holder.get(`/DocumentReference?patient=${record.id}&_id=${id}`)
    const [trace] = eventsOf(
      await holder.get(`/AuditEvent?patient=${record.id}&entity:identifier=${asked.headers['x-request-id']}`),
    )
    const queries = trace?.entity?.map(({ query = '' }) => Buffer.from(query, 'base64').toString())
    return JSON.stringify([trace?.meta?.tag, trace?.meta?.profile, queries]).replaceAll(id, 'id')
  }
  const nowhere = (id: string): string => `${id.slice(0, -5)}00000`
  for (const id of [hidden.documentId, hidden.listId, hidden.binaryId])
    t.equal(await traceOf(id), await traceOf(nowhere(id)))
  t.match(await traceOf(visible.documentId), /_id=id/, 'what is seen stays in what was asked')
})

tap.test('who reads a document’s traces learns of no hidden one (V7)', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, matricule(1))
  const hidden = await record.push({ labels: ['N', 'INVISIBLE_PATIENT'] })
  const visible = await record.push()
  await record.choose('autorisation', idOf(gp))
  const listRead = await app.as(gp).get(`/List/${hidden.listId}`)
  t.equal(listRead.status, 200)
  const holder = app.as(record.holder)
  const of = async (type: string, id: string, who = holder): Promise<AuditEvent[]> =>
    eventsOf(await who.get(`/AuditEvent?patient=${record.id}&entity=${type}/${id}`))
  t.equal((await of('DocumentReference', visible.documentId)).length, 1)
  t.equal((await of('List', visible.listId)).length, 1)
  for (const [type, id] of [
    ['DocumentReference', hidden.documentId],
    ['List', hidden.listId],
  ] as const) {
    t.same(await of(type, id), [])
    t.ok((await of(type, id, app.as(auditor))).length > 0, 'the auditor reads traces whole')
  }
  const all = await holder.get(`/AuditEvent?patient=${record.id}&_count=100`)
  for (const id of [hidden.documentId, hidden.listId, hidden.binaryId]) t.notMatch(all.text, id)
  t.ok(all.text.includes(listRead.headers['x-request-id'] ?? '-'), 'who, when and how are told')
  const csv = await holder.get(`/AuditEvent?patient=${record.id}`, { accept: 'text/csv' })
  for (const id of [hidden.documentId, hidden.listId]) t.notMatch(csv.text, id)
  t.match(csv.text, /Non communiqué/)
})

tap.test('the table: all of a record in one file, as a spreadsheet in French takes it', async (t) => {
  await using app = await testApp()
  const { record } = await story(app)
  const holder = app.as(record.holder)
  const path = `/AuditEvent?patient=${record.id}`
  const answer = await holder.get(`${path}&_format=csv`)
  t.equal(verdict(answer), '200')
  t.equal(answer.headers['content-type'], 'text/csv; charset=utf-8; header=present')
  t.match(answer.headers['content-disposition'], /^attachment; filename="traces-dmp-\d{4}-\d\d-\d\d\.csv"$/)
  t.same([...answer.bytes.subarray(0, 3)], [0xef, 0xbb, 0xbf], 'Excel knows it for UTF-8')
  const lines = linesOf(answer)
  t.match(lines[0], /^\ufeff"Date et heure \(Paris\)";"Instant \(UTC\)";"Action";"Résultat";/)
  const bundle = await holder.get(`${path}&_count=100`)
  const rows = lines.slice(1)
  t.equal(rows.length, eventsOf(bundle).length - 1, 'all that was there when it was asked for')
  const instants = rows.map((row) => cellsOf(row)[1] ?? '')
  t.same(instants, instants.toSorted().toReversed(), 'newest first')
  const emergency = rows.find((row) => row.includes('Bris de glace'))
  t.match(emergency, /"Patient inconscient"/)
  t.match(emergency, new RegExp(`"${idOf(otherGp)}"`))
  t.ok(rows.some((row) => row.includes('Refusé')))
  t.notMatch(answer.text, record.ins.value)

  for (const [headers, query] of [
    [{ accept: 'text/csv' }, ''],
    [{ accept: 'text/html, text/csv;q=0.9, application/fhir+json;q=0.5' }, ''],
    [{ accept: 'application/fhir+json' }, '&_format=text/csv'],
  ] as const)
    t.match((await holder.get(`${path}${query}`, headers)).headers['content-type'], /^text\/csv/)
  for (const headers of [{ accept: '*/*' }, { accept: 'application/fhir+json, text/csv' }, {}])
    t.match((await holder.get(path, headers)).headers['content-type'], /^application\/fhir\+json/)
  t.equal((await holder.get(path, { accept: 'image/png' })).status, 406)
  t.equal((await holder.get(`/Patient/${record.id}`, { accept: 'text/csv' })).status, 406, 'nowhere else')
  const posted = await holder.request('POST', '/AuditEvent/_search', {
    body: `${byIns(record.ins)}&action=R&_format=csv`,
    headers: form,
  })
  t.equal(linesOf(posted).length, 1 + 3)
  const head = await holder.request('HEAD', `${path}&_format=csv`)
  t.same([head.status, head.text], [200, ''])
  t.equal(
    verdict(await holder.get(`${path}&_format=csv&agnet=x`, { prefer: 'handling=lenient' })),
    '400 not-supported parametre-inconnu',
    'a table could not say that it holds more than was asked for',
  )
  for (const shaping of ['_count=5', '_elements=id', '_total=accurate', `_profile=${tde}`])
    t.equal(
      verdict(await holder.get(`${path}&${shaping}&_format=csv`)),
      '400 not-supported non-pris-en-charge',
      shaping,
    )
  t.equal(verdict(await app.as(hospital).get(`${path}&_format=csv`)), '403 forbidden droit-fonctionnel T4')
  const own = linesOf(await app.as(gp).get(`${path}&_format=csv`)).slice(1)
  t.ok(own.length > 0 && own.every((row) => row.includes(idOf(gp))), 'a professional takes its own')

  const traces = await storedTraces((text) => app.query(text))
  const left = traces.filter(({ request_id }) => request_id === answer.headers['x-request-id'])
  t.same(
    left.map(({ interaction, status }) => [interaction, status]),
    [['export-traces', 200]],
    'one trace',
  )
})

tap.test('a long table comes in parts, and ends when the right to read it does', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, matricule(1))
  await record.choose('medecin-traitant', idOf(gp))
  const holder = app.as(record.holder)
  const { engine } = app
  const caller = callerWith({ practitionerId: idOf(gp), profession: '10' })
  const traced = (n: number): Trace => {
    const recorded = app.now() - n * 1000
    const id = engine.newId(recorded)
    const trace = new Trace({
      id,
      recorded,
      interaction: 'read-patient',
      requestId: id,
      network: '',
      chain: engine.chain,
    })
    trace.calledBy(caller, 'normal', '')
    return trace
  }
  const patientKey = decodeUuid(record.id)
  if (!patientKey) throw new Error('no record')
  const rows = Array.from({ length: 1300 }, (_, n) => {
    const trace = traced(n)
    trace.inRecord(patientKey, false)
    return trace.row(200, '')
  })
  await insertTraces(engine.db, rows)
  const whole = await holder.get(`/AuditEvent?patient=${record.id}&_format=csv`)
  t.ok(linesOf(whole).length > 1300, `${linesOf(whole).length} lines`)
  t.equal(
    new Set(linesOf(whole).map((line) => cellsOf(line).at(-1))).size,
    linesOf(whole).length,
    'each once',
  )
  t.equal(whole.headers['content-length'], undefined)

  const trace = traced(0)
  const now = app.now()
  const asWho = { caller, mode: 'normal', motive: '', now, trace, covered: 'every' } as const
  const exchange = { ...asWho, language: 'fr', handling: 'strict', prefer: undefined } as const
  const { body } = await exportTraces(engine, exchange, [['patient', record.id]])
  if (typeof body !== 'object' || !('chunks' in body)) throw new Error('no table')
  const parts = body.chunks[Symbol.asyncIterator]()
  for (let i = 0; i < 3; i++) t.equal((await parts.next()).done, false)
  t.ok((await record.choose('blocage', idOf(gp))).status < 300)
  const rest = async (): Promise<void> => {
    for (let part = await parts.next(); part.done !== true; ) part = await parts.next()
  }
  const error = await rest().catch((thrown: unknown) => thrown)
  t.equal(error instanceof FhirError && error.status, 404, 'the rest does not come')
})
