/**
 * The codes that AuditEvents are made of, each with the words of its own code system: an IHE pattern names a display in
 * English, and asks for that very one. Code systems of ours and of the ANS have French words.
 * @see https://hl7.org/fhir/R4/auditevent.html; IHE BALP 1.1.5 and MHD 4.2.3 (patterns)
 */

// A type, not an interface: it is a JSON object.
export type Coding = { readonly system: string; readonly code: string; readonly display?: string }

const DCM = 'http://dicom.nema.org/resources/ontology/DCM'
const ENTITY_TYPE = 'http://terminology.hl7.org/CodeSystem/audit-entity-type'
const OBJECT_ROLE = 'http://terminology.hl7.org/CodeSystem/object-role'
const BALP = 'https://profiles.ihe.net/ITI/BALP/CodeSystem/'
export const INTERACTION_SYSTEM = 'https://dmp-fhir.example/CodeSystem/interaction'

const coding = (system: string, code: string, display: string): Coding => ({ system, code, display })

export const eventType = {
  rest: coding('http://terminology.hl7.org/CodeSystem/audit-event-type', 'rest', 'RESTful Operation'),
  import: coding(DCM, '110107', 'Import'),
  securityAlert: coding(DCM, '110113', 'Security Alert'),
}

export const decisionSubtype = coding(
  `${BALP}AuthZsubType`,
  'AuthZ-Consent',
  'Authorization Decision using Roles and Consent',
)

export const agentType = {
  application: coding(DCM, '110150', 'Application'),
  destination: coding(DCM, '110152', 'Destination Role ID'),
  source: coding(DCM, '110153', 'Source Role ID'),
  custodian: coding(
    'http://terminology.hl7.org/CodeSystem/provenance-participant-type',
    'custodian',
    'Custodian',
  ),
  recipient: coding(
    'http://terminology.hl7.org/CodeSystem/v3-ParticipationType',
    'IRCP',
    'information recipient',
  ),
  author: coding('http://terminology.hl7.org/CodeSystem/v3-ParticipationType', 'AUT', 'author (originator)'),
  provider: coding('http://terminology.hl7.org/CodeSystem/v3-RoleClass', 'PROV', 'healthcare provider'),
  authorizer: coding(
    'http://terminology.hl7.org/CodeSystem/extra-security-role-type',
    'authserver',
    'authorization server',
  ),
}

export const entityType = {
  person: coding(ENTITY_TYPE, '1', 'Person'),
  systemObject: coding(ENTITY_TYPE, '2', 'System Object'),
  other: coding(ENTITY_TYPE, '4', 'Other'),
  request: coding(
    `${BALP}BasicAuditEntityType`,
    'XrequestId',
    'transport specific unique identifier where http X-Request-Id is used',
  ),
  /** The slices of BALP are told by type: what is not the one object of an event is typed by what it is. */
  resource: (type: string): Coding => coding('http://hl7.org/fhir/resource-types', type, type),
}

export const objectRole = {
  patient: coding(OBJECT_ROLE, '1', 'Patient'),
  report: coding(OBJECT_ROLE, '3', 'Report'),
  domainResource: coding(OBJECT_ROLE, '4', 'Domain Resource'),
  job: coding(OBJECT_ROLE, '20', 'Job'),
  query: coding(OBJECT_ROLE, '24', 'Query'),
}

const SOURCE_TYPE = 'http://terminology.hl7.org/CodeSystem/security-source-type'
export const sourceType = {
  application: coding(SOURCE_TYPE, '4', 'Application Server'),
  security: coding(SOURCE_TYPE, '6', 'Security Server'),
}

/** Of a resource that says less than there is. @see https://hl7.org/fhir/R4/search.html#elements */
export const subsetted = coding(
  'http://terminology.hl7.org/CodeSystem/v3-ObservationValue',
  'SUBSETTED',
  'subsetted',
)

export function restInteraction(code: string): Coding {
  return coding('http://hl7.org/fhir/restful-interaction', code, code)
}

/** The transactions of IHE that this server performs, in the words of MHD and PDQm. */
const transactionWords: Readonly<Record<string, string>> = {
  'ITI-65': 'Provide Document Bundle',
  'ITI-66': 'Find Document Lists',
  'ITI-67': 'Find Document References',
  'ITI-68': 'Retrieve Document',
  'ITI-105': 'Simplified Publish',
  'ITI-106': 'Generate Metadata',
  'ITI-119': 'Patient Demographics Match',
}

/** Undefined for a transaction of the DMP, which has no code system. */
export function iheTransaction(transaction: string | undefined): Coding | undefined {
  const words = transaction === undefined ? undefined : transactionWords[transaction]
  return transaction === undefined || words === undefined
    ? undefined
    : coding('urn:ihe:event-type-code', transaction, words)
}
