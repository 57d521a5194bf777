/**
 * What a vendor's software does with a record, over HTTP: finds submission sets (ITI-66), finds documents by their authors
 * and words (ITI-67), brings along what belongs together, and fetches again and again what changed since it last looked.
 * @see https://profiles.ihe.net/ITI/MHD/ITI-66.html; https://hl7.org/fhir/R4/http.html#history; docs/policy.md V7, D3, F5
 */
import type { Bundle, DocumentReference, Practitioner, PractitionerRole } from '@medplum/fhirtypes'
import tap from 'tap'
import type { Persona } from '../../src/sandbox/persona.ts'
import type { TestApp } from '../support/app.ts'
import { label, roleOf, sourcePatient, structureRole } from '../support/builders.ts'
import { type Client, type Received, resourceOf, verdict } from '../support/http-client.ts'
import { lotOf } from '../support/lots.ts'
import { oneServer } from '../support/one-server.ts'
import {
  auditor,
  gp,
  hospital,
  hospitalId,
  nurse,
  otherGp,
  practitioner,
  secretariat,
} from '../support/personas.ts'
import { byIns, openTestRecord, type TestRecord } from '../support/record.ts'
import { defaultAuthor } from '../support/synthetic-cda.ts'

const { testApp, matricule } = oneServer()

const submissionset = 'https://profiles.ihe.net/ITI/MHD/CodeSystem/MHDlistTypes|submissionset'
const form = { 'content-type': 'application/x-www-form-urlencoded' }
const jsonPatch = { 'content-type': 'application/json-patch+json' }
const idOf = ({ nationalId = '' }: Persona): string => nationalId

const linkOf = (answer: Received, wanted: string): string | undefined =>
  resourceOf(answer, 'Bundle').link?.find(({ relation }) => relation === wanted)?.url

/** `type/id` of each entry, by its mode. */
function entriesOf(answer: Received, mode = 'match'): string[] {
  if (answer.status !== 200) throw new Error(verdict(answer))
  return (resourceOf(answer, 'Bundle').entry ?? []).flatMap(({ resource, search }) =>
    search?.mode === mode && resource ? [`${resource.resourceType}/${resource.id}`] : [],
  )
}

const mask = (client: Client, id: string) =>
  client.request('PATCH', `/DocumentReference/${id}`, {
    body: [{ op: 'replace', path: '/securityLabel/0', value: label('MASQUE_PS') }],
    headers: jsonPatch,
  })

