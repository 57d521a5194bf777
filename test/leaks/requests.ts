/** Random requests, each with what the oracle says its answer must be. */
import type { Bundle } from '@medplum/fhirtypes'
import type { AccessMode } from '../../src/policy/caller.ts'
import type { HeaderFields, Received } from '../support/http-client.ts'
import type { Model, ModelDocument, ModelRecord } from './model.ts'
import {
  type Ask,
  documentsFor,
  notTheHolder,
  type Refusal,
  refusalOf,
  sees,
  tracesFor,
  UNKNOWN,
  whatModeLacks,
  worth,
} from './oracle.ts'
import type { Random } from './random.ts'
import type { World } from './world.ts'

export type Expected =
  | Refusal
  /** Seen: the body is that resource, or those bytes. */
  | { readonly status: 200; readonly resource: string }
  | { readonly status: 304 }
  /** A searchset, page by page, in this order. */
  | { readonly status: 200; readonly ids: readonly string[]; readonly pageSize: number }
  | { readonly status: 200; readonly total: number }
  /** A history, page by page: versions of these and of no others. */
  | { readonly status: 200; readonly versionsOf: readonly string[] }
  /** Shown, and naming none of these. */
  | { readonly status: 200; readonly neverNames: readonly string[] }
  | { readonly status: 200 }

export type Request = {
  readonly who: string
  readonly path: string
  readonly headers: HeaderFields
  readonly kind: string
  readonly expected: Expected
}

export const MOTIVE = 'Patient inconscient aux urgences'

export function randomRequest(world: World, random: Random): Request {
  const { model } = world
  const index = random.below(model.records.length)
  const mode: AccessMode = random.chance(0.55) ? 'normal' : random.of(['bris_de_glace', 'centre_15'])
  const who = randomCaller(world, index, mode, random)
  const persona = world.cast.get(who)
  if (!persona) throw new Error('Nobody')
  const motive = mode !== 'normal' && random.chance(0.7) ? MOTIVE : ''
  const ask: Ask = { who: persona, mode, motive, now: world.app.now() }
  const headers: HeaderFields = {
    ...(mode === 'normal' ? {} : { 'dmp-mode-acces': mode }),
    ...(motive === '' ? {} : { 'dmp-motif': encodeURIComponent(motive) }),
  }
  const record = model.records[index]
  if (!record) throw new Error('No record')
  const document = random.of(model.documents.filter((d) => d.record === index))
  const made = random.of(kinds)({ model, ask, record, document, random })
  return {
    who,
    path: made.path,
    headers: { ...headers, ...made.headers },
    kind: made.kind,
    expected: made.expected,
  }
}

/** Anybody; more than half the time somebody who has something to do with the record or the mode, or had. */
function randomCaller({ cast, model }: World, index: number, mode: AccessMode, random: Random): string {
  const all = [...cast]
  const record = model.records[index]
  if (random.chance(0.4) || !record) return random.of(all)[0]
  const regulating = mode === 'centre_15' && random.chance(0.5)
  const near = all.filter(([, { ins, onBehalfOf, nationalId = '', regulation = false }]) =>
    regulating
      ? regulation
      : record.authorised.has(nationalId) ||
        record.careTeams.some(({ members }) => members.includes(nationalId)) ||
        (onBehalfOf === undefined
          ? ins?.value === record.ins.value
          : onBehalfOf.value === record.ins.value && record.representatives.has(ins?.value ?? '')),
  )
  return random.of(near.length > 0 ? near : all)[0]
}

type About = {
  readonly model: Model
  readonly ask: Ask
  readonly record: ModelRecord
  readonly document: ModelDocument
  readonly random: Random
}
type Made = Pick<Request, 'path' | 'kind' | 'expected'> & { readonly headers?: HeaderFields }
type Kind = (about: About) => Made

const readDocument: Kind = ({ model, ask, record, document, random }) => {
  const expected = byReader(documentsFor(model, ask, record, false), document)
  const conditional = random.chance(0.2)
  return {
    kind: conditional ? 'conditional read' : 'read',
    path: `/DocumentReference/${document.id}`,
    ...(conditional ? { headers: { 'if-none-match': '*' } } : {}),
    expected: conditional && expected.status === 200 ? { status: 304 } : expected,
  }
}

