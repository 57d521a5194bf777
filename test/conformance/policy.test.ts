/**
 * Who may do what in a record, told by the answers alone; and that what a caller may not see is, to this caller, not
 * there (rule V7).
 * @see docs/policy.md F1 to F12, A1 to A6, V3 to V7, P1, P2, H1, T4
 */
import type { Bundle } from '@medplum/fhirtypes'
import tap from 'tap'
import type { Persona } from '../../src/sandbox/persona.ts'
import type { TestApp } from '../support/app.ts'
import { careTeam, consent, provideBundle, publishedDocument } from '../support/builders.ts'
import { type Received, resourceOf, verdict } from '../support/http-client.ts'
import { oneServer } from '../support/one-server.ts'
import {
  auditor,
  demoInsSystem,
  gp,
  hospital,
  hospitalId,
  nurse,
  occupationalDoctor,
  optician,
  otherGp,
  otherHospital,
  otherStructureId,
  patientPersona,
  representative,
  secretariat,
} from '../support/personas.ts'
import {
  byIns,
  foundDocuments,
  openTestRecord,
  type PushedDocument,
  type TestRecord,
} from '../support/record.ts'

const { testApp, matricule } = oneServer()

const DAY = 86_400_000
const UNKNOWN = '404 not-found inconnu'
const ABSENT = '403 forbidden autorisation-absente A1'
const idOf = ({ nationalId = '' }: Persona): string => nationalId

/** Everything of an answer but what is new in each. */
function essence({ status, headers, text }: Received): unknown {
  const { date: _, 'x-request-id': __, ...same } = headers
  return { status, headers: same, text }
}

const search = ({ ins }: TestRecord, more = ''): string => `/DocumentReference?${byIns(ins)}${more}`

async function found(app: TestApp, who: Persona, record: TestRecord, more = ''): Promise<string[]> {
  return foundDocuments(await app.as(who).get(search(record, more))).map(({ id = '' }) => id)
}

/** All ways by which a document could betray itself, against an id that nobody gave out and a search without it. */
async function isAbsent(
  t: Pick<typeof tap, 'same' | 'equal' | 'notOk'>,
  app: TestApp,
  who: Persona,
  record: TestRecord,
  hidden: PushedDocument,
  visible: readonly string[],
): Promise<void> {
  const client = app.as(who)
  const invented = `${record.id}.${hidden.documentId.slice(27, 48)}00000`
  const pairs = [
    [`/DocumentReference/${hidden.documentId}`, `/DocumentReference/${invented}`],
    [`/DocumentReference/${hidden.documentId}/_history/1`, `/DocumentReference/${invented}/_history/1`],
    [`/DocumentReference/${hidden.documentId}/_history/2`, `/DocumentReference/${invented}/_history/2`],
    [`/Binary/${hidden.binaryId}`, `/Binary/${invented}`],
    [`/List/${hidden.listId}`, `/List/${invented}`],
    [`/List/${hidden.listId}/_history/1`, `/List/${invented}/_history/1`],
  ] as const
  for (const [there, nowhere] of pairs) {
    for (const headers of [{}, { accept: 'application/fhir+json' }, { 'if-none-match': 'W/"1"' }]) {
      const [one, other] = [await client.get(there, headers), await client.get(nowhere, headers)]
      t.equal(verdict(one), UNKNOWN, there)
      t.same(essence(one), essence(other), `${there} as an id that nobody gave out`)
    }
  }
  t.same((await found(app, who, record)).sort(), [...visible].sort(), 'search')
  const counted = resourceOf(await client.get(search(record, '&_total=accurate&_count=0')), 'Bundle')
  t.equal(counted.total, visible.length, 'total')
  t.same(await found(app, who, record, `&_id=${hidden.documentId}`), [], 'by _id')
  t.same(await found(app, who, record, `&identifier=urn:oid:${hidden.uniqueId}`), [], 'by identifier')
  const everything = '&status:not=entered-in-error&isArchived=true,false'
  t.notOk((await found(app, who, record, everything)).includes(hidden.documentId), 'with no default left')
  // Page by page: no page is short, no link leads to an empty one.
  const seen: string[] = []
  let next: string | undefined = search(record, '&_count=1')
  while (next !== undefined) {
    const bundle: Bundle = resourceOf(await client.get(next), 'Bundle')
    t.equal(bundle.entry?.length ?? 0, 1, 'each page is full')
    seen.push(bundle.entry?.[0]?.resource?.id ?? '')
    next = bundle.link?.find(({ relation }) => relation === 'next')?.url
  }
  t.same(seen.sort(), [...visible].sort(), 'paging')
}

