/** read and search of the measures there are: definitions, about nobody, for every caller. */
import { searchsetBundle } from '../../../fhir/bundle.ts'
import { refusal } from '../../../fhir/fhir-error.ts'
import { stringifyJson } from '../../../fhir/json.ts'
import { measureResource } from '../../../indicators/measure-resource.ts'
import {
  canonicalOf,
  MEASURES_DATE,
  MEASURES_VERSION,
  measureById,
  measures,
} from '../../../indicators/measures.ts'
import type { Answer } from '../../exchange.ts'
import { Pages } from '../../pages.ts'
import { type Pairs, queryOf } from '../../query.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { unknown } from '../permit.ts'

export async function readMeasure(_: DmpEngine, { trace }: DmpExchange, id: string): Promise<Answer> {
  trace.asks('Measure')
  const measure = measureById(id)
  if (!measure) throw unknown()
  trace.concerns('Measure', id, 1)
  return {
    status: 200,
    etag: `W/"${MEASURES_VERSION}"`,
    lastModified: Date.parse(MEASURES_DATE),
    body: stringifyJson(measureResource(measure)),
  }
}

const known = ['_id', 'url']

/** They are few: one page. */
export async function searchMeasures(
  engine: DmpEngine,
  exchange: DmpExchange,
  pairs: Pairs,
): Promise<Answer> {
  const query = queryOf(pairs)
  exchange.trace.asks('Measure', query)
  const stranger = pairs.find(([name]) => !known.includes(name))?.[0]
  if (stranger !== undefined) {
    const params = { name: stranger.slice(0, 64), type: 'Measure', known: known.join(', ') }
    throw refusal('not-supported', 'parametre-inconnu', { params })
  }
  const found = measures.filter((measure) =>
    pairs.every(([name, value]) =>
      value.split(',').includes(name === '_id' ? measure.id : canonicalOf(measure)),
    ),
  )
  for (const { id } of found) exchange.trace.concerns('Measure', id, 1)
  const entries = found.map((measure) => ({
    fullUrl: `${engine.base}/Measure/${measure.id}`,
    resource: stringifyJson(measureResource(measure)),
    mode: 'match' as const,
  }))
  const pages = new Pages(engine, exchange, 'Measure', query, undefined)
  return { status: 200, body: searchsetBundle(pages.links(undefined), entries, found.length) }
}
