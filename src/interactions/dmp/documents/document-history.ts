/**
 * The versions of one document, newest first, page by page, of a deleted one too. Who sees it today sees all of them, and
 * nobody else any: masking hides the past.
 * @see https://hl7.org/fhir/R4/http.html#history; docs/policy.md V7, D3
 */
import { type HistoryEntry, historyBundle } from '../../../fhir/bundle.ts'
import { parseFhirDate } from '../../../fhir/date.ts'
import { refusal } from '../../../fhir/fhir-error.ts'
import { encodeUuid, formatResourceId, parseResourceId } from '../../../fhir/id.ts'
import { holds } from '../../../policy/document-scope.ts'
import { readDocument, type StoredVersion } from '../../../storage/read-document.ts'
import { readDocumentHistory } from '../../../storage/read-document-history.ts'
import type { Answer } from '../../exchange.ts'
import { Pages } from '../../pages.ts'
import { type Pairs, queryOf } from '../../query.ts'
import { badValue } from '../../rest/result-form.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { askerOf, permitOrOwn, unknown } from '../permit.ts'

const defaultCount = 20
const maxCount = 100
const known = ['_count', '_since', '_at']

export async function documentHistory(
  engine: DmpEngine,
  exchange: DmpExchange,
  id: string,
  pairs: Pairs,
): Promise<Answer> {
  const asked = readAsked(pairs)
  exchange.trace.asks('DocumentReference', queryOf(asked.understood))
  const at = parseResourceId(id)
  if (!at) throw unknown()
  const found = await readDocument(engine.db, at, askerOf(exchange))
  const { scope } = permitOrOwn(engine, exchange, found?.record, 'functional right')
  const document = found?.document
  if (!document || !holds(scope, document.facts)) throw unknown()
  const path = `DocumentReference/${formatResourceId(at)}`
  const pages = new Pages(engine, exchange, `${path}/_history`, queryOf(asked.understood), asked.cursor)
  const upTo = beforeOf(pages) ?? document.version
  const { versions, more } =
    asked.count === 0
      ? { versions: [], more: false }
      : await readDocumentHistory(engine.db, { at, upTo, ...asked.within, limit: asked.count })
  for (const { version } of versions) exchange.trace.concerns('DocumentReference', encodeUuid(at.id), version)
  const last = versions.at(-1)
  // Versions are counted from 1 without a gap; what is left of them by a time is not counted.
  const total = Object.keys(asked.within).length === 0 ? document.version : undefined
  return {
    status: 200,
    body: historyBundle(
      pages.links(more && last ? [last.version] : undefined),
      versions.map((version) => entryOf(`${engine.base}/${path}`, path, version)),
      total,
    ),
  }
}

function beforeOf(pages: Pages): number | undefined {
  const position = pages.after()
  if (!position) return undefined
  const [version] = position
  if (typeof version !== 'number' || !Number.isSafeInteger(version))
    throw refusal('invalid', 'curseur-invalide')
  return version - 1
}

type Asked = {
  readonly count: number
  readonly within: {
    readonly since?: number
    readonly within?: { readonly start: number; readonly end: number }
  }
  readonly cursor: string | undefined
  /** As `self` says it. */
  readonly understood: Pairs
}

/** @throws FhirError 400 on a parameter that is not known, or given twice */
function readAsked(pairs: Pairs): Asked {
  const values = new Map(pairs)
  const named = pairs.find(([name]) => !known.includes(name) && name !== '_cursor')?.[0]
  if (named !== undefined) {
    const params = { name: named.slice(0, 64), type: '_history', known: known.join(', ') }
    throw refusal('not-supported', 'parametre-inconnu', { params })
  }
  if (values.size < pairs.length) throw badValue(known.join(', '), '× 1')
  const count = values.get('_count') ?? String(defaultCount)
  if (!/^\d{1,9}$/.test(count)) throw badValue('_count', '0, 1, 2 …')
  const since = instant('_since', values.get('_since'))
  const within = instant('_at', values.get('_at'))
  return {
    count: Math.min(Number(count), maxCount),
    within: { ...(since ? { since: since.start } : {}), ...(within ? { within } : {}) },
    cursor: values.get('_cursor'),
    understood: pairs.filter(([name]) => name !== '_cursor'),
  }
}

function instant(name: string, text: string | undefined): { start: number; end: number } | undefined {
  if (text === undefined) return undefined
  // A plus sign that was not percent-encoded arrives as a space.
  const range = parseFhirDate(text.replace(/ (?=\d\d:\d\d$)/, '+'))
  if (!range) throw badValue(name, '2026-01-31T12:00:00Z')
  return { start: range.start, end: range.end }
}

/** The first version is the deposit; a document changes by patches, or by what replaces it. */
function entryOf(fullUrl: string, path: string, { version, lastUpdated, body }: StoredVersion): HistoryEntry {
  const created = version === 1
  return {
    fullUrl,
    resource: body,
    request: created ? { method: 'POST', url: 'DocumentReference' } : { method: 'PATCH', url: path },
    response: {
      status: created ? '201 Created' : '200 OK',
      etag: `W/"${version}"`,
      lastModified: new Date(lastUpdated).toISOString(),
    },
  }
}
