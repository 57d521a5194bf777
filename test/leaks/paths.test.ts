/**
 * Every way by which a document's data could leave, offered or not: what is hidden answers, byte for byte, as what was
 * never there (rule V7); and where a way is offered, what may be seen does come out by it, so that the table says
 * something. Who asks: a GP before a masked document, a nurse before a type the matrix denies her, the patient before what
 * is not announced, an aidant before what is archived, a token that covers another type.
 */
import tap from 'tap'
import type { Persona } from '../../src/sandbox/persona.ts'
import { testApp } from '../support/app.ts'
import { freshUniqueId, label, provideBundle, publishedDocument } from '../support/builders.ts'
import type { Client, HeaderFields, Received } from '../support/http-client.ts'
import { lotOf } from '../support/lots.ts'
import { gp, matricule, nurse } from '../support/personas.ts'
import { openTestRecord, type PushedDocument, type TestRecord } from '../support/record.ts'

type Way = {
  readonly name: string
  readonly method?: string
  readonly path: (at: PushedDocument, record: TestRecord) => string
  readonly body?: (at: PushedDocument, record: TestRecord) => unknown
  readonly headers?: HeaderFields
  /** What a visible document answers; a way that is not offered answers the same whatever is asked. */
  readonly seen: 'not offered' | ((answer: Received, at: PushedDocument) => boolean)
}

const byId = ({ documentId }: PushedDocument) => ({ reference: `DocumentReference/${documentId}` })
const byLogicalReference = ({ uniqueId }: PushedDocument) => ({
  identifier: { system: 'urn:ietf:rfc:3986', value: `urn:oid:${uniqueId}` },
})
const patientOf = ({ id }: TestRecord): string => `patient=${id}`
const named = ({ text }: Received, { documentId }: PushedDocument): boolean => text.includes(documentId)
const done = ({ status }: Received): boolean => status < 300
const namesList = ({ text }: Received, { listId }: PushedDocument): boolean => text.includes(listId)
const one = ({ text }: Received): boolean => JSON.parse(text).total === 1
const byUniqueId = ({ uniqueId }: PushedDocument): string => `identifier=urn:oid:${uniqueId}`
const byWholeIdentifier = ({ uniqueId }: PushedDocument): string =>
  `identifier=${encodeURIComponent('urn:ietf:rfc:3986|urn:oid:')}${uniqueId}`
const jsonPatch = { 'content-type': 'application/json-patch+json' }
const notOffered = 'not offered'

const mask = [{ op: 'replace', path: '/securityLabel/0', value: label('MASQUE_PS') }]

