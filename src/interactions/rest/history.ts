/**
 * history of an instance, a type and the whole system, newest first, deletions included.
 * @see https://hl7.org/fhir/R4/http.html#history
 */
import { type HistoryEntry, historyBundle } from '../../fhir/bundle.ts'
import { parseFhirDate } from '../../fhir/date.ts'
import { refusal } from '../../fhir/fhir-error.ts'
import type { Position } from '../../search/cursor.ts'
import { restLimits } from '../../search/rest-capability.ts'
import {
  countHistory,
  type HistoricVersion,
  type HistoryPosition,
  readHistory,
} from '../../storage/resources/read-history.ts'
import { readResource } from '../../storage/resources/read-resources.ts'
import type { Answer, Exchange } from '../exchange.ts'
import type { Input } from '../input.ts'
import { Pages } from '../pages.ts'
import { type Pairs, queryOf } from '../query.ts'
import type { RestEngine } from './rest-engine.ts'
import { badValue, formed, splitForm, unknownParameter } from './result-form.ts'

type Asked = {
  readonly count: number
  readonly since?: number
  readonly at?: { readonly start: number; readonly end: number }
  readonly cursor?: string
  /** As `self` says it. */
  readonly understood: Pairs
}

const KNOWN = ['_count', '_since', '_at', '_summary', '_elements', '_format', '_pretty']

export async function history(engine: RestEngine, exchange: Exchange, input: Input): Promise<Answer> {
  const { type, id } = input
  const { form, others } = splitForm(
    engine,
    type === '' ? engine.registry.resourceTypes : [type],
    input.pairs,
  )
  const asked = readAsked(others)
  exchange.trace.asks(type, queryOf(asked.understood))
  const within = {
    patientKey: engine.partition,
    ...(type === '' ? {} : { type }),
    ...(id === '' ? {} : { id }),
  }
  const path = [type, id, '_history'].filter((part) => part !== '').join('/')
  const forms = input.pairs.filter(([name]) => name === '_summary' || name === '_elements')
  const query = queryOf([...asked.understood, ...forms])
  const pages = new Pages(engine, exchange, path, query, asked.cursor)
  const before = positionOf(pages.after())
  if (form.summary === 'count' || asked.count === 0) {
    const total = await countHistory(engine.reads, { ...within, ...pick(asked) }, engine.reach)
    if (total === 0 && id !== '') await mustExist(engine, type, id)
    return { status: 200, body: historyBundle(pages.links(undefined), [], total) }
  }
  const { versions, more } = await readHistory(
    engine.reads,
    { ...within, ...pick(asked), ...(before ? { before } : {}), limit: asked.count },
    engine.reach,
  )
  if (versions.length === 0 && id !== '') await mustExist(engine, type, id)
  for (const { type, id, version } of versions) exchange.trace.concerns(type, id, version)
  const last = more ? versions.at(-1) : undefined
  return {
    status: 200,
    body: historyBundle(
      pages.links(last && [last.lastUpdated, last.type, last.id, last.version]),
      versions.map((version) => entryOf(engine, version, formed(engine, version.body, form))),
    ),
  }
}

function positionOf(position: Position | undefined): HistoryPosition | undefined {
  if (!position) return undefined
  const [lastUpdated, type, id, version] = position
  if (
    typeof lastUpdated !== 'number' ||
    typeof type !== 'string' ||
    typeof id !== 'string' ||
    typeof version !== 'number'
  )
    throw refusal('invalid', 'curseur-invalide')
  return { lastUpdated, type, id, version }
}

function readAsked(pairs: Pairs): Asked {
  const asked: { -readonly [K in keyof Omit<Asked, 'understood'>]: Asked[K] } = {
    count: restLimits.defaultCount,
  }
  const understood: [string, string][] = []
  for (const [name, value] of pairs) {
    if (name === '_cursor') {
      asked.cursor = value
      continue
    }
    if (name === '_count') {
      if (!/^\d{1,9}$/.test(value)) throw badValue(name, '0, 1, 2 …')
      asked.count = Math.min(Number(value), restLimits.maxCount)
    } else if (name === '_since' || name === '_at') {
      // A plus sign that was not percent-encoded arrives as a space.
      const range = parseFhirDate(value.replace(/ (?=\d\d:\d\d$)/, '+'))
      if (!range) throw badValue(name, '2026-01-31T12:00:00Z')
      if (name === '_since') asked.since = range.start
      else asked.at = { start: range.start, end: range.end }
    } else throw unknownParameter(name, KNOWN)
    understood.push([name, value])
  }
  return { ...asked, understood }
}

function pick({ since, at }: Asked): Pick<Asked, 'since' | 'at'> {
  return { ...(since === undefined ? {} : { since }), ...(at === undefined ? {} : { at }) }
}

/** A resource whose versions are all outside of what is asked has an empty history; one that never was has none. */
async function mustExist(engine: RestEngine, type: string, id: string): Promise<void> {
  const place = { patientKey: engine.partition, type, id }
  if (!(await readResource(engine.reads, place, engine.reach))) throw refusal('not-found', 'inconnu')
}

/** Status and method of the request that made each version. */
function entryOf(engine: RestEngine, version: HistoricVersion, body: string): HistoryEntry {
  const { type, id, method, revives } = version
  // An update that brings a deleted resource back creates it (https://hl7.org/fhir/R4/http.html#update).
  const created = version.version === 1 || method === 'POST' || revives
  return {
    fullUrl: `${engine.base}/${type}/${id}`,
    ...(method === 'DELETE' ? {} : { resource: body }),
    request: { method, url: method === 'POST' ? type : `${type}/${id}` },
    response: {
      status: method === 'DELETE' ? '204 No Content' : created ? '201 Created' : '200 OK',
      etag: `W/"${version.version}"`,
      lastModified: new Date(version.lastUpdated).toISOString(),
    },
  }
}
