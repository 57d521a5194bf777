/** The routes by which records and patients are found, and by which is told who may see a record and who came. */

import type { DmpRoute } from './dmp-route.ts'
import { findPatient } from './patients/find-patient.ts'
import { listRecords } from './patients/list-records.ts'
import { matchPatient } from './patients/match-patient.ts'
import { synthese } from './patients/synthese.ts'
import { accesses } from './traces/accesses.ts'

const definitions = 'https://dmp-fhir.example/OperationDefinition'

export const findingRoutes: readonly DmpRoute[] = [
  {
    method: 'GET',
    url: '/Patient',
    interaction: 'find-patient',
    need: { type: 'Patient', letter: 's' },
    rest: { type: 'Patient', code: 'search-type' },
    answer: (engine, exchange, { pairs }) => findPatient(engine, exchange, pairs),
  },
  {
    method: 'POST',
    url: '/Patient/_search',
    interaction: 'find-patient',
    need: { type: 'Patient', letter: 's' },
    rest: { type: 'Patient', code: 'search-type' },
    formBody: true,
    answer: (engine, exchange, { pairs }) => findPatient(engine, exchange, pairs),
  },
  {
    method: 'GET',
    url: '/Patient/$dossiers',
    interaction: 'list-records',
    need: { type: 'Patient', letter: 's' },
    rest: { type: 'Patient', operation: 'dossiers', definition: `${definitions}/Patient-dossiers` },
    answer: (engine, exchange, { pairs }) => listRecords(engine, exchange, pairs),
  },
  {
    method: 'POST',
    url: '/Patient/$match',
    interaction: 'match-patient',
    need: { type: 'Patient', letter: 's' },
    rest: {
      type: 'Patient',
      operation: 'match',
      definition: 'http://hl7.org/fhir/OperationDefinition/Patient-match',
    },
    answer: (engine, exchange, { body }) => matchPatient(engine, exchange, body),
  },
  {
    method: 'GET',
    url: '/Patient/:id/$synthese',
    interaction: 'synthese',
    need: { type: 'Binary', letter: 'r' },
    rest: { type: 'Patient', operation: 'synthese', definition: `${definitions}/Patient-synthese` },
    answer: (engine, exchange, { id, pairs }) => synthese(engine, exchange, id, pairs),
  },
  {
    method: 'GET',
    url: '/Patient/:id/$acces',
    interaction: 'summarise-accesses',
    need: { type: 'AuditEvent', letter: 's' },
    rest: { type: 'Patient', operation: 'acces', definition: `${definitions}/Patient-acces` },
    answer: (engine, exchange, { id, pairs }) => accesses(engine, exchange, id, pairs),
  },
]
