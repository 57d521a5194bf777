/**
 * The versions of one resource of a record, newest first, page by page. Whether the caller may read it was decided before.
 * @see https://hl7.org/fhir/R4/http.html#history
 *
 * NOT offered: `_since` and `_at`; a choice has few versions.
 */
import { historyBundle } from '../../fhir/bundle.ts'
import { refusal } from '../../fhir/fhir-error.ts'
import { encodeUuid, formatResourceId, type ResourceId } from '../../fhir/id.ts'
import { recordLimits } from '../../search/column-capability.ts'
import type { StoredVersion } from '../../storage/documents/read-document.ts'
import { readVersions } from '../../storage/records/read-versions.ts'
import type { RecordType } from '../../storage/records/search-record.ts'
import type { Answer } from '../exchange.ts'
import { Pages } from '../pages.ts'
import { type Pairs, queryOf } from '../query.ts'
import type { DmpEngine } from './dmp-engine.ts'
import type { DmpExchange } from './dmp-exchange.ts'

export async function recordHistory(
  engine: DmpEngine,
  exchange: DmpExchange,
  type: RecordType,
  at: ResourceId,
  pairs: Pairs,
  shown: (versions: readonly StoredVersion[]) => Promise<readonly string[]> = async (versions) =>
    versions.map(({ body }) => body),
): Promise<Answer> {
  const { count, cursor } = readAsked(pairs)
  const id = formatResourceId(at)
  const query = queryOf([['_count', String(count)]])
  const pages = new Pages(engine, exchange, `${type}/${id}/_history`, query, cursor)
  const [before, ...rest] = pages.after() ?? []
  if (rest.length > 0 || (before !== undefined && typeof before !== 'number'))
    throw refusal('invalid', 'curseur-invalide')
  const { versions, more } = await readVersions(engine.db, type, at, before, count)
  for (const { version } of versions) exchange.trace.concerns(type, encodeUuid(at.id), version)
  const bodies = await shown(versions)
  const last = more ? versions.at(-1) : undefined
  return {
    status: 200,
    body: historyBundle(
      pages.links(last && [last.version]),
      versions.map(({ version, lastUpdated }, i) => ({
        fullUrl: `${engine.base}/${type}/${id}`,
        resource: bodies[i] ?? '',
        request: { method: version === 1 ? 'POST' : 'PUT', url: version === 1 ? type : `${type}/${id}` },
        response: {
          status: version === 1 ? '201 Created' : '200 OK',
          etag: `W/"${version}"`,
          lastModified: new Date(lastUpdated).toISOString(),
        },
      })),
    ),
  }
}

function readAsked(pairs: Pairs): { readonly count: number; readonly cursor: string | undefined } {
  const { defaultCount, maxCount } = recordLimits
  let count = defaultCount
  let cursor: string | undefined
  for (const [name, value] of pairs) {
    if (name === '_cursor' && cursor === undefined) cursor = value
    else if (name === '_count' && /^[1-9]\d{0,8}$/.test(value)) count = Math.min(Number(value), maxCount)
    else if (name === '_count' || name === '_cursor')
      throw refusal('invalid', 'parametre-invalide', { type: 'value', params: { name, form: '1, 2 …' } })
    else
      throw refusal('invalid', 'parametre-inconnu', {
        params: { name: name.slice(0, 64), type: '_history', known: '_count' },
      })
  }
  return { count, cursor }
}
