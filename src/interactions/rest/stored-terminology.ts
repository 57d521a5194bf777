/**
 * Code systems and value sets that clients have stored, beside those that are loaded with the server.
 */
import { isJsonObject, type JsonObject, parseJson } from '../../fhir/json.ts'
import type { Criterion, SearchExpression } from '../../search/search-expression.ts'
import { searchResources } from '../../storage/resources/search-resources.ts'
import type { CodeSource, TerminologyType } from '../../terminology/code-source.ts'
import { withStored } from '../../terminology/with-stored.ts'
import type { RestEngine } from './rest-engine.ts'

/** @param answer pure: run again once what it missed has been fetched */
export function withTerminology<T>(engine: RestEngine, answer: (source: CodeSource) => T): Promise<T> {
  return withStored(
    engine.terminology,
    (type, url, version) => fetchStored(engine, type, url, version),
    answer,
  )
}

/** The stored resource of that canonical URL, the one changed last when there are several. */
async function fetchStored(
  engine: RestEngine,
  type: TerminologyType,
  url: string,
  version: string | undefined,
): Promise<JsonObject | undefined> {
  const criteria: Criterion[] = [{ kind: 'uri', parameter: 'url', match: 'exact', values: [{ uri: url }] }]
  if (version !== undefined)
    criteria.push({ kind: 'token', parameter: 'version', not: false, values: [{ code: version }] })
  const search: SearchExpression = {
    types: [type],
    criteria,
    sort: [{ parameter: '_lastUpdated', descending: true }],
    count: 1,
    total: 'none',
    summary: 'false',
    elements: [],
    includes: [],
    understood: [],
    ignored: [],
  }
  const { entries } = await searchResources(engine.reads, engine.partition, search, undefined, engine.reach)
  const resource = entries[0] && parseJson(entries[0].body)
  return isJsonObject(resource) ? resource : undefined
}