const ways: readonly Way[] = [
  { name: 'read', path: (at) => `/DocumentReference/${at.documentId}`, seen: named },
  {
    name: 'read, as known already',
    path: (at) => `/DocumentReference/${at.documentId}`,
    headers: { 'if-none-match': 'W/"1"' },
    seen: ({ status }) => status === 304,
  },
  { name: 'read of a Measure by its id', path: (at) => `/Measure/${at.documentId}`, seen: notOffered },
  {
    name: '$evaluate-measure of a document',
    path: (at) =>
      `/Measure/documents-lus/$evaluate-measure?periodStart=2025-10&periodEnd=2025-10&subject=DocumentReference/${at.documentId}`,
    seen: notOffered,
  },
  {
    name: 'read, as not changed since',
    path: (at) => `/DocumentReference/${at.documentId}`,
    headers: { 'if-modified-since': 'Fri, 01 Jan 2100 00:00:00 GMT' },
    seen: ({ status }) => status === 304,
  },
  {
    name: 'read as XML',
    path: (at) => `/DocumentReference/${at.documentId}`,
    headers: { accept: 'application/fhir+xml' },
    seen: named,
  },
  { name: 'vread', path: (at) => `/DocumentReference/${at.documentId}/_history/1`, seen: named },
  {
    name: 'vread of a version to come',
    path: (at) => `/DocumentReference/${at.documentId}/_history/9`,
    seen: ({ status }) => status === 404,
  },
  {
    name: 'history of the instance',
    path: (at) => `/DocumentReference/${at.documentId}/_history`,
    seen: named,
  },
  {
    name: 'history of the type',
    path: (_, record) => `/DocumentReference/_history?${patientOf(record)}&_count=100`,
    seen: named,
  },
  {
    name: 'history of the type, since and at',
    path: (_, record) =>
      `/DocumentReference/_history?${patientOf(record)}&_since=2020-01-01&_at=${new Date().getUTCFullYear()}&_count=100`,
    seen: named,
  },
  { name: 'history of the system', path: () => '/_history', seen: notOffered },
  {
    name: 'search by GET, by id',
    path: (at, record) => `/DocumentReference?${patientOf(record)}&_id=${at.documentId}`,
    seen: named,
  },
  {
    name: 'search by POST',
    method: 'POST',
    path: () => '/DocumentReference/_search',
    body: (at, record) => `${patientOf(record)}&_id=${at.documentId}`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    seen: named,
  },
  {
    name: 'search by identifier',
    path: (at, record) => `/DocumentReference?${patientOf(record)}&${byUniqueId(at)}`,
    seen: named,
  },
  {
    name: 'sorted search',
    path: (at, record) => `/DocumentReference?${patientOf(record)}&${byUniqueId(at)}&_sort=date`,
    seen: named,
  },
  {
    name: 'total',
    path: (at, record) => `/DocumentReference?${patientOf(record)}&${byUniqueId(at)}&_total=accurate`,
    seen: one,
  },
  {
    name: 'count alone',
    path: (at, record) =>
      `/DocumentReference?${patientOf(record)}&${byUniqueId(at)}&_count=0&_total=accurate`,
    seen: one,
  },
  {
    name: 'summary count',
    path: (at, record) => `/DocumentReference?${patientOf(record)}&${byUniqueId(at)}&_summary=count`,
    seen: one,
  },
  {
    name: 'chain',
    path: (at, record) =>
      `/DocumentReference?${patientOf(record)}&relatesto:DocumentReference._id=${at.documentId}`,
    seen: notOffered,
  },
  {
    name: 'reverse chain',
    path: (at, record) => `/List?${patientOf(record)}&_has:DocumentReference:relatesto:_id=${at.documentId}`,
    seen: notOffered,
  },
  {
    name: 'include',
    path: (at, record) =>
      `/DocumentReference?${patientOf(record)}&${byUniqueId(at)}&_include=DocumentReference:relatesto`,
    seen: named,
  },
  {
    name: 'reverse include',
    path: (at, record) => `/DocumentReference?${patientOf(record)}&${byUniqueId(at)}&_revinclude=List:item`,
    seen: namesList,
  },
  {
    name: 'search of lists',
    path: (at, record) => `/List?${patientOf(record)}&item=${at.documentId}`,
    seen: namesList,
  },
  {
    name: 'search of lists by POST',
    method: 'POST',
    path: () => '/List/_search',
    body: (at, record) => `${patientOf(record)}&_id=${at.listId}`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    seen: namesList,
  },
  {
    name: 'total of lists',
    path: (at, record) => `/List?${patientOf(record)}&item=DocumentReference/${at.documentId}&_count=0`,
    seen: one,
  },
  {
    name: 'all lists, with what they name',
    path: (_, record) => `/List?${patientOf(record)}&_include=List:item&_count=100`,
    seen: named,
  },
  {
    name: 'parts of lists',
    path: (at, record) => `/List?${patientOf(record)}&_id=${at.listId}&_elements=entry`,
    seen: named,
  },
  {
    name: 'search by what it is found by beyond columns',
    path: (at, record) =>
      `/DocumentReference?${patientOf(record)}&${byUniqueId(at)}&contenttype=text/xml&author:missing=false&mots=lettre`,
    seen: one,
  },
  {
    name: 'search in another order',
    path: (at, record) => `/DocumentReference?${patientOf(record)}&${byUniqueId(at)}&_sort=type,-period`,
    seen: named,
  },
  {
    name: 'search by what relates to it',
    path: (at, record) =>
      `/DocumentReference?${patientOf(record)}&relatesto=${at.documentId}&_revinclude=DocumentReference:relatesto`,
    seen: ({ text }) => JSON.parse(text).total === 0,
  },
  {
    name: 'search of all types',
    path: (at) => `/?_type=DocumentReference&_id=${at.documentId}`,
    seen: notOffered,
  },
  {
    name: 'search of the compartment',
    path: (_, { id }) => `/Patient/${id}/DocumentReference`,
    seen: notOffered,
  },
  { name: 'submission set', path: (at) => `/List/${at.listId}`, seen: named },
  { name: 'submission set, a version', path: (at) => `/List/${at.listId}/_history/1`, seen: named },
  { name: 'verification', path: (at) => `/DocumentReference/${at.documentId}/$verify`, seen: done },
  { name: 'seal', path: (at) => `/Provenance/${at.documentId}.1`, seen: named },
  { name: 'seal, a version', path: (at) => `/Provenance/${at.documentId}.1/_history/1`, seen: named },
  { name: 'seals of the document', path: (at) => `/Provenance?target=${at.documentId}`, seen: named },
  {
    name: 'seals, counted',
    path: (at, record) =>
      `/Provenance?${patientOf(record)}&target=DocumentReference/${at.documentId}&_total=accurate`,
    seen: one,
  },
  { name: 'content', path: (at) => `/Binary/${at.binaryId}`, seen: done },
  {
    name: 'content as a Binary',
    path: (at) => `/Binary/${at.binaryId}`,
    headers: { accept: 'application/fhir+json' },
    seen: done,
  },
  {
    name: 'content, a range of it',
    path: (at) => `/Binary/${at.binaryId}`,
    headers: { range: 'bytes=0-10' },
    seen: done,
  },
  {
    name: 'content, a range behind its end',
    path: (at) => `/Binary/${at.binaryId}`,
    headers: { range: 'bytes=999999999-' },
    seen: ({ status }) => status === 416,
  },
  {
    name: 'content that is known',
    path: (at) => `/Binary/${at.binaryId}`,
    headers: { 'if-none-match': '*' },
    seen: ({ status }) => status === 304,
  },
  {
    name: 'content, its headers alone',
    method: 'HEAD',
    path: (at) => `/Binary/${at.binaryId}`,
    seen: done,
  },
  { name: 'document as a Bundle', path: (at) => `/Bundle/${at.binaryId}`, seen: notOffered },
  { name: 'everything', path: (_, { id }) => `/Patient/${id}/$everything`, seen: notOffered },
  { name: 'export', path: (_, { id }) => `/Patient/${id}/$export`, seen: notOffered },
  ...['DocumentReference', 'List', 'Binary'].flatMap((type): Way[] => {
    const idOf = (at: PushedDocument): string =>
      type === 'List' ? at.listId : type === 'Binary' ? at.binaryId : at.documentId
    const asked = (at: PushedDocument, record: TestRecord): string =>
      `${patientOf(record)}&entity=${type}/${idOf(at)}`
    return [
      {
        name: `traces that name it, as ${type}`,
        path: (at, record) => `/AuditEvent?${asked(at, record)}&_total=accurate`,
        seen: done,
      },
      {
        name: `traces that name a version of it, as ${type}, counted`,
        path: (at, record) => `/AuditEvent?${asked(at, record)}/_history/1&_summary=count`,
        seen: done,
      },
      {
        name: `traces that name it, as ${type}, in a table`,
        path: (at, record) => `/AuditEvent?${asked(at, record)}&_format=csv`,
        seen: done,
      },
    ]
  }),
  {
    name: 'traces that name it, whatever it is',
    method: 'POST',
    path: () => '/AuditEvent/_search',
    body: (at, record) => `${patientOf(record)}&entity=${at.documentId}&_sort=date`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    seen: done,
  },
  {
    name: 'subscription',
    method: 'POST',
    path: () => '/Subscription',
    body: () => ({ resourceType: 'Subscription' }),
    seen: notOffered,
  },
  {
    name: 'patch',
    method: 'PATCH',
    path: (at) => `/DocumentReference/${at.documentId}`,
    body: () => mask,
    headers: jsonPatch,
    seen: done,
  },
  {
    name: 'patch of a version',
    method: 'PATCH',
    path: (at) => `/DocumentReference/${at.documentId}`,
    body: () => mask,
    headers: { ...jsonPatch, 'if-match': 'W/"77"' },
    seen: ({ status }) => status === 412,
  },
  {
    name: 'conditional patch',
    method: 'PATCH',
    path: (at, record) => `/DocumentReference?${patientOf(record)}&${byWholeIdentifier(at)}`,
    body: () => mask,
    headers: jsonPatch,
    seen: done,
  },
  {
    name: 'update',
    method: 'PUT',
    path: (at) => `/DocumentReference/${at.documentId}`,
    body: () => ({}),
    seen: notOffered,
  },
  { name: 'delete', method: 'DELETE', path: (at) => `/DocumentReference/${at.documentId}`, seen: notOffered },
  {
    name: 'conditional delete',
    method: 'DELETE',
    path: (at, record) => `/DocumentReference?${patientOf(record)}&${byUniqueId(at)}`,
    seen: notOffered,
  },
]

