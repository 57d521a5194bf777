/** The routes of Subscription. */
import type { DmpRoute } from '../dmp-route.ts'
import { readSubscription, searchSubscriptions } from './read-subscription.ts'
import { subscriptionEvents, subscriptionStatus } from './subscription-operations.ts'
import { createSubscription, endSubscription, updateSubscription } from './write-subscription.ts'

const definitions = 'http://hl7.org/fhir/uv/subscriptions-backport/OperationDefinition/backport-subscription-'

export const subscriptionRoutes: readonly DmpRoute[] = [
  {
    method: 'POST',
    url: '/Subscription',
    interaction: 'create-subscription',
    need: { type: 'Subscription', letter: 'c' },
    rest: { type: 'Subscription', code: 'create' },
    answer: (engine, exchange, { body }) => createSubscription(engine, exchange, body),
  },
  {
    method: 'GET',
    url: '/Subscription',
    interaction: 'search-subscriptions',
    need: { type: 'Subscription', letter: 's' },
    rest: { type: 'Subscription', code: 'search-type' },
    answer: (engine, exchange, { pairs }) => searchSubscriptions(engine, exchange, pairs),
  },
  {
    method: 'GET',
    url: '/Subscription/:id',
    interaction: 'read-resource',
    need: { type: 'Subscription', letter: 'r' },
    rest: { type: 'Subscription', code: 'read' },
    answer: (engine, exchange, { id }) => readSubscription(engine, exchange, id),
  },
  {
    method: 'PUT',
    url: '/Subscription/:id',
    interaction: 'update-subscription',
    need: { type: 'Subscription', letter: 'u' },
    rest: { type: 'Subscription', code: 'update' },
    answer: updateSubscription,
  },
  {
    method: 'DELETE',
    url: '/Subscription/:id',
    interaction: 'delete-subscription',
    need: { type: 'Subscription', letter: 'd' },
    rest: { type: 'Subscription', code: 'delete' },
    answer: (engine, exchange, { id }) => endSubscription(engine, exchange, id),
  },
  {
    method: 'GET',
    url: '/Subscription/:id/$status',
    interaction: 'subscription-status',
    need: { type: 'Subscription', letter: 'r' },
    rest: { type: 'Subscription', operation: 'status', definition: `${definitions}status` },
    answer: (engine, exchange, { id }) => subscriptionStatus(engine, exchange, id),
  },
  {
    method: 'GET',
    url: '/Subscription/:id/$events',
    interaction: 'subscription-events',
    need: { type: 'Subscription', letter: 'r' },
    rest: { type: 'Subscription', operation: 'events', definition: `${definitions}events` },
    answer: (engine, exchange, { id, pairs }) => subscriptionEvents(engine, exchange, id, pairs),
  },
]
