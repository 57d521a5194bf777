/**
 * The routes of the operations.
 * @see https://hl7.org/fhir/R4/operations.html
 */
import type { RestRoute } from '../rest-route.ts'
import { everything } from './everything.ts'
import { addMeta, deleteMeta, meta, metaInUse } from './meta.ts'
import { terminologyRoutes } from './terminology.ts'
import { validateOperation } from './validate.ts'
import { versions } from './versions.ts'

const EVERY = 'every'
const R4 = 'http://hl7.org/fhir/OperationDefinition'

export const operationRoutes: readonly RestRoute[] = [
  {
    method: 'GET',
    url: '/$versions',
    interaction: 'versions',
    rest: {
      operation: 'versions',
      definition: `${R4}/CapabilityStatement-versions`,
    },
    answer: versions,
  },
  {
    method: 'POST',
    url: '/$validate',
    interaction: 'validate',
    rest: { operation: 'validate', definition: `${R4}/Resource-validate` },
    answer: validateOperation,
  },
  {
    method: 'GET',
    url: '/$meta',
    interaction: 'meta',
    rest: { operation: 'meta', definition: `${R4}/Resource-meta` },
    answer: metaInUse,
  },
  ...terminologyRoutes,
  ...(['Patient', 'Encounter'] as const).flatMap((type) =>
    (['GET', 'POST'] as const).map(
      (method): RestRoute => ({
        method,
        url: `/${type}/:id/$everything`,
        interaction: 'everything',
        rest: { type, operation: 'everything', definition: `${R4}/${type}-everything` },
        answer: (engine, exchange, input) => everything(engine, exchange, { ...input, type }),
      }),
    ),
  ),
  {
    method: 'POST',
    url: '/:type/$validate',
    interaction: 'validate',
    rest: { type: EVERY, operation: 'validate', definition: `${R4}/Resource-validate` },
    answer: validateOperation,
  },
  ...(['GET', 'POST'] as const).map(
    (method): RestRoute => ({
      method,
      url: '/:type/:id/$validate',
      interaction: 'validate',
      rest: { type: EVERY, operation: 'validate', definition: `${R4}/Resource-validate` },
      answer: validateOperation,
    }),
  ),
  {
    method: 'GET',
    url: '/:type/$meta',
    interaction: 'meta',
    rest: { type: EVERY, operation: 'meta', definition: `${R4}/Resource-meta` },
    answer: metaInUse,
  },
  // Said in full: to a router `$meta` is an id like any other, once the type is.
  {
    method: 'GET',
    url: '/Binary/$meta',
    interaction: 'meta',
    rest: { type: 'Binary', operation: 'meta', definition: `${R4}/Resource-meta` },
    answer: (engine, exchange, input) => metaInUse(engine, exchange, { ...input, type: 'Binary' }),
  },
  {
    method: 'GET',
    url: '/:type/:id/$meta',
    interaction: 'meta',
    rest: { type: EVERY, operation: 'meta', definition: `${R4}/Resource-meta` },
    answer: meta,
  },
  {
    method: 'GET',
    url: '/:type/:id/_history/:version/$meta',
    interaction: 'meta',
    rest: { type: EVERY, operation: 'meta', definition: `${R4}/Resource-meta` },
    answer: meta,
  },
  {
    method: 'POST',
    url: '/:type/:id/$meta-add',
    interaction: 'meta-add',
    rest: { type: EVERY, operation: 'meta-add', definition: `${R4}/Resource-meta-add` },
    answer: addMeta,
  },
  {
    method: 'POST',
    url: '/:type/:id/$meta-delete',
    interaction: 'meta-delete',
    rest: { type: EVERY, operation: 'meta-delete', definition: `${R4}/Resource-meta-delete` },
    answer: deleteMeta,
  },
]