type Hidden = {
  readonly of: string
  readonly who: (record: TestRecord) => Persona
  readonly parts: Parameters<TestRecord['push']>[0]
}
const cases: readonly Hidden[] = [
  { of: 'a masked document, from a GP', who: () => gp, parts: { labels: ['N', 'MASQUE_PS'] } },
  {
    of: 'a type the matrix denies, from a nurse',
    who: () => nurse,
    parts: { type: '75496-0', documentChanges: { category: undefined } },
  },
  {
    of: 'what is not announced, from the patient',
    who: ({ holder }) => holder,
    parts: { labels: ['N', 'INVISIBLE_PATIENT'] },
  },
]

for (const { of, who, parts } of cases) {
  tap.test(`absent by every way: ${of}`, async (t) => {
    await using app = await testApp()
    const record = await openTestRecord(app, matricule(1))
    for (const { nationalId = '' } of [gp, nurse]) await record.choose('autorisation', nationalId)
    const persona = who(record)
    const hidden = await record.push(parts)
    const client = app.as(persona)
    let unchanged: PushedDocument | undefined
    for (const way of ways) {
      const there = await ask(client, way, hidden, record)
      const nowhere = await ask(client, way, inventedLike(hidden), record)
      t.same(essence(there, hidden), essence(nowhere, inventedLike(hidden)), `${way.name}: as never there`)
      // A way begins with a document that none has changed.
      const visible = unchanged ?? (await record.push({}))
      const answer = await ask(client, way, visible, record)
      unchanged = ['GET', 'HEAD', 'POST'].includes(way.method ?? 'GET') ? visible : undefined
      if (way.seen === 'not offered') {
        t.ok(answer.status >= 400, `${way.name}: refused (${answer.status})`)
        t.same(essence(answer, visible), essence(there, hidden), `${way.name}: refused whatever is asked`)
      } else if (persona !== record.holder || !way.name.includes('patch')) {
        t.ok(way.seen(answer, visible), `${way.name}: what may be seen comes out (${answer.status})`)
      }
    }
  })
}

