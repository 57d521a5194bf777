/** The registry of the definitions that the build has made, and the examples published with the guides. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { assetPath } from '../../src/asset-path.ts'
import { loadDefinitions } from '../../src/definitions/load.ts'
import { buildRegistry, type Registry } from '../../src/definitions/registry.ts'
import { isJsonObject, type JsonObject, parseJson } from '../../src/fhir/json.ts'
import { sharedData } from './shared-data.ts'

export function testRegistry(): Registry {
  return buildRegistry(loadDefinitions(assetPath('definitions.json')))
}

export type Example = { readonly name: string; readonly resource: JsonObject }

/** Undefined when the reference data is not there. */
export function publishedExamples(): readonly Example[] | undefined {
  const folder = sharedData('examples')
  if (folder === undefined) return undefined
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => {
      const resource = parseJson(readFileSync(join(folder, name), 'utf8'))
      if (!isJsonObject(resource)) throw new Error(`${name} is no resource`)
      return { name, resource }
    })
}
