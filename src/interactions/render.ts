/**
 * An answer in the format the client wants. Stored texts are JSON as it is served: handed on unread, unless XML or
 * indentation is asked for.
 * @see https://hl7.org/fhir/R4/http.html#mime-type, #parameters (`_format`, `_pretty`)
 */
import type { Registry } from '../definitions/registry.ts'
import { isJsonObject, parseJson, prettyJson } from '../fhir/json.ts'
import { type ServedText, textOf } from '../fhir/served-text.ts'
import { stringifyXml } from '../xml/stringify-xml.ts'

export type Wanted = { readonly format: 'json' | 'xml'; readonly pretty: boolean }

export function render<Json extends string | ServedText>(
  json: Json,
  wanted: Wanted,
  registry: Registry,
): Json | string {
  if (wanted.format === 'json' && !wanted.pretty) return json
  const resource = parseJson(textOf(json))
  if (!isJsonObject(resource)) throw new Error('An answer that is no resource')
  return wanted.format === 'xml'
    ? stringifyXml(resource, registry, { pretty: wanted.pretty })
    : prettyJson(resource)
}