tap.test('ITI-66: sets are found by GET and POST, in pages, by who sees all they name', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, matricule(1))
  for (const who of [gp, nurse]) await record.choose('autorisation', idOf(who))
  const one = await record.push({ setChanges: { date: '2026-01-10', title: 'Sortie de cardiologie' } })
  const two = await record.push({ setChanges: { date: '2026-02-10' } })
  const masked = await record.push({ setChanges: { date: '2026-03-10' }, labels: ['N', 'MASQUE_PS'] })
  const denied = await record.push({
    type: '75496-0',
    setChanges: { date: '2026-04-10' },
  })
  const client = app.as(gp)
  const sets = (...pushed: readonly { readonly listId: string }[]) =>
    pushed.map(({ listId }) => `List/${listId}`)
  const path = `/List?patient=${record.id}`
  const asked = `${path}&code=${encodeURIComponent(submissionset)}&status=current`
  const found = await client.get(asked)
  t.same(entriesOf(found), sets(denied, two, one), 'newest first; not the set of a masked document')
  t.equal(resourceOf(found, 'Bundle').total, 3, 'and the total says no more')
  t.same(entriesOf(await app.as(nurse).get(asked)), sets(two, one), 'nor of a type that the matrix denies')
  t.same(entriesOf(await app.as(record.holder).get(asked)), sets(denied, masked, two, one))
  t.equal(resourceOf(await app.as(nurse).get(`${asked}&_count=0`), 'Bundle').total, 2)
  t.equal(resourceOf(await app.as(nurse).get(`${asked}&_summary=count`), 'Bundle').total, 2)
  const posted = await client.request('POST', '/List/_search', {
    body: `${byIns(record.ins)}&code=http://profiles.ihe.net/ITI/MHD/CodeSystem/MHDlistTypes|submissionset&status=current`,
    headers: form,
  })
  t.same(entriesOf(posted), sets(denied, two, one), 'as PDSm spells it, by INS')
  t.notMatch(
    JSON.stringify(resourceOf(posted, 'Bundle').link),
    record.ins.value,
    'no matricule in a link (I4)',
  )
  t.same(entriesOf(await client.get(`${path}&title=sortie`)), sets(one))
  t.same(entriesOf(await client.get(`${path}&source.identifier=${defaultAuthor}`)).length, 3)
  t.same(entriesOf(await client.get(`${path}&date=ge2026-02&_sort=date`)), sets(two, denied))
  t.same(entriesOf(await client.get(`${path}&item=DocumentReference/${two.documentId}`)), sets(two))
  t.same(entriesOf(await client.get(`${path}&item=${masked.documentId}`)), [])

  // Pages: a set that becomes unseen between two of them is on none.
  const first = await app.as(record.holder).get(`${path}&_count=1`)
  t.same(entriesOf(first), sets(denied))
  const second = await app.as(record.holder).get(linkOf(first, 'next') ?? '')
  t.same(entriesOf(second), sets(masked))
  t.equal(
    verdict(await client.get(linkOf(first, 'next') ?? '')),
    '400 invalid curseur-invalide',
    'another caller',
  )

  // Along with them, and backwards.
  const items = await client.get(`${path}&title=sortie&_include=List:item&_include=List:patient`)
  t.same(entriesOf(items, 'include'), [`DocumentReference/${one.documentId}`, `Patient/${record.id}`])
  const back = await client.get(
    `/DocumentReference?patient=${record.id}&_id=${one.documentId},${masked.documentId}&_revinclude=List:item`,
  )
  t.same([entriesOf(back), entriesOf(back, 'include')], [[`DocumentReference/${one.documentId}`], sets(one)])
  const lot = lotOf({ ins: record.ins, documents: [{}, { labels: ['N', 'MASQUE_PS'] }] })
  const stored = resourceOf(await app.as(hospital).post('', lot), 'Bundle').entry ?? []
  const [set = '', ofLot = ''] = stored.map(
    ({ response }) => response?.location?.replace(/\/_history.*/, '') ?? '',
  )
  const naming = `/DocumentReference?patient=${record.id}&_id=${ofLot.split('/')[1]}&_revinclude=List:item`
  t.same(entriesOf(await app.as(record.holder).get(naming), 'include'), [set])
  const seen = await client.get(naming)
  t.same([entriesOf(seen), entriesOf(seen, 'include')], [[ofLot], []], 'a set with a masked document')

  for (const [query, expected] of [
    ['code=submissionset', '400 required patient-requis'],
    [`patient=${record.id}&foo=1`, '400 not-supported parametre-inconnu'],
    [`patient=${record.id}&empty-reason:missing=maybe`, '400 value parametre-invalide'],
    [`patient=${record.id}&_revinclude=List:item`, '400 not-supported parametre-non-pris-en-charge'],
    ['patient=0000', '404 not-found inconnu'],
  ] as const)
    t.equal(verdict(await client.get(`/List?${query}`)), expected, query)
  t.equal(verdict(await app.as(secretariat).get(path)), '403 forbidden droit-fonctionnel F8')
  t.equal(verdict(await app.as(otherGp).get(path)), '403 forbidden autorisation-absente A1')
})

