/**
 * A seal as a FHIR Provenance: made when somebody reads it.
 * @see https://hl7.org/fhir/R4/provenance.html, https://hl7.org/fhir/R4/datatypes.html#Signature; docs/seal.md
 *
 * The Signature's data is a detached JWS in base64; what it signs stands beside it as an extension, so that nobody has to
 * guess how it was put together.
 */
import { clientSystem } from '../dmp/client-system.ts'
import { practitionerSystem, structureSystem } from '../dmp/identity/national-identifiers.ts'
import { encodeUuid, formatResourceId, parseResourceId, type ResourceId, type Uuid } from '../fhir/id.ts'
import type { JsonObject } from '../fhir/json.ts'
import type { StoredSeal } from '../storage/seals/seals.ts'
import { detachedJws } from './sealer.ts'
import { type ReadVerdict, readVerdicts } from './signature/read-verdicts.ts'
import { type Activity, activities, statementText } from './statement.ts'

export const SEALED_TEXT = 'https://dmp-fhir.example/StructureDefinition/texte-scelle'
export const SIGNATURE_VERDICT = 'https://dmp-fhir.example/StructureDefinition/verdict-signature'
const ACTIVITY = 'https://dmp-fhir.example/CodeSystem/activite-scellee'
const ACTOR = 'https://dmp-fhir.example/CodeSystem/acteur'
const DATA_OPERATION = 'http://terminology.hl7.org/CodeSystem/v3-DataOperation'
const AGENT_TYPE = 'http://terminology.hl7.org/CodeSystem/provenance-participant-type'
const SIGNATURE_TYPE = 'urn:iso-astm:E1762-95:2013'

const displays: Readonly<Record<Activity, string>> = {
  depot: 'Dépôt',
  remplacement: 'Remplacement par un autre document',
  modification: 'Modification des métadonnées',
  annonce: "Mise à disposition du patient à l'échéance",
}

/** `<record>.<document>.<version>`: one Provenance for each version. */
export function provenanceId(patientKey: Uuid, { document, version }: StoredSeal): string {
  return `${formatResourceId({ patientKey, id: document })}.${version}`
}

export function parseProvenanceId(
  text: string,
): { readonly at: ResourceId; readonly version: number } | undefined {
  const match = /^(.{53})\.([1-9]\d{0,8})$/.exec(text)
  const at = match?.[1] === undefined ? undefined : parseResourceId(match[1])
  return at && { at, version: Number(match?.[2]) }
}

/** @param server how this server names itself, as `https://…/fhir` */
export function provenance(patientKey: Uuid, seal: StoredSeal, server: string): JsonObject {
  const recorded = new Date(seal.recorded).toISOString()
  const document = `DocumentReference/${formatResourceId({ patientKey, id: seal.document })}`
  return {
    resourceType: 'Provenance',
    id: provenanceId(patientKey, seal),
    meta: { versionId: '1', lastUpdated: recorded },
    target: [{ reference: `${document}/_history/${seal.version}` }],
    recorded,
    activity: activityOf(seal),
    agent: [...authors(patientKey, seal), ...readVerdicts(seal.verdict).map(signer), own(server)],
    ...(seal.version > 1
      ? {
          entity: [{ role: 'revision', what: { reference: `${document}/_history/${seal.version - 1}` } }],
        }
      : {}),
    signature: [
      {
        extension: [{ url: SEALED_TEXT, valueString: statementText({ patientKey, ...seal }) }],
        type: [
          { system: SIGNATURE_TYPE, code: '1.2.840.10065.1.12.1.18', display: 'Timestamp Signature' },
          { system: SIGNATURE_TYPE, code: '1.2.840.10065.1.12.1.5', display: 'Verification Signature' },
        ],
        when: recorded,
        who: { display: server },
        targetFormat: 'application/fhir+json',
        sigFormat: 'application/jose',
        data: Buffer.from(detachedJws(seal)).toString('base64'),
      },
    ],
  }
}

function activityOf({ activity, version }: StoredSeal): JsonObject {
  const known = activities.find((each) => each === activity)
  return {
    coding: [
      { system: ACTIVITY, code: activity, ...(known ? { display: displays[known] } : {}) },
      { system: DATA_OPERATION, code: version === 1 ? 'CREATE' : 'UPDATE' },
    ],
  }
}

/** Who asked for it, and the software through which; nobody for what the server did by itself. */
function authors(patientKey: Uuid, { actor, person, organization, client }: StoredSeal): JsonObject[] {
  const who = personOf(patientKey, person) ?? organizationOf(organization)
  const structure = organizationOf(organization)
  const author: JsonObject = {
    type: coded(AGENT_TYPE, 'author'),
    role: [coded(ACTOR, actor)],
    who: who ?? { display: actor },
    ...(structure && who !== structure && person ? { onBehalfOf: structure } : {}),
  }
  const software: JsonObject = {
    type: coded(AGENT_TYPE, 'enterer'),
    who: { identifier: { system: clientSystem, value: client } },
  }
  return [...(actor === 'SYSTEME' ? [] : [author]), ...(client ? [software] : [])]
}

/** Whoever signed the document, and what was found of the signature when it was deposited. */
function signer({ form, indication, subIndication, signedAt, certificate, actors }: ReadVerdict): JsonObject {
  const identified = actors.map((actor) => personOf(undefined, actor) ?? organizationOf(actor))
  const said = [
    { url: 'forme', valueCode: form },
    { url: 'indication', valueCode: indication },
    ...(subIndication ? [{ url: 'sous-indication', valueCode: subIndication }] : []),
    ...(signedAt ? [{ url: 'signe', valueString: signedAt }] : []),
    ...(certificate ? [{ url: 'certificat', valueString: certificate }] : []),
  ]
  return {
    extension: [{ url: SIGNATURE_VERDICT, extension: said }],
    type: coded(AGENT_TYPE, 'attester'),
    who: identified.find((who) => who !== undefined) ?? { display: 'signataire' },
  }
}

function own(server: string): JsonObject {
  return { type: coded(AGENT_TYPE, 'custodian'), who: { display: server } }
}

function personOf(patientKey: Uuid | undefined, person: string): JsonObject | undefined {
  if (person === 'patient' && patientKey) return { reference: `Patient/${encodeUuid(patientKey)}` }
  return person.startsWith('ps:')
    ? { type: 'Practitioner', identifier: { system: practitionerSystem, value: person.slice(3) } }
    : undefined
}

function organizationOf(organization: string): JsonObject | undefined {
  return organization.startsWith('st:')
    ? { type: 'Organization', identifier: { system: structureSystem, value: organization.slice(3) } }
    : undefined
}

function coded(system: string, code: string): JsonObject {
  return { coding: [{ system, code }] }
}
