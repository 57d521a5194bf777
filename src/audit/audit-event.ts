/**
 * A stored trace as a FHIR AuditEvent, in the form of IHE BALP: made when somebody reads it.
 * @see https://profiles.ihe.net/ITI/BALP/ and https://hl7.org/fhir/R4/auditevent.html
 */
import { practitionerSystem, structureSystem } from '../dmp/national-identifiers.ts'
import { ERROR_SYSTEM, type ErrorCode, errorCatalogue, RULE_SYSTEM } from '../fhir/error-catalogue.ts'
import { encodeUuid, formatResourceId, NO_PATIENT } from '../fhir/id.ts'
import type { StoredTrace } from '../storage/search-traces.ts'
import { type InteractionKind, interactions, isInteractionName } from './interaction-names.ts'

const DCM = 'http://dicom.nema.org/resources/ontology/DCM'
const PARTICIPATION = 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType'
const ACCESS_MODE = 'https://mos.esante.gouv.fr/NOS/TRE_R248_ModeAcces/FHIR/TRE-R248-ModeAcces'
const ACTOR = 'https://dmp-fhir.example/CodeSystem/acteur'
const ITI = 'urn:ihe:event-type-code'
const OBJECT_ROLE = 'http://terminology.hl7.org/CodeSystem/object-role'
const ENTITY_TYPE = 'http://terminology.hl7.org/CodeSystem/audit-entity-type'

/** The purpose each access mode has in v3-ActReason. */
const purposes: Readonly<Record<string, string>> = {
  normal: 'TREAT',
  bris_de_glace: 'BTG',
  centre_15: 'ETREAT',
}

/** @param server how this server names itself, as `https://…/fhir` */
export function auditEvent(trace: StoredTrace, server: string): Record<string, unknown> {
  const kind: InteractionKind = isInteractionName(trace.interaction)
    ? interactions[trace.interaction]
    : { action: 'E' }
  return {
    resourceType: 'AuditEvent',
    id: formatResourceId({ patientKey: trace.patient_key, id: trace.id }),
    type: {
      system: 'http://terminology.hl7.org/CodeSystem/audit-event-type',
      code: 'rest',
      display: 'RESTful Operation',
    },
    subtype: subtypes(trace, kind),
    action: trace.action,
    recorded: new Date(trace.recorded).toISOString(),
    outcome: trace.outcome,
    ...(trace.error ? { outcomeDesc: trace.error } : {}),
    purposeOfEvent: [
      {
        coding: [
          { system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: purpose(trace) },
          { system: ACCESS_MODE, code: trace.mode },
        ],
        ...(trace.motive ? { text: trace.motive } : {}),
      },
    ],
    agent: agents(trace, kind, server),
    source: { site: server, observer: { display: server } },
    entity: entities(trace),
  }
}

function subtypes(trace: StoredTrace, kind: InteractionKind): Record<string, string>[] {
  const subtype = kind.subtype
    ? [{ system: 'http://hl7.org/fhir/restful-interaction', code: kind.subtype }]
    : [{ system: 'https://dmp-fhir.example/CodeSystem/interaction', code: trace.interaction }]
  const transaction = kind.transaction
  return transaction?.startsWith('ITI-')
    ? [...subtype, { system: ITI, code: transaction, display: transaction }]
    : subtype
}

function purpose(trace: StoredTrace): string {
  return trace.actor === 'PATIENT' ? 'PATRQT' : (purposes[trace.mode] ?? 'TREAT')
}

/** The software, this server, and whoever is behind the software. Source and destination depend on which way data goes. */
function agents(trace: StoredTrace, kind: InteractionKind, server: string): Record<string, unknown>[] {
  const reading = kind.action === 'R' || kind.action === 'E'
  const [clientRole, serverRole] = reading ? ['110152', '110153'] : ['110153', '110152']
  const client = {
    type: { coding: [{ system: DCM, code: clientRole }] },
    who: { identifier: { system: 'https://dmp-fhir.example/client', value: trace.client || 'inconnu' } },
    requestor: false,
    network: { address: trace.network, type: '2' },
  }
  const own = {
    type: { coding: [{ system: DCM, code: serverRole }] },
    who: { display: server },
    requestor: false,
    network: { address: server, type: '5' },
  }
  return [client, own, ...user(trace, reading)]
}

function user(trace: StoredTrace, reading: boolean): Record<string, unknown>[] {
  if (!trace.actor) return []
  return [
    {
      type: { coding: [{ system: PARTICIPATION, code: reading ? 'IRCP' : 'AUT' }] },
      role: [
        {
          coding: [
            { system: ACTOR, code: trace.actor },
            { system: 'https://dmp-fhir.example/CodeSystem/authentification', code: trace.authentication },
          ],
        },
      ],
      who: who(trace),
      requestor: true,
      ...(trace.rules.length > 0 ? { policy: trace.rules.map((rule) => `${RULE_SYSTEM}#${rule}`) } : {}),
    },
    ...(trace.organization && trace.person
      ? [
          {
            type: {
              coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-RoleClass', code: 'PROV' }],
            },
            who: { identifier: { system: structureSystem, value: trace.organization.slice(3) } },
            requestor: false,
          },
        ]
      : []),
  ]
}

function who(trace: StoredTrace): Record<string, unknown> {
  if (trace.person === 'patient') return { reference: patientReference(trace) }
  if (trace.person) return { identifier: { system: practitionerSystem, value: trace.person.slice(3) } }
  if (trace.organization)
    return { identifier: { system: structureSystem, value: trace.organization.slice(3) } }
  return { display: trace.actor }
}

function patientReference(trace: StoredTrace): string {
  return `Patient/${encodeUuid(trace.patient_key)}`
}

function entities(trace: StoredTrace): Record<string, unknown>[] {
  const type = (code: string): Record<string, string> => ({ system: ENTITY_TYPE, code })
  const role = (code: string): Record<string, string> => ({ system: OBJECT_ROLE, code })
  const record = encodeUuid(trace.patient_key)
  const data = trace.entities.map((text) => {
    const [resourceType, id, version] = text.split('/')
    if (!id) return { type: type('2'), description: `${text} de plus` }
    const logical = resourceType === 'Patient' || trace.patient_key === NO_PATIENT ? id : `${record}.${id}`
    return {
      what: { reference: `${resourceType}/${logical}/_history/${version}` },
      type: type('2'),
      role: role(resourceType === 'Binary' ? '3' : '4'),
    }
  })
  return [
    ...(trace.patient_key === NO_PATIENT
      ? []
      : [{ what: { reference: patientReference(trace) }, type: type('1'), role: role('1') }]),
    ...data,
    ...(trace.query || trace.action === 'E'
      ? [{ type: type('2'), role: role('24'), query: base64(`${trace.resource_type}?${trace.query}`) }]
      : []),
    {
      what: { identifier: { value: trace.request_id } },
      type: {
        system: 'https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType',
        code: 'XrequestId',
      },
    },
    ...(trace.error in errorCatalogue
      ? [{ type: type('4'), detail: [{ type: ERROR_SYSTEM, valueString: trace.error as ErrorCode }] }]
      : []),
  ]
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64')
}