tap.test('ITI-67: by author, profession, speciality and words; with what it replaces', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, matricule(1))
  await record.choose('autorisation', idOf(gp))
  const person: Practitioner = {
    resourceType: 'Practitioner',
    id: 'person',
    identifier: [{ system: 'urn:oid:1.2.250.1.71.4.2.1', value: defaultAuthor }],
    name: [{ family: 'Lefèvre', given: ['Hélène'] }],
  }
  const { practitioner: _, ...role } = roleOf(defaultAuthor)
  const author: PractitionerRole = {
    ...role,
    practitioner: { reference: '#person' },
    code: [
      {
        coding: [
          {
            system: 'https://mos.esante.gouv.fr/NOS/TRE_G15-ProfessionSante/FHIR/TRE-G15-ProfessionSante',
            code: '10',
          },
        ],
      },
    ],
    specialty: [
      {
        coding: [
          {
            system:
              'https://mos.esante.gouv.fr/NOS/TRE_R38-SpecialiteOrdinale/FHIR/TRE-R38-SpecialiteOrdinale',
            code: 'SM26',
          },
        ],
      },
    ],
  }
  const inside = [author, person, sourcePatient(record.ins)]
  const named: Partial<DocumentReference> = {
    contained: inside,
    description: 'Coronarographie sans particularité',
  }
  const old = await record.push({
    structure: hospitalId,
    documentChanges: {
      ...named,
      contained: [...inside, structureRole(hospitalId)],
      author: [{ reference: '#author' }, { reference: '#structure' }],
    },
  })
  const other = await record.push()
  const next = await record.push({
    documentChanges: {
      ...named,
      relatesTo: [{ code: 'replaces', target: { reference: `DocumentReference/${old.documentId}` } }],
    },
  })
  const client = app.as(gp)
  const path = `/DocumentReference?patient=${record.id}`
  const place = ({ documentId }: { readonly documentId: string }) => `DocumentReference/${documentId}`
  for (const query of [
    'author.family=lefevre',
    'author.given:exact=Hélène',
    'author:PractitionerRole.practitioner.family=lefe',
    'author-profession=10',
    'author-speciality=SM26',
    'mots=coronarographies',
    'relation=replaces',
    `relatesto=${old.documentId}`,
  ])
    t.same(entriesOf(await client.get(`${path}&${query}`)), [place(next)], query)
  t.equal(entriesOf(await client.get(`${path}&author.identifier=${defaultAuthor}`)).length, 2)
  t.same(entriesOf(await client.get(`${path}&author-profession:missing=true`)), [place(other)])
  const forward = await client.get(`${path}&relation=replaces&_include=DocumentReference:relatesto`)
  t.same(entriesOf(forward, 'include'), [place(old)])
  const back = await client.get(`${path}&status=superseded&_revinclude=DocumentReference:relatesto`)
  t.same([entriesOf(back), entriesOf(back, 'include')], [[place(old)], [place(next)]])
  // Of two that belong together one is masked: it does not come along, in neither direction.
  const one = await record.push({ structure: hospitalId })
  const relatesTo = [{ code: 'appends' as const, target: { reference: place(one) } }]
  const added = await record.push({ documentChanges: { relatesTo } })
  for (const [hidden, shown, include] of [
    [one, added, '_include=DocumentReference:relatesto'],
    [added, one, '_revinclude=DocumentReference:relatesto'],
  ] as const) {
    const along = `${path}&_id=${shown.documentId}&${include}`
    t.same(entriesOf(await client.get(along), 'include'), [place(hidden)], 'not vacuous')
    t.equal((await mask(app.as(record.holder), hidden.documentId)).status, 200)
    t.same(entriesOf(await client.get(along), 'include'), [], include)
    await app.query('update document set masked = false')
  }
  t.same(
    entriesOf(await client.get(`${path}&targetCommunityIdList=urn:oid:1.2.3`)),
    [],
    'no other community here',
  )
  // F5: the auditor reads no administrative data by way of a search either.
  t.ok((await app.as(auditor).get(`${path}&_include=DocumentReference:patient`)).status >= 400)
})

