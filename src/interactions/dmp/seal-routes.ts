/** The routes that show how documents were sealed, and whether they still are what was. */
import type { DmpRoute } from './dmp-route.ts'
import { readProvenance } from './documents/read-provenance.ts'
import { searchProvenance } from './documents/search-provenance.ts'
import { verifyDocument } from './documents/verify-document.ts'

export const sealRoutes: readonly DmpRoute[] = [
  {
    method: 'GET',
    url: '/DocumentReference/:id/$verify',
    interaction: 'verify-document',
    need: { type: 'DocumentReference', letter: 'r' },
    rest: {
      type: 'DocumentReference',
      operation: 'verify',
      definition: 'https://dmp-fhir.example/OperationDefinition/DocumentReference-verify',
    },
    answer: (engine, exchange, { id }) => verifyDocument(engine, exchange, id),
  },
  {
    method: 'GET',
    url: '/Provenance',
    interaction: 'search-provenance',
    need: { type: 'Provenance', letter: 's' },
    rest: { type: 'Provenance', code: 'search-type' },
    answer: (engine, exchange, { pairs }) => searchProvenance(engine, exchange, pairs),
  },
  {
    method: 'POST',
    url: '/Provenance/_search',
    interaction: 'search-provenance',
    need: { type: 'Provenance', letter: 's' },
    rest: { type: 'Provenance', code: 'search-type' },
    formBody: true,
    answer: (engine, exchange, { pairs }) => searchProvenance(engine, exchange, pairs),
  },
  {
    method: 'GET',
    url: '/Provenance/:id',
    interaction: 'read-provenance',
    need: { type: 'Provenance', letter: 'r' },
    rest: { type: 'Provenance', code: 'read' },
    answer: (engine, exchange, { id }) => readProvenance(engine, exchange, id),
  },
  {
    method: 'GET',
    url: '/Provenance/:id/_history/:version',
    interaction: 'read-provenance',
    need: { type: 'Provenance', letter: 'r' },
    rest: { type: 'Provenance', code: 'vread' },
    answer: (engine, exchange, { id, version }) => readProvenance(engine, exchange, id, version),
  },
]