tap.test('what the matrix or a label hides is absent, by every way in (V7)', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, matricule(1))
  for (const who of [nurse, gp]) await record.choose('autorisation', idOf(who))
  const plain = await record.push({ date: '2026-03-01T10:00:00Z' })
  const denied = await record.push({ type: '75496-0', date: '2026-03-02T10:00:00Z' })
  const masked = await record.push({ labels: ['N', 'MASQUE_PS'], date: '2026-03-03T10:00:00Z' })
  const pending = await record.push({ labels: ['N', 'INVISIBLE_PATIENT'], date: '2026-03-04T10:00:00Z' })
  const last = await record.push({ date: '2026-03-05T10:00:00Z' })
  const [p, d, m, i, l] = [plain, denied, masked, pending, last].map(({ documentId }) => documentId)
  const all = { p, d, m, i, l } as Record<string, string>
  const ids = (...names: string[]): string[] => names.map((name) => all[name] ?? '')
  await isAbsent(t, app, nurse, record, denied, ids('p', 'i', 'l'))
  await isAbsent(t, app, nurse, record, masked, ids('p', 'i', 'l'))
  await isAbsent(t, app, gp, record, masked, ids('p', 'd', 'i', 'l'))
  await isAbsent(t, app, record.holder, record, pending, ids('p', 'd', 'm', 'l'))
  // And each is there for whom it is not hidden from.
  t.equal(verdict(await app.as(gp).get(`/DocumentReference/${d}`)), '200', 'the matrix allows a doctor')
  t.equal(
    verdict(await app.as(record.holder).get(`/Binary/${masked.binaryId}`)),
    '200',
    'the patient’s own choice',
  )
  t.equal(verdict(await app.as(gp).get(`/Binary/${pending.binaryId}`)), '200', 'a professional announces it')
  t.equal(verdict(await app.as(gp).get(`/List/${plain.listId}`)), '200')
})

tap.test('a masked document is seen by its author and the médecin traitant (V3, F11)', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, matricule(1))
  for (const who of [otherGp, gp]) await record.choose('autorisation', idOf(who))
  const { documentId, binaryId } = await record.push({ labels: ['MASQUE_PS'], author: idOf(otherGp) })
  t.equal(verdict(await app.as(otherGp).get(`/Binary/${binaryId}`)), '200', 'its author')
  t.equal(verdict(await app.as(gp).get(`/Binary/${binaryId}`)), UNKNOWN, 'another doctor')
  await record.choose('medecin-traitant', idOf(gp))
  t.equal(verdict(await app.as(gp).get(`/Binary/${binaryId}`)), '200', 'the médecin traitant')
  t.same(await found(app, gp, record), [documentId])
  const labels = resourceOf(
    await app.as(gp).get(`/DocumentReference/${documentId}`),
    'DocumentReference',
  ).securityLabel
  t.same(
    labels?.map(({ coding }) => coding?.[0]?.code),
    ['N', 'MASQUE_PS'],
    'N is always there (V1)',
  )
})

