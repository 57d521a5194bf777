/**
 * What this server can do, told from the very table that routes and the very capabilities that search.
 * @see https://hl7.org/fhir/R4/capabilitystatement.html
 */
import type { SearchCapability } from '../search/search-capability.ts'
import type { Engine } from './engine.ts'

/** What a route is, in the words of a CapabilityStatement. */
export type RestCapability =
  | { readonly system: 'transaction' }
  | { readonly type: string; readonly code: string; readonly conditional?: true }
  | { readonly type: string; readonly operation: string }

export type CapabilityInput = {
  readonly rest: readonly RestCapability[]
  readonly version: string
  /** ISO 8601: when this software was built or started. */
  readonly date: string
  readonly tokenEndpoint: string | undefined
}

export function capabilityStatement(engine: Engine, input: CapabilityInput): string {
  const types = [...new Set(input.rest.flatMap((rest) => ('type' in rest ? [rest.type] : [])))].sort()
  return JSON.stringify({
    resourceType: 'CapabilityStatement',
    url: `${engine.base}/metadata`,
    version: input.version,
    name: 'DmpFhirServer',
    title: 'Serveur FHIR du dossier médical partagé',
    status: 'active',
    date: input.date,
    kind: 'instance',
    instantiates: [
      'https://interop.esante.gouv.fr/ig/fhir/pdsm/CapabilityStatement/PDSm-GestionnaireDePartageDeDocuments',
    ],
    software: { name: 'dmp-fhir-server', version: input.version },
    implementation: { description: 'Dossier médical partagé', url: engine.base },
    fhirVersion: engine.registry.fhirVersion,
    format: ['application/fhir+json', 'json'],
    rest: [
      {
        mode: 'server',
        security: security(input.tokenEndpoint),
        resource: types.map((type) => resource(type, input.rest, searchOf(engine, type))),
        interaction: input.rest.flatMap((rest) => ('system' in rest ? [{ code: rest.system }] : [])),
      },
    ],
  })
}

function security(tokenEndpoint: string | undefined): object {
  return {
    cors: false,
    service: [
      {
        coding: [
          { system: 'http://terminology.hl7.org/CodeSystem/restful-security-service', code: 'SMART-on-FHIR' },
        ],
      },
    ],
    ...(tokenEndpoint
      ? {
          extension: [
            {
              url: 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris',
              extension: [{ url: 'token', valueUri: tokenEndpoint }],
            },
          ],
        }
      : {}),
  }
}

function searchOf(engine: Engine, type: string): SearchCapability | undefined {
  return Object.values(engine.searches).find((search) => search.type === type)
}

function resource(
  type: string,
  rest: readonly RestCapability[],
  search: SearchCapability | undefined,
): object {
  const own = rest.filter((r) => 'type' in r && r.type === type)
  const codes = [...new Set(own.flatMap((r) => ('code' in r && !('conditional' in r) ? [r.code] : [])))]
  const operations = own.flatMap((r) => ('operation' in r ? [r.operation] : []))
  return {
    type,
    interaction: codes.map((code) => ({ code })),
    versioning: codes.includes('vread') ? 'versioned' : 'no-version',
    readHistory: codes.includes('vread'),
    conditionalRead: 'not-match',
    ...(own.some((r) => 'conditional' in r) ? { conditionalUpdate: true } : {}),
    ...(search && codes.includes('search-type') ? { searchParam: searchParameters(search) } : {}),
    ...(operations.length > 0
      ? {
          operation: operations.map((name) => ({
            name,
            definition: `https://dmp-fhir.example/OperationDefinition/${type}-${name}`,
          })),
        }
      : {}),
  }
}

function searchParameters(search: SearchCapability): object[] {
  const patient = search.patientRequired ? [{ name: 'patient', type: 'reference' }] : []
  return [
    ...patient,
    ...[...search.parameters.values()].map(({ code, type, definition }) => ({
      name: code,
      definition,
      type,
    })),
  ]
}
