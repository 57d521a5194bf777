/**
 * Every route of the plain FHIR interactions, in one table. The CapabilityStatement is written from it, batch and
 * transaction find their entries' routes in it.
 * @see https://hl7.org/fhir/R4/http.html#summary
 */
import { refusal } from '../../fhir/fhir-error.ts'
import type { Input } from '../input.ts'
import { createBinary, readBinary, updateBinary } from './binary.ts'
import { bundle } from './bundle/bundle.ts'
import { conditionalDelete } from './conditional-delete.ts'
import { create } from './create.ts'
import { deleteResource } from './delete.ts'
import { history } from './history.ts'
import { operationRoutes } from './operations/operation-routes.ts'
import { conditionalPatch, patch } from './patch.ts'
import { read, vread } from './read.ts'
import type { RestRoute } from './rest-route.ts'
import { searchCompartment, searchSystem, searchType } from './search.ts'
import { conditionalUpdate, update } from './update.ts'

const EVERY = 'every'

/** The type that a route in the URL's own words belongs to. */
const of =
  (type: string, answer: RestRoute['answer']): RestRoute['answer'] =>
  (engine, exchange, input: Input) =>
    answer(engine, exchange, { ...input, type })

const table: readonly RestRoute[] = [
  // The whole system
  {
    method: 'POST',
    url: '/',
    interaction: 'bundle',
    rest: { system: 'transaction' },
    answer: bundle,
  },
  {
    method: 'GET',
    url: '/',
    interaction: 'search-system',
    rest: { system: 'search-system' },
    answer: searchSystem,
  },
  {
    method: 'POST',
    url: '/_search',
    interaction: 'search-system',
    rest: { partOf: 'search-system' },
    formBody: true,
    answer: searchSystem,
  },
  {
    method: 'GET',
    url: '/_history',
    interaction: 'history-system',
    rest: { system: 'history-system' },
    answer: history,
  },
  ...operationRoutes,
  // Binary, as what it holds
  {
    method: 'POST',
    url: '/Binary',
    interaction: 'create',
    rest: { type: 'Binary', code: 'create' },
    anyBody: true,
    answer: of('Binary', createBinary),
  },
  {
    method: 'GET',
    url: '/Binary/:id',
    interaction: 'read',
    rest: { type: 'Binary', code: 'read' },
    anyFormat: true,
    answer: of('Binary', readBinary),
  },
  // Said in full: to a router `_history` is an id like any other, once the type is.
  {
    method: 'GET',
    url: '/Binary/_history',
    interaction: 'history-type',
    rest: { type: 'Binary', code: 'history-type' },
    answer: of('Binary', history),
  },
  {
    method: 'PUT',
    url: '/Binary/:id',
    interaction: 'update',
    rest: { type: 'Binary', code: 'update' },
    anyBody: true,
    answer: of('Binary', updateBinary),
  },
  // A type
  {
    method: 'POST',
    url: '/:type',
    interaction: 'create',
    rest: { type: EVERY, code: 'create' },
    answer: create,
  },
  {
    method: 'GET',
    url: '/:type',
    interaction: 'search-type',
    rest: { type: EVERY, code: 'search-type' },
    answer: searchType,
  },
  {
    method: 'POST',
    url: '/:type/_search',
    interaction: 'search-type',
    rest: { partOf: 'search-type' },
    formBody: true,
    answer: searchType,
  },
  {
    method: 'PUT',
    url: '/:type',
    interaction: 'conditional-update',
    rest: { type: EVERY, conditional: 'update' },
    answer: conditionalUpdate,
  },
  {
    method: 'PATCH',
    url: '/:type',
    interaction: 'conditional-patch',
    rest: { type: EVERY, conditional: 'patch' },
    answer: conditionalPatch,
  },
  {
    method: 'DELETE',
    url: '/:type',
    interaction: 'conditional-delete',
    rest: { type: EVERY, conditional: 'delete' },
    answer: conditionalDelete,
  },
  {
    method: 'GET',
    url: '/:type/_history',
    interaction: 'history-type',
    rest: { type: EVERY, code: 'history-type' },
    answer: history,
  },
  // An instance
  {
    method: 'GET',
    url: '/:type/:id',
    interaction: 'read',
    rest: { type: EVERY, code: 'read' },
    answer: read,
  },
  {
    method: 'PUT',
    url: '/:type/:id',
    interaction: 'update',
    rest: { type: EVERY, code: 'update' },
    answer: update,
  },
  {
    method: 'PATCH',
    url: '/:type/:id',
    interaction: 'patch',
    rest: { type: EVERY, code: 'patch' },
    answer: patch,
  },
  {
    method: 'DELETE',
    url: '/:type/:id',
    interaction: 'delete',
    rest: { type: EVERY, code: 'delete' },
    answer: deleteResource,
  },
  {
    method: 'GET',
    url: '/:type/:id/_history',
    interaction: 'history-instance',
    rest: { type: EVERY, code: 'history-instance' },
    answer: history,
  },
  {
    method: 'GET',
    url: '/:type/:id/_history/:version',
    interaction: 'vread',
    rest: { type: EVERY, code: 'vread' },
    answer: vread,
  },
  {
    method: 'GET',
    url: '/:type/:id/:version',
    interaction: 'search-compartment',
    rest: { partOf: 'search-type' },
    answer: searchCompartment,
  },
  {
    method: 'POST',
    url: '/:type/:id/:version/_search',
    interaction: 'search-compartment',
    rest: { partOf: 'search-type' },
    formBody: true,
    answer: searchCompartment,
  },
]

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones refused
const CONTROL = /[\u0000-\u001f\u007f]/

/** A path of a type that FHIR does not have is 404, whatever the method. */
export const restRoutes: readonly RestRoute[] = table.map((route) => ({
  ...route,
  answer: (engine, exchange, input) => {
    if (input.type !== '' && !engine.registry.isResourceType(input.type)) {
      throw refusal('not-found', 'type-inconnu', { params: { type: input.type.slice(0, 64) } })
    }
    // No name that this server gives or takes holds one, and PostgreSQL takes no U+0000 in a text.
    if (CONTROL.test(input.id + input.version)) throw refusal('not-found', 'inconnu')
    return route.answer(engine, exchange, input)
  },
}))