tap.test(
  'authorisation: needed, in force for the next request, ended by its period (A1, A4, A5)',
  async (t) => {
    await using app = await testApp()
    const record = await openTestRecord(app, matricule(1))
    const { documentId, binaryId, listId } = await record.push()
    const reads = [
      search(record),
      `/DocumentReference/${documentId}`,
      `/DocumentReference/${documentId}/_history/1`,
      `/Binary/${binaryId}`,
      `/List/${listId}`,
      `/Patient/${record.id}`,
      // The same for what is not there: refusals of the record come first.
      `/DocumentReference/${record.id}.00000000000000000000000000`,
      `/Binary/${record.id}.00000000000000000000000000`,
    ]
    const verdicts = async (who: Persona): Promise<string[]> =>
      Promise.all(reads.map(async (path) => verdict(await app.as(who).get(path))))
    t.same(await verdicts(gp), Array(8).fill(ABSENT))
    const standing = async (): Promise<unknown> => {
      const query = `?identifier=${encodeURIComponent(`${record.ins.system}|${record.ins.value}`)}`
      const bundle = resourceOf(await app.as(gp).get(`/Patient${query}`), 'Bundle')
      const patient = bundle.entry?.[0]?.resource
      return patient?.resourceType === 'Patient' ? patient.extension?.[0]?.valueCode : undefined
    }
    t.equal(await standing(), 'absente')

    const declared = await app.as(gp).post('/Consent', consent('autorisation', record.id, idOf(gp)))
    t.equal(verdict(declared), '201', 'the GP declares itself, with the patient’s spoken consent')
    t.same(await verdicts(gp), [...Array(6).fill('200'), UNKNOWN, UNKNOWN])
    t.equal(await standing(), 'valide')
    t.same(await verdicts(otherGp), Array(8).fill(ABSENT), 'nobody else')
    app.advance(364 * DAY)
    t.equal((await verdicts(gp))[0], '200', 'for a year')
    app.advance(2 * DAY)
    t.same(await verdicts(gp), Array(8).fill('403 forbidden autorisation-expiree A4'))
    t.equal(await standing(), 'expiree')

    const end = new Date(app.now() + DAY).toISOString()
    t.equal(verdict(await record.choose('autorisation', idOf(otherGp), { end })), '201')
    t.equal((await verdicts(otherGp))[0], '200')
    app.advance(DAY + 1000)
    t.equal((await verdicts(otherGp))[0], '403 forbidden autorisation-expiree A4', 'its own period')
  },
)

tap.test(
  'a structure’s authorisation serves who works there; declared by its secretariat (A1, F2)',
  async (t) => {
    await using app = await testApp()
    const record = await openTestRecord(app, matricule(1))
    const { documentId } = await record.push()
    const declare = (who: Persona, actor: string) =>
      app.as(who).post('/Consent', consent('autorisation', record.id, actor))
    t.equal(verdict(await declare(gp, idOf(otherGp))), ABSENT, 'not another, unless it is authorised itself')
    t.equal(
      verdict(await declare(hospital, hospitalId)),
      '403 forbidden droit-fonctionnel F2',
      'not by certificate alone',
    )
    t.equal(verdict(await declare(secretariat, otherStructureId)), '201')
    t.same(await found(app, gp, record), [documentId])
    t.same(await found(app, nurse, record), [documentId])
    t.equal(verdict(await app.as(otherGp).get(search(record))), ABSENT, 'of another structure')
    // F9 stands in for F8: what the structure wrote itself, and nothing here is its own.
    t.same(await found(app, secretariat, record), [])
    t.equal(
      verdict(await app.as(secretariat).get(`/Binary/${documentId}`)),
      '403 forbidden droit-fonctionnel F10',
    )
  },
)

tap.test(
  'blocked: consults in no way, may still feed; a structure cannot be blocked (A2, A3, A6)',
  async (t) => {
    await using app = await testApp()
    const record = await openTestRecord(app, matricule(1))
    const { binaryId } = await record.push()
    await record.choose('autorisation', idOf(gp))
    t.equal(verdict(await app.as(gp).get(`/Binary/${binaryId}`)), '200')
    t.equal(verdict(await record.choose('blocage', idOf(gp))), '201')
    const blocked = '403 forbidden professionnel-bloque A3'
    for (const path of [search(record), `/Binary/${binaryId}`, `/Patient/${record.id}`]) {
      t.equal(verdict(await app.as(gp).get(path)), blocked, path)
    }
    t.equal(
      verdict(await app.as(gp).post('/Consent', consent('autorisation', record.id, idOf(gp)))),
      blocked,
      'nor may it declare itself',
    )
    t.ok(await record.push({ author: idOf(gp) }, gp), 'it may feed')
    t.equal(
      verdict(await record.choose('blocage', hospitalId)),
      '422 business-rule structure-non-bloquable A6 @ Consent.provision.actor',
    )
    t.equal(
      verdict(await app.as(gp).post('/Consent', consent('blocage', record.id, idOf(nurse)))),
      '403 forbidden droit-fonctionnel A6',
      'only the patient blocks',
    )
  },
)

