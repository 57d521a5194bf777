/** The operations of subscriptions, in words. */
import { body, fhirContent, response, searchset } from './fhir-content.ts'
import type { Words } from './openapi-document.ts'
import { cursor, query } from './parameters.ts'

const versioned = ['ETag', 'Last-Modified'] as const
const told = { 200: response('A notification, as it is sent', fhirContent('Bundle')) }

export const subscriptionOperations: Readonly<Record<string, Words>> = {
  'POST /Subscription': {
    operationId: 'subscribe',
    tag: 'Subscriptions',
    summary: 'Be told of what comes into one record',
    description:
      'In the R4 form of the Subscriptions R5 Backport: a topic, the one record, a rest-hook on a host that the operator ' +
      'has listed. The answer holds the secret that signs, told once. Policy decides again at each delivery. ' +
      'Right F8; for emergency accesses, rule A10.',
    requestBody: body(fhirContent('Subscription')),
    answers: {
      201: response('Requested; active after the handshake', fhirContent('Subscription'), [
        'Location',
        ...versioned,
      ]),
    },
    refusals: [404, 409, 413, 415, 422],
  },
  'GET /Subscription': {
    operationId: 'searchSubscriptions',
    tag: 'Subscriptions',
    summary: 'One’s own subscriptions, newest first',
    description: 'Nobody sees another’s. Right F8.',
    parameters: [
      query('patient', 'Those of one record, as `Patient/[id]`'),
      query('status', 'requested, active, error, off'),
      query('_count', 'Entries of a page', { type: 'integer', minimum: 1, maximum: 50, default: 20 }),
      cursor,
    ],
    answers: { 200: response(searchset, fhirContent('Bundle')) },
  },
  'GET /Subscription/:id': {
    operationId: 'readSubscription',
    tag: 'Subscriptions',
    summary: 'One of one’s own, with its status of now',
    description: 'The secret and the values of headers are not told again. Right F8.',
    parameters: ['If-None-Match', 'If-Modified-Since'],
    answers: {
      200: response('The Subscription', fhirContent('Subscription'), versioned),
      304: 'NotModified',
    },
    refusals: [404],
  },
  'PUT /Subscription/:id': {
    operationId: 'updateSubscription',
    tag: 'Subscriptions',
    summary: 'Change it, end it (status off), or begin again (status requested)',
    description:
      'The topic and the record stay. A header whose value is `*****` keeps the one it has. Right F8; for emergency ' +
      'accesses, rule A10.',
    parameters: ['If-Match'],
    requestBody: body(fhirContent('Subscription')),
    answers: { 200: response('The Subscription', fhirContent('Subscription'), versioned) },
    refusals: [404, 409, 412, 413, 415, 422],
  },
  'DELETE /Subscription/:id': {
    operationId: 'deleteSubscription',
    tag: 'Subscriptions',
    summary: 'Delete it, and what was still to be told',
    description: 'Right F8.',
    answers: { 204: response('Deleted') },
    refusals: [404],
  },
  'GET /Subscription/:id/$status': {
    operationId: 'subscriptionStatus',
    tag: 'Subscriptions',
    summary: 'How it is doing: status, number of the last event, last error',
    description: 'Right F8.',
    answers: { 200: response(searchset, fhirContent('Bundle')) },
    refusals: [404],
  },
  'GET /Subscription/:id/$events': {
    operationId: 'subscriptionEvents',
    tag: 'Subscriptions',
    summary: 'What it was told, by number, for who missed some',
    description:
      'Kept for thirty days. Decided as if it were told now: what may not be seen any more keeps its number and says ' +
      'nothing. Right F8; for emergency accesses, rule A10.',
    parameters: [
      query('eventsSinceNumber', 'The first number, included', { type: 'integer', minimum: 1 }),
      query('eventsUntilNumber', 'The last number, included', { type: 'integer', minimum: 1 }),
      query('content', 'empty, id-only or full-resource; that of the subscription unless said'),
    ],
    answers: told,
    refusals: [404],
  },
}
