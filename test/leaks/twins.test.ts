/**
 * Twin records: the same happens in both, and in one also what a reader may not see: documents between the others, in their
 * folder, related to them, replaced, deleted, read by others. Whatever the reader asks of either, both answer the same, byte
 * for byte but for ids, instants and what is computed of these (rule V7).
 */
import tap from 'tap'
import type { Persona } from '../../src/sandbox/persona.ts'
import type { TestApp } from '../support/app.ts'
import { choice } from '../support/builders.ts'
import { type HeaderFields, type Received, resourceOf, verdict } from '../support/http-client.ts'
import { document, type LotDocument, type LotFolder, lotOf } from '../support/lots.ts'
import { oneServer } from '../support/one-server.ts'
import {
  administration,
  aidant,
  gp,
  hospital,
  hospitalId,
  nurse,
  otherGp,
  representative,
} from '../support/personas.ts'
import { openTestRecord, type TestRecord } from '../support/record.ts'

const { testApp, matricule } = oneServer()

type Hidden = Pick<LotDocument, 'labels' | 'type' | 'archived'>
type Twin = {
  readonly record: TestRecord
  /** Where what is seen lies. */
  readonly seen: readonly string[]
  /** The representative's matricule, before the aidant's. */
  readonly parent: number
  /** How many documents are not. */
  readonly hidden: number
}

const idOf = ({ nationalId = '' }: Persona): string => nationalId
const jsonPatch = { 'content-type': 'application/json-patch+json' }
const deletion = [{ op: 'replace', path: '/status', value: 'entered-in-error' }]

/** @param hidden undefined: the twin in which nothing is hidden */
async function live(app: TestApp, n: number, hidden: Hidden | undefined): Promise<Twin> {
  const record = await openTestRecord(app, matricule(n), { birthDate: '2012-06-15' })
  const { ins } = record
  const parent = n + 50
  for (const who of [gp, nurse, otherGp]) await record.choose('autorisation', idOf(who))
  const named = choice('representation', record.id, { person: matricule(parent) })
  done(await app.as(administration).post('/Consent', named))
  done(
    await app
      .as(record.holder)
      .post('/Consent', choice('aidant', record.id, { person: matricule(parent + 1) })),
  )
  let day = 0
  const push = async (by: Persona, parts: LotDocument, folders: LotFolder[] = []): Promise<string[]> => {
    app.advance(60_000)
    const author = by === hospital ? { structure: hospitalId } : { author: idOf(by) }
    const date = `2026-03-${String(10 + day).padStart(2, '0')}T10:00:00+01:00`
    const told = { ...author, date, documentChanges: { category: undefined }, ...parts }
    const answer = done(await app.as(by).post('', lotOf({ ins, documents: [told], folders })))
    return (resourceOf(answer, 'Bundle').entry ?? []).map(({ response }) =>
      (response?.location ?? '').replace(/\/_history\/\d+$/, ''),
    )
  }
  const seen: string[] = []
  const show = async (by: Persona, parts: LotDocument = {}, folders: LotFolder[] = []): Promise<string[]> => {
    day++
    const places = await push(by, parts, folders)
    seen.push(...places)
    return places
  }
  let unseen = 0
  const hide = async (by: Persona, parts: LotDocument = {}, folders: LotFolder[] = []): Promise<string[]> => {
    if (!hidden) return []
    unseen++
    return push(by, { text: 'caché', ...parts, ...hidden }, folders)
  }
  const toward = (code: 'appends' | 'replaces', reference = '') => ({
    relatesTo: [{ code, target: { reference } }],
  })

  const [, first] = await show(hospital)
  await hide(hospital)
  const [, kept = '', , folder = ''] = await show(otherGp, toward('appends', first), [
    { items: [document(0)], changes: { date: '2026-05-01T10:00:00+02:00' } },
  ])
  const changes = { id: folder.slice(5), date: '2026-05-01T10:00:00+02:00' }
  const [, put] = await hide(otherGp, {}, [{ url: folder, changes, items: [kept, document(0)] }])
  const [, added] = await hide(otherGp, toward('appends', kept))
  if (added) await hide(otherGp, toward('replaces', added))
  const [, gone] = await hide(hospital)
  if (gone) done(await app.as(hospital).request('PATCH', `/${gone}`, { body: deletion, headers: jsonPatch }))
  if (put) done(await app.as(otherGp).get(`/${put}`))
  done(await app.as(otherGp).get(`/${folder}`))
  await show(hospital)
  const [, deleted = ''] = await show(hospital)
  done(await app.as(hospital).request('PATCH', `/${deleted}`, { body: deletion, headers: jsonPatch }))
  await hide(hospital)
  return { record, seen, parent, hidden: unseen }
}

function done(answer: Received): Received {
  if (answer.status >= 300) throw new Error(verdict(answer))
  return answer
}

const ofDocuments = [
  '',
  '&_count=2',
  '&_sort=date&_count=1',
  '&_sort=-type,-period-end&_count=2',
  '&_sort=-_lastUpdated&_count=2',
  '&_summary=count',
  '&status:not=preliminary&isArchived=true,false&_count=2',
  '&status=superseded,entered-in-error',
  '&mots=lettre',
  '&security-label:not=MASQUE_PS',
  '&_include=DocumentReference:relatesto&_include=DocumentReference:patient&_revinclude=DocumentReference:relatesto&_revinclude=List:item',
]
const ofLists = [
  '',
  '&_count=1',
  '&_summary=count',
  '&code=folder&_include=List:item',
  '&_lastUpdated=ge2020',
]