tap.test('an id is one of its record: under the key of another it is not there (V7)', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, matricule(1))
  const own = await openTestRecord(app, matricule(2))
  const client = app.as(own.holder)
  const pushed = await record.push()
  await record.choose('autorisation', idOf(gp))
  const team = await app.as(record.holder).post('/CareTeam', careTeam(record.id, [idOf(gp)]))
  const told = {
    resourceType: 'Communication',
    status: 'in-progress',
    subject: { reference: `Patient/${record.id}` },
    recipient: [
      { type: 'Practitioner', identifier: { system: 'urn:oid:1.2.250.1.71.4.2.1', value: idOf(gp) } },
    ],
    about: [{ reference: `DocumentReference/${pushed.documentId}` }],
    payload: [{ contentString: 'Que veut dire ce résultat ?' }],
  }
  const message = await app.as(record.holder).post('/Communication', told)
  const first = async (path: string): Promise<string> => {
    const [entry] = resourceOf(await app.as(record.holder).get(path), 'Bundle').entry ?? []
    return entry?.resource?.id ?? ''
  }
  const document = `DocumentReference/${pushed.documentId}`
  const paths = [
    ...[`/${document}`, `/${document}/_history/1`, `/${document}/_history`, `/${document}/$verify`],
    `/Provenance/${pushed.documentId}.1`,
    `/Binary/${pushed.binaryId}`,
    `/List/${pushed.listId}`,
    `/Consent/${await first(`/Consent?patient=${record.id}`)}`,
    `/CareTeam/${resourceOf(team, 'CareTeam').id}`,
    `/Communication/${resourceOf(message, 'Communication').id}`,
    `/AuditEvent/${await first(`/AuditEvent?patient=${record.id}`)}`,
  ]
  await own.push()
  for (const path of paths) {
    t.equal(verdict(await app.as(record.holder).get(path)), '200', path)
    const there = await client.get(path.replace(record.id, own.id))
    t.equal(verdict(there), UNKNOWN, path)
    const nowhere = path.replace(/[^/.]{26}\.([^/.]{21})[^/.]{5}/, (_, start) => `${own.id}.${start}00000`)
    t.not(nowhere, path)
    t.same(essence(there), essence(await client.get(nowhere)), `${path} as an id that nobody gave out`)
  }
  const masked = [{ op: 'replace', path: '/status', value: 'entered-in-error' }]
  const patch = { body: masked, headers: { 'content-type': 'application/json-patch+json' } }
  const changed = await client.request('PATCH', `/${document.replace(record.id, own.id)}`, patch)
  t.equal(verdict(changed), UNKNOWN, 'nor is it changed')
})