const vreadDocument: Kind = ({ model, ask, record, document }) => ({
  kind: 'vread',
  path: `/DocumentReference/${document.id}/_history/1`,
  expected: byReader(documentsFor(model, ask, record, false), document),
})

const retrieve: Kind = ({ ask, record, document }) => {
  const refused = refusalOf(ask, record, 'F10')
  const expected = refused ?? (sees(ask, record, document) ? ({ status: 200 } as const) : UNKNOWN)
  return { kind: 'retrieve', path: `/Binary/${document.binaryId}`, expected }
}

const readList: Kind = ({ ask, record, document }) => {
  const refused = refusalOf(ask, record, 'F8')
  const expected = refused ?? (sees(ask, record, document) ? ({ status: 200 } as const) : UNKNOWN)
  return { kind: 'submission set', path: `/List/${document.listId}`, expected }
}

const invented: Kind = ({ ask, record, document, random }) => {
  const type = random.of(['DocumentReference', 'Binary', 'List'])
  const right = type === 'Binary' ? 'F10' : 'F8'
  const reader =
    type === 'DocumentReference'
      ? documentsFor({ records: [record], documents: [] }, ask, record, false)
      : undefined
  const refused = reader ? (typeof reader === 'function' ? undefined : reader) : refusalOf(ask, record, right)
  const id = `${document.id.slice(0, 27)}${document.id.slice(27, 48)}00000`
  return { kind: 'invented id', path: `/${type}/${id}`, expected: refused ?? UNKNOWN }
}

const search: Kind = ({ model, ask, record, document, random }) => {
  const filters: readonly (readonly [string, (d: ModelDocument) => boolean])[] = [
    ['', (d) => d.status === 'current' && !d.archived],
    [`&type=${document.type}`, (d) => d.type === document.type && d.status === 'current' && !d.archived],
    ['&isArchived=true', (d) => d.archived && d.status === 'current'],
    ['&isArchived=true,false&status:not=preliminary', () => true],
    [
      `&identifier=urn:oid:${document.uniqueId}`,
      (d) => d.uniqueId === document.uniqueId && d.status === 'current' && !d.archived,
    ],
    [`&_id=${document.id}`, (d) => d.id === document.id && d.status === 'current' && !d.archived],
    ['&security-label=MASQUE_PS', (d) => d.masked && d.status === 'current' && !d.archived],
    [
      `&date=lt${new Date(document.date).toISOString()}`,
      (d) => d.date < document.date && d.status === 'current' && !d.archived,
    ],
  ]
  const [query, matches] = random.of(filters)
  const patient = random.chance(0.5)
    ? `patient=${record.id}`
    : `patient.identifier=${encodeURIComponent(`${record.ins.system}|${record.ins.value}`)}`
  const reader = documentsFor(model, ask, record, query.startsWith('&identifier='))
  const path = `/DocumentReference?${patient}${query}`
  if (typeof reader !== 'function') return { kind: 'search', path, expected: reader }
  const found = model.documents.filter((d) => reader(d) && matches(d)).sort((a, b) => b.date - a.date)
  if (random.chance(0.2)) {
    const expected = { status: 200, total: found.length } as const
    return { kind: 'count', path: `${path}&_total=accurate&_count=0`, expected }
  }
  const ascending = random.chance(0.2)
  const ids = found.map(({ id }) => id)
  const pageSize = random.of([1, 3, 50])
  return {
    kind: 'search',
    path: `${path}&_count=${pageSize}${ascending ? '&_sort=date' : ''}`,
    expected: { status: 200, ids: ascending ? ids.reverse() : ids, pageSize },
  }
}

