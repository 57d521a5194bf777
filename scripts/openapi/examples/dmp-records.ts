/** Records of the scenario: opened, found, authorised, asked about. @see docs/api.md "Finding", "Consent", "$droits" */
import { authorId, gpId, hospitalId, patientIns } from './callers.ts'
import { IDNPS, IDNST, identity } from './deposits.ts'
import type { Exchange } from './exchange.ts'

const CHOICES = 'https://dmp-fhir.example/CodeSystem/choix-patient'
const insToken = `${patientIns.system}|${patientIns.value}`
const byIns = { 'patient.identifier': insToken }

/** @param more what changes or names it */
function choice(category: string, type: 'permit' | 'deny', more: object = {}, whom = gpId): object {
  return {
    resourceType: 'Consent',
    status: 'active',
    scope: {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }],
    },
    category: [{ coding: [{ system: CHOICES, code: category }] }],
    patient: { reference: 'Patient/{record}' },
    policyRule: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'OPTIN' }] },
    provision: {
      type,
      actor: [
        {
          role: {
            coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType', code: 'IRCP' }],
          },
          reference: { identifier: { system: IDNPS, value: whom } },
        },
      ],
    },
    ...more,
  }
}

const careTeam = (status: string, more: object = {}): object => ({
  resourceType: 'CareTeam',
  ...more,
  status,
  subject: { reference: 'Patient/{record}' },
  participant: [
    { member: { identifier: { system: IDNPS, value: authorId } } },
    { member: { identifier: { system: IDNST, value: hospitalId } } },
  ],
})

const parameters = (...all: readonly object[]): object => ({ resourceType: 'Parameters', parameter: all })

export const opening: readonly Exchange[] = [
  {
    name: 'openRecord',
    operationId: 'openRecord',
    summary: 'A qualified identity (rule I1)',
    as: 'administration',
    body: { value: identity },
    status: 201,
    tells: { record: /\/Patient\/(\w+)/ },
  },
  {
    name: 'openAgain',
    operationId: 'openRecord',
    summary: 'There is one already',
    as: 'administration',
    body: { value: identity },
    status: 409,
  },
  {
    name: 'openByIdentifier',
    operationId: 'openRecordByIdentifier',
    summary: 'The same identity, sent again: nothing changes',
    as: 'administration',
    query: { identifier: insToken },
    body: { value: identity },
    status: 200,
  },
  {
    name: 'openUnqualified',
    operationId: 'openRecordByIdentifier',
    summary: 'A matricule whose key is wrong',
    as: 'administration',
    query: { identifier: `${patientIns.system}|279039900004200` },
    body: {
      value: { ...identity, identifier: [{ use: 'official', ...patientIns, value: '279039900004200' }] },
    },
    status: 422,
  },
]

