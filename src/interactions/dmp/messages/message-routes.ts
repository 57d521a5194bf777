/** The routes of messages about documents (Communication). */
import type { DmpRoute } from '../dmp-route.ts'
import { acknowledgeMessage } from './acknowledge-message.ts'
import { messageHistory, readMessageById, searchMessages } from './read-messages.ts'
import { sendMessage } from './send-message.ts'

export const messageRoutes: readonly DmpRoute[] = [
  {
    method: 'POST',
    url: '/Communication',
    interaction: 'send-message',
    need: { type: 'Communication', letter: 'c' },
    rest: { type: 'Communication', code: 'create' },
    answer: (engine, exchange, { body }) => sendMessage(engine, exchange, body),
  },
  {
    method: 'PATCH',
    url: '/Communication/:id',
    interaction: 'acknowledge-message',
    need: { type: 'Communication', letter: 'u' },
    rest: { type: 'Communication', code: 'patch' },
    answer: acknowledgeMessage,
  },
  {
    method: 'GET',
    url: '/Communication/:id',
    interaction: 'read-resource',
    need: { type: 'Communication', letter: 'r' },
    rest: { type: 'Communication', code: 'read' },
    answer: (engine, exchange, { id }) => readMessageById(engine, exchange, id),
  },
  {
    method: 'GET',
    url: '/Communication/:id/_history/:version',
    interaction: 'vread-resource',
    need: { type: 'Communication', letter: 'r' },
    rest: { type: 'Communication', code: 'vread' },
    answer: (engine, exchange, { id, version }) => readMessageById(engine, exchange, id, version),
  },
  {
    method: 'GET',
    url: '/Communication/:id/_history',
    interaction: 'message-history',
    need: { type: 'Communication', letter: 'r' },
    rest: { type: 'Communication', code: 'history-instance' },
    answer: (engine, exchange, { id, pairs }) => messageHistory(engine, exchange, id, pairs),
  },
  {
    method: 'GET',
    url: '/Communication',
    interaction: 'search-messages',
    need: { type: 'Communication', letter: 's' },
    rest: { type: 'Communication', code: 'search-type' },
    answer: (engine, exchange, { pairs }) => searchMessages(engine, exchange, pairs),
  },
  {
    method: 'POST',
    url: '/Communication/_search',
    interaction: 'search-messages',
    need: { type: 'Communication', letter: 's' },
    rest: { type: 'Communication', code: 'search-type' },
    formBody: true,
    answer: (engine, exchange, { pairs }) => searchMessages(engine, exchange, pairs),
  },
]