/** Each document came with a set of its own, and all sets have one date. */
const searchSets: Kind = ({ model, ask, record, document, random }) => {
  const filters: readonly (readonly [string, (d: ModelDocument) => boolean])[] = [
    ['', () => true],
    ['&code=submissionset&status=current', () => true],
    [`&item=DocumentReference/${document.id}`, (d) => d.id === document.id],
    [`&_id=${document.listId}`, (d) => d.id === document.id],
    ['&code=folder', () => false],
    ['&source:missing=true', () => false],
  ]
  const [query, matches] = random.of(filters)
  const path = `/List?patient=${record.id}${query}`
  const refused = refusalOf(ask, record, 'F8')
  if (refused) return { kind: 'search of sets', path, expected: refused }
  const ids = model.documents
    .filter((d) => model.records[d.record] === record && sees(ask, record, d) && matches(d))
    .map(({ listId }) => listId)
    .sort()
  if (random.chance(0.2)) {
    const expected = { status: 200, total: ids.length } as const
    return { kind: 'count of sets', path: `${path}&_summary=count`, expected }
  }
  const ascending = random.chance(0.3)
  const pageSize = random.of([1, 3, 50])
  return {
    kind: 'search of sets',
    path: `${path}&_count=${pageSize}${ascending ? '&_sort=date' : ''}`,
    expected: { status: 200, ids: ascending ? ids : ids.reverse(), pageSize },
  }
}

const typeHistory: Kind = ({ model, ask, record, random }) => {
  const reader = documentsFor(model, ask, record, false)
  const path = `/DocumentReference/_history?patient=${record.id}&_count=${random.of([2, 7, 100])}`
  if (typeof reader !== 'function') return { kind: 'history of the type', path, expected: reader }
  const versionsOf = model.documents.filter(reader).map(({ id }) => id)
  return { kind: 'history of the type', path, expected: { status: 200, versionsOf } }
}

const readPatient: Kind = ({ ask, record }) => ({
  kind: 'administrative data',
  path: `/Patient/${record.id}`,
  expected: refusalOf(ask, record, 'F5') ?? { status: 200 },
})

const findPatient: Kind = ({ ask, record }) => ({
  kind: 'existence',
  path: `/Patient?identifier=${encodeURIComponent(`${record.ins.system}|${record.ins.value}`)}`,
  expected: existence(ask, record),
})

function existence(ask: Ask, record: ModelRecord): Expected {
  const stranger = notTheHolder(ask, record)
  // Who may not know of the record finds none.
  if (stranger) return stranger.status === 404 ? { status: 200, ids: [], pageSize: 50 } : stranger
  if (worth(ask, record, 'F1') !== 'yes') return { status: 403, error: 'droit-fonctionnel', rule: 'F1' }
  const missing = whatModeLacks(ask)
  if (missing) return missing
  return { status: 200, ids: [record.id], pageSize: 50 }
}

const readTraces: Kind = ({ model, ask, record }) => {
  const normal: Ask = { ...ask, mode: 'normal', motive: '' }
  const reach = tracesFor(normal, record)
  const hidden = model.documents.filter(
    (document) => model.records[document.record] === record && !sees(normal, record, document),
  )
  return {
    kind: 'traces',
    path: `/AuditEvent?patient=${record.id}&_count=40`,
    headers: { 'dmp-mode-acces': 'normal', 'dmp-motif': '' },
    expected:
      typeof reach !== 'string'
        ? reach
        : // The auditor reads traces whole, and everybody one's own.
          {
            status: 200,
            neverNames: reach === 'own' || ask.who.actor === 'AUDITEUR' ? [] : hidden.map(({ id }) => id),
          },
  }
}

const kinds: readonly Kind[] = [
  readDocument,
  readDocument,
  vreadDocument,
  retrieve,
  readList,
  invented,
  search,
  search,
  search,
  searchSets,
  searchSets,
  typeHistory,
  readPatient,
  findPatient,
  readTraces,
]

function byReader(
  reader: Refusal | ((document: ModelDocument) => boolean),
  document: ModelDocument,
): Expected {
  if (typeof reader !== 'function') return reader
  return reader(document) ? { status: 200, resource: document.id } : UNKNOWN
}