tap.test('who has no right to consult is told which right it lacks', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, matricule(1))
  const { documentId, binaryId } = await record.push()
  for (const who of [occupationalDoctor, optician]) await record.choose('autorisation', idOf(who))
  const read = async (who: Persona, path: string): Promise<string> => verdict(await app.as(who).get(path))
  t.equal(await read(occupationalDoctor, `/Binary/${binaryId}`), '403 forbidden droit-fonctionnel F10')
  t.equal(await read(optician, `/Binary/${binaryId}`), UNKNOWN, 'the matrix gives an optician nothing')
  t.same(await found(app, optician, record), [])
  t.equal(await read(auditor, search(record)), '403 forbidden droit-fonctionnel F8')
  t.equal(await read(auditor, `/Binary/${binaryId}`), '403 forbidden droit-fonctionnel F10')
  const air: Persona = { ...gp, authentication: 'INDIRECTE_RENFORCEE' }
  const fed = await app.as(air).post('', provideBundle({ ins: record.ins }))
  t.equal(verdict(fed), '403 forbidden droit-fonctionnel F7', 'AIR does not feed')
  await record.choose('autorisation', idOf(gp))
  t.equal(await read(air, `/Binary/${binaryId}`), '200', 'AIR reads as the professional')
  // F9: a structure finds the reference of its own document, by its identifier, without an authorisation.
  const own = await record.push({ structure: hospitalId })
  t.same(await found(app, hospital, record, `&identifier=urn:oid:${own.uniqueId}`), [own.documentId])
  t.same(await found(app, otherHospital, record, `&identifier=urn:oid:${own.uniqueId}`), [], 'its own only')
  t.equal(await read(hospital, `/DocumentReference/${own.documentId}`), '200')
  t.equal(await read(hospital, `/DocumentReference/${documentId}`), UNKNOWN)
  t.equal(await read(hospital, `/Binary/${own.binaryId}`), '403 forbidden droit-fonctionnel F10')
})

tap.test('a patient reaches one record; who acts for one needs a representation (P1, P2)', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, matricule(1))
  const other = await openTestRecord(app, matricule(2))
  const { documentId, binaryId } = await record.push()
  t.same(await found(app, record.holder, record), [documentId])
  t.equal(verdict(await app.as(record.holder).get(`/Binary/${binaryId}`)), '200')
  const foreign = [
    search(record),
    `/DocumentReference/${documentId}`,
    `/Binary/${binaryId}`,
    `/Patient/${record.id}`,
    `/AuditEvent?patient=${record.id}`,
  ]
  for (const path of foreign) {
    t.equal(verdict(await app.as(other.holder).get(path)), UNKNOWN, path)
    // Exactly as where there is no record at all.
    const nowhere = path
      .replaceAll(record.id, '00000000000000000000000003')
      .replace(encodeURIComponent(record.ins.value), matricule(99).value)
    t.same(
      essence(await app.as(other.holder).get(path)),
      essence(await app.as(other.holder).get(nowhere)),
      path,
    )
  }
  const query = `?identifier=${encodeURIComponent(`${record.ins.system}|${record.ins.value}`)}`
  t.equal(resourceOf(await app.as(other.holder).get(`/Patient${query}`), 'Bundle').total ?? 0, 0)
  t.notOk(resourceOf(await app.as(other.holder).get(`/Patient${query}`), 'Bundle').entry)
  t.equal(
    verdict(await app.as(other.holder).post('/Consent', consent('autorisation', record.id, idOf(gp)))),
    `${UNKNOWN} @ Consent.patient`,
  )
  // Nor does writing tell whether there is a record.
  const writes = (patientId: string, ins: typeof record.ins) => [
    app.as(other.holder).post('/Consent', consent('autorisation', patientId, idOf(gp))),
    app.as(other.holder).post('', provideBundle({ ins })),
    app.as(other.holder).post('/DocumentReference', publishedDocument({ ins })),
  ]
  const there = await Promise.all(writes(record.id, record.ins))
  const nowhere = await Promise.all(writes('00000000000000000000000003', matricule(99)))
  t.same(
    there.map(({ status }) => status),
    [404, 404, 404],
  )
  t.same(there.map(essence), nowhere.map(essence))
  const sameNumber = { system: demoInsSystem, value: record.ins.value }
  await record.choose('autorisation', idOf(gp))
  t.equal(verdict(await app.as(gp).get(search(record))), '200')
  t.equal(verdict(await app.as(gp).get(search({ ...record, ins: sameNumber }))), UNKNOWN, 'another system')
  t.match(verdict(await app.as(hospital).post('', provideBundle({ ins: sameNumber }))), UNKNOWN)
  const parent = representative(matricule(3), record.ins)
  t.equal(verdict(await app.as(parent).get(search(record))), '403 forbidden representation-absente P2')
  t.equal(verdict(await app.as(representative(matricule(3), matricule(4))).get(search(record))), UNKNOWN)
  t.equal(verdict(await app.as(patientPersona(matricule(5))).get(search(record))), UNKNOWN)
})