tap.test('references and conflicts tell nothing of what is hidden', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, matricule(1))
  await record.choose('autorisation', gp.nationalId ?? '')
  const hidden = await record.push({ labels: ['N', 'MASQUE_PS'] })
  const visible = await record.push({})
  const client = app.as(gp)
  const { ins } = record
  const author = gp.nationalId ?? ''
  const before = await app.stored()
  const replacing = (at: PushedDocument) => ({
    relatesTo: [{ code: 'replaces' as const, target: { reference: `DocumentReference/${at.documentId}` } }],
  })
  const writes = [
    (at: PushedDocument, uniqueId: string) =>
      client.post('', provideBundle({ ins, author, uniqueId, documentChanges: replacing(at) })),
    (at: PushedDocument, uniqueId: string) =>
      client.post(
        '/DocumentReference',
        publishedDocument({ ins, author, uniqueId, documentChanges: replacing(at) }),
      ),
    ...(['appends', 'transforms', 'signs'] as const).flatMap((code) =>
      [byId, byLogicalReference].map((named) => (at: PushedDocument, uniqueId: string) => {
        const relatesTo = [{ code, target: named(at) }]
        return client.post('', provideBundle({ ins, author, uniqueId, documentChanges: { relatesTo } }))
      }),
    ),
    (at: PushedDocument, uniqueId: string) =>
      client.post(
        '',
        lotOf({ ins, documents: [{ author, uniqueId }], folders: [{ items: [byId(at).reference] }] }),
      ),
    (at: PushedDocument, uniqueId: string) =>
      client.post('/DocumentReference', publishedDocument({ ins, author, uniqueId }), {
        'if-none-exist': byUniqueId(at),
      }),
  ]
  for (const [i, write] of writes.entries()) {
    // The same body but for whom it names: the same uniqueId, since nothing is stored.
    const uniqueId = freshUniqueId()
    const there = await write(hidden, uniqueId)
    t.ok(there.status >= 400, `write ${i} is refused`)
    const nowhere = await write(inventedLike(hidden), uniqueId)
    t.same(essence(there, hidden), essence(nowhere, inventedLike(hidden)), `write ${i}`)
  }
  t.same(await app.stored(), before, 'and nothing was stored')
  // Who knows a uniqueId is told that it is taken, and by nothing more: hidden or not, the answer is one.
  const taken = async (at: PushedDocument): Promise<unknown> => {
    const answer = await client.post('', provideBundle({ ins, author, uniqueId: at.uniqueId }))
    t.equal(answer.status, 409)
    return essence(answer, at)
  }
  t.same(await taken(hidden), await taken(visible))
})