tap.test('_lastUpdated tells of labels and replacements', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, matricule(1))
  const one = await record.push()
  const two = await record.push({ structure: hospitalId })
  app.advance(10_000)
  const path = `/DocumentReference?patient=${record.id}&status=current,superseded&_lastUpdated=gt${new Date(app.now() - 5_000).toISOString()}`
  const client = app.as(record.holder)
  t.same(entriesOf(await client.get(path)), [])
  t.equal((await mask(client, one.documentId)).status, 200)
  t.same(entriesOf(await client.get(path)), [`DocumentReference/${one.documentId}`])
  const three = await record.push({
    documentChanges: {
      relatesTo: [{ code: 'replaces', target: { reference: `DocumentReference/${two.documentId}` } }],
    },
  })
  t.same(
    entriesOf(await client.get(`${path}&_sort=_lastUpdated`)).sort(),
    [one, two, three].map(({ documentId }) => `DocumentReference/${documentId}`).sort(),
  )
})

/** A vendor's software: it keeps the link `monitor` of its last answer, and every version it was given. */
class Software {
  readonly got: string[] = []
  readonly #client: Client
  #next: string

  constructor(app: TestApp, who: Persona, record: TestRecord, count = 2) {
    this.#client = app.as(who)
    this.#next = `/DocumentReference/_history?patient=${record.id}&_count=${count}`
  }

  async look(): Promise<Bundle[]> {
    const pages: Bundle[] = []
    let monitor: string | undefined
    for (let url: string | undefined = this.#next; url !== undefined; ) {
      const answer: Received = await this.#client.get(url)
      if (answer.status !== 200) throw new Error(verdict(answer))
      const page = resourceOf(answer, 'Bundle')
      pages.push(page)
      monitor = linkOf(answer, 'monitor')
      for (const { resource } of page.entry ?? [])
        this.got.push(`${resource?.id}/${resource?.meta?.versionId}`)
      url = linkOf(answer, 'next')
    }
    if (monitor === undefined) throw new Error('no way on')
    this.#next = monitor
    return pages
  }
}

