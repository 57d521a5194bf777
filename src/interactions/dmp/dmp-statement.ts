/** The CapabilityStatement of the dmp profile. */
import { traceProfiles } from '../../audit/forms/form-of-profile.ts'
import { describeParameters } from '../../search/describe-search.ts'
import { includesOf } from '../../search/finding-capability.ts'
import type { Statement } from '../capability-statement.ts'
import type { DmpEngine } from './dmp-engine.ts'
import { dmpRoutes } from './dmp-routes.ts'

export type DmpAbout = {
  readonly version: string
  readonly date: string
}

export function dmpStatement(engine: DmpEngine, about: DmpAbout): Statement {
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
    security,
  }
}

function searchOf(engine: DmpEngine, type: string): { readonly searchParam: readonly object[] } | undefined {
  const search = Object.entries(engine.searches).find(([name]) => name === type)?.[1]
  if (!search) return ownSearches.get(type)
  const patient = search.patientRequired ? [{ name: 'patient', type: 'reference' }] : []
  return {
    searchParam: [...patient, ...describeParameters(search)],
    ...(type === 'DocumentReference' || type === 'List' ? includesOf(type) : {}),
  }
}

/** Of types that are listed by code of their own, and by no capability. */
const ownSearches: ReadonlyMap<string, { readonly searchParam: readonly object[] }> = new Map([
  [
    'Measure',
    {
      searchParam: [
        { name: '_id', definition: 'http://hl7.org/fhir/SearchParameter/Resource-id', type: 'token' },
        { name: 'url', definition: 'http://hl7.org/fhir/SearchParameter/Measure-url', type: 'uri' },
      ],
    },
  ],
  [
    'Subscription',
    {
      searchParam: [
        { name: 'patient', type: 'reference' },
        {
          name: 'status',
          definition: 'http://hl7.org/fhir/SearchParameter/Subscription-status',
          type: 'token',
        },
      ],
    },
  ],
])

/**
 * Where tokens come from is told by the SMART configuration alone: the extension `oauth-uris`, which SMART has given up,
 * also demands an authorisation endpoint, and the sandbox has none.
 * @see https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html
 */
const security = {
  cors: false,
  service: [
    {
      coding: [
        { system: 'http://terminology.hl7.org/CodeSystem/restful-security-service', code: 'SMART-on-FHIR' },
      ],
    },
  ],
}