/** Every way that names the record, or what is seen of it. @param traces whether traces say the same (not of the holder, T4) */
function waysOf({ record: { id }, seen }: Twin, traces: boolean): string[] {
  const patient = `patient=${id}`
  return [
    ...ofDocuments.map((query) => `/DocumentReference?${patient}${query}`),
    ...ofLists.map((query) => `/List?${patient}${query}`),
    ...['', '&_count=2', '&_at=2026'].map((query) => `/DocumentReference/_history?${patient}${query}`),
    ...['&_total=accurate', '&_count=2'].map((query) => `/Provenance?${patient}${query}`),
    ...['', '/$synthese', '/$droits'].map((operation) => `/Patient/${id}${operation}`),
    ...['Communication', 'CareTeam', 'Appointment'].map((type) => `/${type}?${patient}&_total=accurate`),
    ...seen.map((place) => `/${place}`),
    ...seen
      .filter((place) => place.startsWith('DocumentReference'))
      .flatMap((place) => [`/${place}/_history`, `/${place}/$verify`, `/Provenance?target=${place}`]),
    ...(traces ? [`/Patient/${id}/$acces`, `/AuditEvent?${patient}&_summary=count`] : []),
  ]
}

const changing = new Set(['date', 'x-request-id', 'ratelimit', 'content-length', 'last-modified'])

/** An answer with its ids numbered as they come, and without instants, seals and cursors. */
function essence({ status, headers, text }: Received): string {
  const names = new Map<string, string>()
  const numbered = (found: string): string => {
    const name = names.get(found) ?? `id ${names.size}`
    names.set(found, name)
    return name
  }
  const kept = Object.entries(headers).filter(([name]) => !changing.has(name))
  return JSON.stringify([status, kept])
    .concat(text)
    .replaceAll(/"url":"[^"]*texte-scelle","valueString":"(?:[^"\\]|\\.)*"|"data":"[^"]*"/g, 'seal')
    .replaceAll(/_cursor=[^&"]+|_since=[^&"]+/g, 'cursor')
    .replaceAll(/"?[0-9a-f]{16}\\?"/g, 'folder')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'instant')
    .replaceAll(/\b\d{13}[0-9AB]{2}\b|urn:uuid:[0-9a-f-]{36}/g, 'of the patient')
    .replaceAll(/[0-9a-hjkmnp-tv-z]{26}|1\.2\.250\.1\.999(?:\.\d+)+/g, numbered)
}

function nextOf({ status, text }: Received): string | undefined {
  const told = status === 200 && text.startsWith('{') ? JSON.parse(text) : {}
  return told.link?.find?.(({ relation }: { relation: string }) => relation === 'next')?.url
}

const inEmergency = { 'dmp-mode-acces': 'bris_de_glace', 'dmp-motif': 'Patient%20inconscient' }
type Reader = {
  readonly who: (twin: Twin) => Persona
  readonly headers?: HeaderFields
  /** Its traces are the same too. */
  readonly traces: boolean
}
const reading = (who: Reader['who'], traces: boolean, headers: HeaderFields = {}): Reader => ({
  who,
  traces,
  headers,
})
const parent = reading(({ record, parent }) => representative(matricule(parent), record.ins), true)
const helper = reading(({ record, parent }) => aidant(matricule(parent + 1), record.ins), true)
const cases: readonly (readonly [of: string, hidden: Hidden, readers: readonly Reader[]])[] = [
  [
    'masked documents',
    { labels: ['N', 'MASQUE_PS'] },
    [reading(() => gp, true), reading(() => gp, true, inEmergency), reading(() => nurse, true)],
  ],
  ['a type that the matrix denies', { type: '75496-0' }, [reading(() => nurse, true)]],
  [
    'what is not announced',
    { labels: ['N', 'INVISIBLE_PATIENT'] },
    [reading(({ record }) => record.holder, false), { ...parent, traces: false }, helper],
  ],
  ['a minor’s secrets', { labels: ['N', 'INVISIBLE_REPRESENTANTS_LEGAUX'] }, [parent, helper]],
  ['archived documents', { archived: true }, [helper]],
]

for (const [of, hidden, readers] of cases) {
  tap.test(`twins: ${of} leave no sign of themselves`, async (t) => {
    await using app = await testApp()
    const [plain, other] = [await live(app, 1, undefined), await live(app, 11, hidden)]
    for (const { who, headers, traces } of readers) {
      const clients = [app.as(who(plain)), app.as(who(other))] as const
      const ways = waysOf(other, traces)
      let answered = 0
      for (const [i, way] of waysOf(plain, traces).entries()) {
        let [one, two]: (string | undefined)[] = [way, ways[i]]
        while (one !== undefined && two !== undefined) {
          const [a, b] = [await clients[0].get(one, headers), await clients[1].get(two, headers)]
          t.equal(essence(b), essence(a), way.replaceAll(plain.record.id, '[id]'))
          if (a.status === 200) answered++
          ;[one, two] = [nextOf(a), nextOf(b)]
        }
        t.equal(two, one, 'as many pages')
      }
      t.ok(answered > 40, `not vacuous: ${answered}`)
    }
    t.same([plain.hidden, other.hidden], [0, 6], 'and there is something hidden')
  })
}
