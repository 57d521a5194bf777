/** The routes of what the patient chooses: Consents, care teams, the closing of the record. */
import { careTeamHistory, readCareTeam, searchCareTeams } from './care-team/read-care-team.ts'
import { createCareTeam, updateCareTeam } from './care-team/write-care-team.ts'
import { createConsent } from './consent/create-consent.ts'
import { consentHistory, readConsent } from './consent/read-consent.ts'
import { searchConsents } from './consent/search-consents.ts'
import { updateConsent } from './consent/update-consent.ts'
import type { DmpRoute } from './dmp-route.ts'
import { closeRecord, reactivateRecord } from './patients/close-record.ts'

const definitions = 'https://dmp-fhir.example/OperationDefinition'

export const choiceRoutes: readonly DmpRoute[] = [
  {
    method: 'POST',
    url: '/Consent',
    interaction: 'create-consent',
    need: { type: 'Consent', letter: 'c' },
    rest: { type: 'Consent', code: 'create' },
    answer: (engine, exchange, { body }) => createConsent(engine, exchange, body),
  },
  {
    method: 'PUT',
    url: '/Consent/:id',
    interaction: 'update-consent',
    need: { type: 'Consent', letter: 'u' },
    rest: { type: 'Consent', code: 'update' },
    answer: updateConsent,
  },
  {
    method: 'GET',
    url: '/Consent/:id',
    interaction: 'read-resource',
    need: { type: 'Consent', letter: 'r' },
    rest: { type: 'Consent', code: 'read' },
    answer: (engine, exchange, { id }) => readConsent(engine, exchange, id),
  },
  {
    method: 'GET',
    url: '/Consent/:id/_history/:version',
    interaction: 'vread-resource',
    need: { type: 'Consent', letter: 'r' },
    rest: { type: 'Consent', code: 'vread' },
    answer: (engine, exchange, { id, version }) => readConsent(engine, exchange, id, version),
  },
  {
    method: 'GET',
    url: '/Consent/:id/_history',
    interaction: 'consent-history',
    need: { type: 'Consent', letter: 'r' },
    rest: { type: 'Consent', code: 'history-instance' },
    answer: (engine, exchange, { id, pairs }) => consentHistory(engine, exchange, id, pairs),
  },
  {
    method: 'GET',
    url: '/Consent',
    interaction: 'search-consents',
    need: { type: 'Consent', letter: 's' },
    rest: { type: 'Consent', code: 'search-type' },
    answer: (engine, exchange, { pairs }) => searchConsents(engine, exchange, pairs),
  },
  {
    method: 'POST',
    url: '/Consent/_search',
    interaction: 'search-consents',
    need: { type: 'Consent', letter: 's' },
    rest: { type: 'Consent', code: 'search-type' },
    formBody: true,
    answer: (engine, exchange, { pairs }) => searchConsents(engine, exchange, pairs),
  },
  {
    method: 'POST',
    url: '/CareTeam',
    interaction: 'create-care-team',
    need: { type: 'CareTeam', letter: 'c' },
    rest: { type: 'CareTeam', code: 'create' },
    answer: (engine, exchange, { body }) => createCareTeam(engine, exchange, body),
  },
  {
    method: 'PUT',
    url: '/CareTeam/:id',
    interaction: 'update-care-team',
    need: { type: 'CareTeam', letter: 'u' },
    rest: { type: 'CareTeam', code: 'update' },
    answer: updateCareTeam,
  },
  {
    method: 'GET',
    url: '/CareTeam/:id',
    interaction: 'read-resource',
    need: { type: 'CareTeam', letter: 'r' },
    rest: { type: 'CareTeam', code: 'read' },
    answer: (engine, exchange, { id }) => readCareTeam(engine, exchange, id),
  },
  {
    method: 'GET',
    url: '/CareTeam/:id/_history/:version',
    interaction: 'vread-resource',
    need: { type: 'CareTeam', letter: 'r' },
    rest: { type: 'CareTeam', code: 'vread' },
    answer: (engine, exchange, { id, version }) => readCareTeam(engine, exchange, id, version),
  },
  {
    method: 'GET',
    url: '/CareTeam/:id/_history',
    interaction: 'care-team-history',
    need: { type: 'CareTeam', letter: 'r' },
    rest: { type: 'CareTeam', code: 'history-instance' },
    answer: (engine, exchange, { id, pairs }) => careTeamHistory(engine, exchange, id, pairs),
  },
  {
    method: 'GET',
    url: '/CareTeam',
    interaction: 'search-care-teams',
    need: { type: 'CareTeam', letter: 's' },
    rest: { type: 'CareTeam', code: 'search-type' },
    answer: (engine, exchange, { pairs }) => searchCareTeams(engine, exchange, pairs),
  },
  {
    method: 'POST',
    url: '/CareTeam/_search',
    interaction: 'search-care-teams',
    need: { type: 'CareTeam', letter: 's' },
    rest: { type: 'CareTeam', code: 'search-type' },
    formBody: true,
    answer: (engine, exchange, { pairs }) => searchCareTeams(engine, exchange, pairs),
  },
  {
    method: 'POST',
    url: '/Patient/:id/$fermer',
    interaction: 'close-record',
    need: { type: 'Patient', letter: 'u' },
    rest: { type: 'Patient', operation: 'fermer', definition: `${definitions}/Patient-fermer` },
    answer: (engine, exchange, { id, body }) => closeRecord(engine, exchange, id, body),
  },
  {
    method: 'POST',
    url: '/Patient/:id/$reactiver',
    interaction: 'reactivate-record',
    need: { type: 'Patient', letter: 'u' },
    rest: { type: 'Patient', operation: 'reactiver', definition: `${definitions}/Patient-reactiver` },
    answer: (engine, exchange, { id }) => reactivateRecord(engine, exchange, id),
  },
]