export const standing: readonly Exchange[] = [
  {
    name: 'findRecord',
    operationId: 'findRecord',
    summary: 'Before the patient has authorised anybody',
    as: 'gp',
    query: { identifier: insToken },
    status: 200,
  },
  {
    name: 'findRecordByPost',
    operationId: 'findRecordByPost',
    summary: 'The INS stays out of the URL',
    as: 'gp',
    form: { identifier: insToken },
    status: 200,
  },
  {
    name: 'withoutToken',
    operationId: 'findRecord',
    summary: 'Without a token',
    query: { identifier: insToken },
    status: 401,
  },
  {
    name: 'notAuthorised',
    operationId: 'searchDocuments',
    summary: 'Before the patient has authorised the doctor, in English',
    as: 'gp',
    query: { patient: '{record}' },
    headers: { 'Accept-Language': 'en' },
    status: 403,
  },
  {
    name: 'authoriseMyself',
    operationId: 'choose',
    summary: 'A professional declares the agreement of the patient (TD0.3)',
    as: 'gp',
    body: { value: choice('autorisation', 'permit') },
    status: 201,
    tells: { authorisation: /Consent\/([\w.]+)\/_history/ },
  },
  {
    name: 'authoriseAgain',
    operationId: 'choose',
    summary: 'The same, sent again: nothing changes',
    as: 'gp',
    body: { value: choice('autorisation', 'permit') },
    status: 200,
  },
  {
    name: 'whereAmIKnown',
    operationId: 'listRecords',
    summary: 'The records that authorise this doctor',
    as: 'gp',
    query: { _count: '20' },
    status: 200,
  },
  {
    name: 'administrativeData',
    operationId: 'readPatient',
    summary: 'Administrative data',
    as: 'gp',
    path: { id: '{record}' },
    status: 200,
    tells: { patientVersion: /(W\/\\?"\w+)/ },
  },
  {
    name: 'administrativeVersion',
    operationId: 'readPatientVersion',
    summary: 'In its first version',
    as: 'gp',
    path: { id: '{record}', version: '1' },
    status: 200,
  },
  {
    name: 'myRights',
    operationId: 'tellRights',
    summary: 'What this doctor may do here in bris de glace',
    as: 'gp',
    path: { id: '{record}' },
    query: { mode: 'bris_de_glace' },
    status: 200,
  },
  {
    name: 'myRightsByPost',
    operationId: 'tellRightsByPost',
    summary: 'The same question as Parameters, of a doctor who is not authorised',
    as: 'stranger',
    path: { id: '{record}' },
    body: { value: parameters({ name: 'mode', valueCode: 'normal' }) },
    status: 200,
  },
  {
    name: 'explain',
    operationId: 'explainRequest',
    summary: 'Why would a search be refused?',
    as: 'stranger',
    headers: { 'Accept-Language': 'en' },
    body: {
      value: parameters(
        { name: 'methode', valueString: 'GET' },
        { name: 'url', valueString: '/fhir/DocumentReference?patient={record}' },
      ),
    },
    status: 200,
  },
  {
    name: 'matchByTraits',
    operationId: 'matchPatient',
    summary: 'Traits of a patient, as the dispatch heard them',
    as: 'dispatch',
    headers: { 'DMP-Mode-Acces': 'centre_15', 'DMP-Motif': 'Appel%20du%20voisin%2C%20patiente%20au%20sol' },
    body: {
      value: parameters(
        {
          name: 'resource',
          resource: {
            resourceType: 'Patient',
            name: [{ family: 'EXEMPLE', given: ['CAMILLE'] }],
            birthDate: '1979-03-28',
            gender: 'female',
          },
        },
        { name: 'onlyCertainMatches', valueBoolean: true },
      ),
    },
    status: 200,
  },
]

export const choosing: readonly Exchange[] = [
  {
    name: 'whoIsAuthorised',
    operationId: 'searchChoices',
    summary: 'Who is authorised (TD1.6)',
    as: 'patient',
    query: { patient: '{record}', category: `${CHOICES}|autorisation`, status: 'active' },
    status: 200,
  },
  {
    name: 'whoIsAuthorisedByPost',
    operationId: 'searchChoicesByPost',
    summary: 'Whether this doctor is',
    as: 'gp',
    form: { ...byIns, 'actor:identifier': `${IDNPS}|${gpId}` },
    status: 200,
  },
  {
    name: 'readChoice',
    operationId: 'readChoice',
    summary: 'One’s own authorisation',
    as: 'gp',
    path: { id: '{authorisation}' },
    status: 200,
  },
  {
    name: 'readChoiceVersion',
    operationId: 'readChoiceVersion',
    summary: 'Its first version',
    as: 'patient',
    path: { id: '{authorisation}', version: '1' },
    status: 200,
  },
  {
    name: 'changeChoice',
    operationId: 'changeChoice',
    summary: 'The patient takes it back',
    as: 'patient',
    path: { id: '{authorisation}' },
    headers: { 'If-Match': 'W/"1"' },
    body: { value: choice('autorisation', 'permit', { id: '{authorisation}', status: 'inactive' }) },
    status: 200,
  },
  {
    name: 'changeStaleChoice',
    operationId: 'changeChoice',
    summary: 'Changed meanwhile',
    as: 'patient',
    path: { id: '{authorisation}' },
    headers: { 'If-Match': 'W/"1"' },
    body: { value: choice('autorisation', 'permit', { id: '{authorisation}' }) },
    status: 412,
  },
  {
    name: 'choiceHistory',
    operationId: 'choiceHistory',
    summary: 'Both versions',
    as: 'patient',
    path: { id: '{authorisation}' },
    query: { _count: '10' },
    status: 200,
  },
  {
    name: 'block',
    operationId: 'choose',
    summary: 'The patient blocks a professional',
    as: 'patient',
    body: { value: choice('blocage', 'deny', {}, '899700000021') },
    status: 201,
  },
  {
    name: 'blocked',
    operationId: 'searchDocuments',
    summary: 'By a professional whom the patient has blocked',
    as: 'stranger',
    query: { patient: '{record}' },
    status: 403,
  },
  {
    name: 'foundCareTeam',
    operationId: 'foundCareTeam',
    summary: 'A care team of a professional and a structure',
    as: 'patient',
    body: { value: careTeam('active') },
    status: 201,
    tells: { team: /CareTeam\/([\w.]+)\/_history/ },
  },
  {
    name: 'careTeams',
    operationId: 'searchCareTeams',
    summary: 'Those in force',
    as: 'patient',
    query: { patient: '{record}', status: 'active' },
    status: 200,
  },
  {
    name: 'careTeamsByPost',
    operationId: 'searchCareTeamsByPost',
    summary: 'Those of one member',
    as: 'patient',
    form: { ...byIns, 'participant:identifier': `${IDNPS}|${authorId}` },
    status: 200,
  },
  {
    name: 'readCareTeam',
    operationId: 'readCareTeam',
    summary: 'One of them',
    as: 'patient',
    path: { id: '{team}' },
    status: 200,
  },
  {
    name: 'readCareTeamVersion',
    operationId: 'readCareTeamVersion',
    summary: 'Its first version',
    as: 'patient',
    path: { id: '{team}', version: '1' },
    status: 200,
  },
  {
    name: 'changeCareTeam',
    operationId: 'changeCareTeam',
    summary: 'It ends',
    as: 'patient',
    path: { id: '{team}' },
    headers: { 'If-Match': 'W/"1"', Prefer: 'return=representation' },
    body: { value: careTeam('inactive', { id: '{team}' }) },
    status: 200,
  },
  {
    name: 'careTeamHistory',
    operationId: 'careTeamHistory',
    summary: 'Both versions',
    as: 'patient',
    path: { id: '{team}' },
    query: { _count: '10' },
    status: 200,
  },
]

export const closing: readonly Exchange[] = [
  {
    name: 'close',
    operationId: 'closeRecord',
    summary: 'At the wish of the patient, who says why',
    as: 'patient',
    path: { id: '{record}' },
    body: {
      value: parameters(
        { name: 'motif', valueCode: 'patient-demande' },
        { name: 'raison', valueString: 'Demande du titulaire' },
      ),
    },
    status: 200,
  },
  {
    name: 'inClosedRecord',
    operationId: 'publishDocument',
    summary: 'Into a record that is closed',
    as: 'hospital',
    body: {
      value: {
        resourceType: 'DocumentReference',
        status: 'current',
        subject: { reference: 'Patient/{record}' },
        content: [{ attachment: { contentType: 'text/plain', data: 'dGV4dGU=' } }],
      },
    },
    status: 403,
  },
  {
    name: 'reactivate',
    operationId: 'reactivateRecord',
    summary: 'The patient wants it again',
    as: 'patient',
    path: { id: '{record}' },
    status: 200,
  },
]
