/** The validator alone, in a process of its own, with the definitions as the server has them: no HTTP, no database. */
import { assetPath } from '../../src/asset-path.ts'
import { loadDefinitions } from '../../src/definitions/load.ts'
import { loadProfileGuides } from '../../src/definitions/load-profile-guides.ts'
import { buildRegistry } from '../../src/definitions/registry.ts'
import { isJsonObject, type JsonObject, parseJson, stringifyJson } from '../../src/fhir/json.ts'
import { patientEntries, staffOf } from '../../src/population/population.ts'
import { compileProfiles } from '../../src/validation/profile/compile-profile.ts'
import { validate } from '../../src/validation/validate.ts'
import { matricule, submission } from './synthetic-letter.ts'
import { serveOrders } from './worker-process.ts'

export type ValidationOrder = {
  readonly milliseconds: number
  readonly type: string
  /** From the text, or from the resource as parsed. */
  readonly parse: boolean
  /** The made-up letters of the dmp profile, held to PDSm comprehensive. */
  readonly held?: boolean
}

export type ValidationAnswer = {
  readonly resources: number
  readonly seconds: number
  readonly cpuSeconds: number
  readonly bytes: number
}

const DIFFERENT = 1000
const DEPTH = 50
const registry = buildRegistry(loadDefinitions(assetPath('definitions.json')))
const guides = loadProfileGuides(assetPath('profiles'), '2026-01')
const loaded = compileProfiles(guides.structures, { registry, valueSet: guides.valueSet })
const pdsm =
  'https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-comprehensive-document-reference'

serveOrders<ValidationOrder, ValidationAnswer>(async ({ milliseconds, type, parse, held }) => {
  const texts = held ? letters() : textsOf(type)
  const profile = held ? loaded.profile(pdsm) : undefined
  const options = { loaded, ...(profile ? { profiles: [profile] } : {}) }
  const parsed = texts.map((text) => parseJson(text, DEPTH))
  const cpu = process.cpuUsage()
  const begin = performance.now()
  let resources = 0
  do {
    for (const [i, text] of texts.entries()) {
      const resource = parse ? parseJson(text, DEPTH) : parsed[i]
      if (resource === undefined || validate(resource, registry, options).length > 0)
        throw new Error(`A made-up ${type} is not valid`)
    }
    resources += texts.length
  } while (performance.now() - begin < milliseconds)
  const { user, system } = process.cpuUsage(cpu)
  const bytes = Math.round(texts.reduce((sum, text) => sum + text.length, 0) / texts.length)
  return {
    resources,
    seconds: (performance.now() - begin) / 1000,
    cpuSeconds: (user + system) / 1e6,
    bytes,
  }
})

function letters(): string[] {
  return Array.from({ length: DIFFERENT }, (_, i) => {
    const bundle = parseJson(submission(matricule(i), `1.${i}`), DEPTH)
    const entries = isJsonObject(bundle) && Array.isArray(bundle.entry) ? bundle.entry : []
    const [, document] = entries
    if (!isJsonObject(document) || document.resource === undefined)
      throw new Error('A letter without metadata')
    return stringifyJson(document.resource)
  })
}

function textsOf(type: string): string[] {
  const population = { seed: 1, resources: 10_000 }
  const staff = staffOf(population)
  const found: JsonObject[] = []
  for (let i = 0; found.length < DIFFERENT; i++) {
    const resources = patientEntries(population, i, staff).map(({ resource }) => resource)
    found.push(...resources.filter(isJsonObject).filter(({ resourceType }) => resourceType === type))
  }
  return found.slice(0, DIFFERENT).map((resource) => JSON.stringify(resource))
}