/** What is wrong with an answer; undefined when it is as the oracle says. */
export async function fault(
  request: Request,
  answer: Received,
  more: (url: string) => Promise<Received>,
): Promise<string | undefined> {
  const { expected } = request
  if ('error' in expected) return refusedAs(expected, answer)
  if (answer.status !== expected.status)
    return `${answer.status} instead of ${expected.status}: ${answer.text.slice(0, 400)}`
  if ('resource' in expected) {
    const { id } = JSON.parse(answer.text) as { id?: string }
    return id === expected.resource ? undefined : `another resource: ${id}`
  }
  if ('total' in expected) {
    const bundle = JSON.parse(answer.text) as Bundle
    if (bundle.entry?.length) return 'entries where none were asked for'
    return bundle.total === expected.total ? undefined : `total ${bundle.total} instead of ${expected.total}`
  }
  if ('versionsOf' in expected) return versionsAre(expected.versionsOf, answer, more)
  if ('neverNames' in expected) {
    const named = expected.neverNames.find((id) => answer.text.includes(id))
    return named && `names ${named}, which is hidden`
  }
  return 'ids' in expected ? pagesAre(expected, answer, more) : undefined
}

export function refusedAs(expected: Refusal, answer: Received): string | undefined {
  const { status } = answer
  if (status < 400) return `${status} instead of ${expected.status} ${expected.error} ${expected.rule}`
  const outcome = JSON.parse(answer.text) as {
    issue?: { details?: { coding?: { code?: string }[] } }[]
  }
  const codes = outcome.issue?.[0]?.details?.coding?.map(({ code }) => code) ?? []
  const said = `${answer.status} ${codes.join(' ')}`
  const wanted = `${expected.status} ${[expected.error, expected.rule].filter(Boolean).join(' ')}`
  if (said !== wanted) return `${said} instead of ${wanted}: ${answer.text.slice(0, 300)}`
  return expected.error === 'inconnu' && answer.headers.etag ? 'an ETag of what is not there' : undefined
}

async function pagesAre(
  { ids, pageSize }: { readonly ids: readonly string[]; readonly pageSize: number },
  first: Received,
  more: (url: string) => Promise<Received>,
): Promise<string | undefined> {
  const got: string[] = []
  for (let answer = first; ; ) {
    const bundle = JSON.parse(answer.text) as Bundle
    const page = (bundle.entry ?? []).map(({ resource }) => resource?.id ?? '')
    if (page.length === 0 && answer !== first) return 'a next page with nothing on it'
    if (bundle.total !== undefined && bundle.total !== ids.length)
      return `total ${bundle.total} instead of ${ids.length}`
    got.push(...page)
    const next = bundle.link?.find(({ relation }) => relation === 'next')?.url
    if (next === undefined) break
    if (page.length !== pageSize) return `a page of ${page.length} with more behind it`
    if (got.length > ids.length) return `more than ${ids.length}: ${got.join(' ')}`
    answer = await more(next)
    if (answer.status !== 200) return `the next page: ${answer.status}`
  }
  return got.join(' ') === ids.join(' ') ? undefined : `${got.join(' ')} instead of ${ids.join(' ')}`
}

async function versionsAre(
  ids: readonly string[],
  first: Received,
  more: (url: string) => Promise<Received>,
): Promise<string | undefined> {
  const got = new Set<string>()
  const versions = new Set<string>()
  for (let answer = first; ; ) {
    if (answer.status !== 200) return `a page of the history: ${answer.status}`
    const bundle = JSON.parse(answer.text) as Bundle
    for (const { resource } of bundle.entry ?? []) {
      const version = `${resource?.id}/${resource?.meta?.versionId}`
      if (versions.has(version)) return `${version} twice`
      versions.add(version)
      got.add(resource?.id ?? '')
    }
    const next = bundle.link?.find(({ relation }) => relation === 'next')?.url
    if (next === undefined) break
    answer = await more(next)
  }
  const [found, wanted] = [[...got].sort().join(' '), [...ids].sort().join(' ')]
  return found === wanted ? undefined : `versions of ${found} instead of ${wanted}`
}
