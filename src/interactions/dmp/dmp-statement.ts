/** The CapabilityStatement of the dmp profile. */
import { traceProfiles } from '../../audit/forms/form-of-profile.ts'
import { describeParameters } from '../../search/describe-search.ts'
import type { Statement } from '../capability-statement.ts'
import type { DmpEngine } from './dmp-engine.ts'
import { dmpRoutes } from './dmp-routes.ts'

export type DmpAbout = {
  readonly version: string
  readonly date: string
  readonly tokenEndpoint: string | undefined
}

export function dmpStatement(engine: DmpEngine, { tokenEndpoint, ...about }: DmpAbout): Statement {
  const rest = dmpRoutes.map((route) => route.rest)
  const types = new Set(rest.flatMap((claim) => ('type' in claim && claim.type ? [claim.type] : [])))
  return {
    ...about,
    title: 'Serveur FHIR du dossier médical partagé',
    description: 'Dossier médical partagé',
    instantiates: [
      'https://interop.esante.gouv.fr/ig/fhir/pdsm/CapabilityStatement/PDSm-GestionnaireDePartageDeDocuments',
    ],
    rest,
    types: [...types].sort(),
    search: (type) => searchOf(engine, type),
    resource: (type) => (type === 'AuditEvent' ? { supportedProfile: traceProfiles } : {}),
    security: security(tokenEndpoint),
  }
}

function searchOf(engine: DmpEngine, type: string): { readonly searchParam: readonly object[] } | undefined {
  const search = Object.entries(engine.searches).find(([name]) => name === type)?.[1]
  if (!search) return undefined
  const patient = search.patientRequired ? [{ name: 'patient', type: 'reference' }] : []
  return { searchParam: [...patient, ...describeParameters(search)] }
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