tap.test('a history of the type: what changed since, as versions, and where to go on', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, matricule(1))
  for (const who of [gp, nurse]) await record.choose('autorisation', idOf(who))
  const patient = new Software(app, record.holder, record)
  const doctor = new Software(app, gp, record)
  const [empty] = await doctor.look()
  t.equal(empty?.type, 'history')
  t.same(empty?.entry, undefined)
  const one = await record.push()
  const two = await record.push()
  const hidden = await record.push({ labels: ['N', 'MASQUE_PS'] })
  await doctor.look()
  t.same(doctor.got, [`${two.documentId}/1`, `${one.documentId}/1`], 'newest first; not what is masked')
  await patient.look()
  t.equal(patient.got.length, 3)
  const before = doctor.got.length
  t.equal((await mask(app.as(record.holder), two.documentId)).status, 200)
  await doctor.look()
  t.equal(doctor.got.length, before, 'what was masked is gone, and gives no sign')
  await patient.look()
  t.same(patient.got.slice(3), [`${two.documentId}/2`])
  // Shown again, it comes with all that it went through (labels of today decide).
  const shown = await app.as(record.holder).request('PATCH', `/DocumentReference/${two.documentId}`, {
    body: [{ op: 'replace', path: '/securityLabel/0', value: label('N') }],
    headers: jsonPatch,
  })
  t.equal(shown.status, 200)
  const [page] = await doctor.look()
  t.same(doctor.got.slice(before), [`${two.documentId}/3`, `${two.documentId}/2`])
  const [entry] = page?.entry ?? []
  t.match(entry, { request: { method: 'PATCH' }, response: { status: '200 OK', etag: 'W/"3"' } })
  t.equal(entry?.fullUrl, `${app.base}/DocumentReference/${two.documentId}`)

  // A deletion is the version it is (D3).
  const deleted = await app.as(record.holder).request('PATCH', `/DocumentReference/${one.documentId}`, {
    body: [{ op: 'replace', path: '/status', value: 'entered-in-error' }],
    headers: jsonPatch,
  })
  t.ok([200, 403].includes(deleted.status), verdict(deleted))
  const byAuthor = await app.as(hospital).request('PATCH', `/DocumentReference/${one.documentId}`, {
    body: [{ op: 'replace', path: '/status', value: 'entered-in-error' }],
    headers: jsonPatch,
  })
  if (byAuthor.status === 200 || deleted.status === 200) {
    await doctor.look()
    t.same(doctor.got.at(-1), `${one.documentId}/2`, 'a deletion is told as the version it is')
  }

  const path = `/DocumentReference/_history?patient=${record.id}`
  const client = app.as(gp)
  t.equal(verdict(await client.get('/DocumentReference/_history')), '400 required patient-requis')
  t.equal(verdict(await client.get(`${path}&patient=${record.id}`)), '400 required patient-requis')
  t.equal(verdict(await client.get(`${path}&_since=hier`)), '400 value parametre-invalide')
  t.equal(verdict(await client.get(`${path}&type=1`)), '400 not-supported parametre-inconnu')
  t.equal(verdict(await client.get('/DocumentReference/_history?patient=0000')), '404 not-found inconnu')
  t.equal(verdict(await app.as(otherGp).get(path)), '403 forbidden autorisation-absente A1')
  const byInsAnswer = await client.get(`/DocumentReference/_history?${byIns(record.ins)}`)
  t.notMatch(
    JSON.stringify(resourceOf(byInsAnswer, 'Bundle').link),
    record.ins.value,
    'no matricule in a link',
  )
  t.equal(
    resourceOf(await client.get(`${path}&_at=2020-01-01`), 'Bundle').entry,
    undefined,
    'nothing stood then',
  )
  const next = linkOf(await client.get(`${path}&_count=1`), 'next') ?? ''
  t.equal(
    verdict(await app.as(nurse).get(next)),
    '400 invalid curseur-invalide',
    'a cursor is its caller’s own',
  )
  const future = await client.get(`${path}&_since=2100-01-01T00:00:00Z`)
  t.same(
    [resourceOf(future, 'Bundle').entry, linkOf(future, 'monitor')?.includes('2100-01-01')],
    [undefined, true],
  )
  const day = await client.get(`${path}&_since=2100-07-01`)
  t.match(
    decodeURIComponent(linkOf(day, 'monitor') ?? ''),
    '_since=2100-06-30T22:00:00.000Z',
    'a day is one of Paris, as in a search',
  )
  for (const where of [path, `/DocumentReference?patient=${record.id}`, `/Consent?patient=${record.id}`]) {
    const at = (server: string) =>
      where.replace(record.id, `${encodeURIComponent(server)}/Patient/${record.id}`)
    t.equal((await app.as(record.holder).get(at(app.base))).status, 200)
    const other = await app.as(record.holder).get(at('https://other.example/fhir'))
    t.equal(verdict(other), '400 value parametre-invalide', 'a patient of another server')
  }
  t.notMatch((await client.get(path)).text, hidden.documentId)
})

tap.test(
  'two clients follow a record while others write: nothing is missed, nothing comes twice',
  async (t) => {
    await using app = await testApp()
    const record = await openTestRecord(app, matricule(1))
    const software = [
      new Software(app, record.holder, record, 3),
      new Software(app, record.holder, record, 2),
    ]
    const written: string[] = []
    let writing = 3
    const write = async (first: number): Promise<void> => {
      for (let n = 0; n < 6; n++) {
        const { documentId } = await record.push({ author: practitioner(30 + first) })
        written.push(`${documentId}/1`)
        if (n % 2 === 1) continue
        t.equal((await mask(app.as(record.holder), documentId)).status, 200)
        written.push(`${documentId}/2`)
      }
      writing--
    }
    let looks = 0
    const follow = async (one: Software): Promise<void> => {
      while (writing > 0) {
        await one.look()
        looks++
      }
      await one.look()
    }
    await Promise.all([write(1), write(2), write(3), ...software.map(follow)])
    for (const { got } of software) t.same([...got].sort(), [...written].sort())
    t.ok(looks > 5 && written.length === 27, `not vacuous: ${looks} looks, ${written.length} versions`)
    const [{ same }] = (await app.query<{ same: boolean }>(
      `select (select count(*) from document_change) = (select count(*) from document)
      + (select count(*) from resource_version where type = 'DocumentReference') as same`,
    )) as [{ same: boolean }]
    t.ok(same, 'every version has its place in the order of commits')
  },
)
