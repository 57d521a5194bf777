/**
 * `$meta`: profiles, security labels and tags of one resource, or of one of its versions.
 * @see https://hl7.org/fhir/R4/resource-operation-meta.html
 */
import { isJsonObject, parseJson, stringifyJson } from '../../../fhir/json.ts'
import type { Answer, Exchange } from '../../exchange.ts'
import type { Input } from '../../input.ts'
import { read, vread } from '../read.ts'
import type { RestEngine } from '../rest-engine.ts'

export async function meta(engine: RestEngine, exchange: Exchange, input: Input): Promise<Answer> {
  const answer = await (input.version === '' ? read : vread)(engine, exchange, input)
  const resource = parseJson(String(answer.body))
  const value = isJsonObject(resource) && isJsonObject(resource.meta) ? resource.meta : {}
  return {
    status: 200,
    body: stringifyJson({
      resourceType: 'Parameters',
      parameter: [{ name: 'return', valueMeta: value }],
    }),
  }
}