function ask(client: Client, way: Way, at: PushedDocument, record: TestRecord): Promise<Received> {
  return client.request(way.method ?? 'GET', way.path(at, record), {
    ...(way.body ? { body: way.body(at, record) } : {}),
    ...(way.headers ? { headers: way.headers } : {}),
  })
}

/** Ids of the same record that nobody gave out. */
function inventedLike(at: PushedDocument): PushedDocument {
  const invented = (id: string): string => `${id.slice(0, -5)}00000`
  return {
    uniqueId: `${at.uniqueId}.999999`,
    listId: invented(at.listId),
    documentId: invented(at.documentId),
    binaryId: invented(at.binaryId),
  }
}

/** Everything of an answer but what is new in each, and what the request itself said. */
function essence({ status, headers, text }: Received, at: PushedDocument): unknown {
  const { date: _, 'x-request-id': __, 'content-length': ___, ...same } = headers
  let plain = text
  // Not the beginning of another's: the uniqueIds of a test are numbered.
  for (const [name, value] of Object.entries(at).sort((a, b) => b[1].length - a[1].length))
    for (const written of [encodeURIComponent(value), value])
      plain = plain.replaceAll(new RegExp(`${written.replaceAll('.', '\\.')}(?![0-9])`, 'g'), name)
  return { status, headers: same, text: plain.replaceAll(/urn:uuid:[0-9a-f-]{36}/g, 'urn:uuid') }
}
