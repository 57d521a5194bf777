/** The routes by which traces are read. */

import type { Answer } from '../../exchange.ts'
import type { Input } from '../../input.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import type { DmpRoute } from '../dmp-route.ts'
import { exportTraces } from './export-traces.ts'
import { readAuditEvent } from './read-audit-event.ts'
import { searchAuditEvents } from './search-traces.ts'

export const traceRoutes: readonly DmpRoute[] = [
  {
    method: 'GET',
    url: '/AuditEvent',
    interaction: 'search-traces',
    need: { type: 'AuditEvent', letter: 's' },
    rest: { type: 'AuditEvent', code: 'search-type' },
    table: true,
    answer: pageOrTable,
  },
  {
    method: 'POST',
    url: '/AuditEvent/_search',
    interaction: 'search-traces',
    need: { type: 'AuditEvent', letter: 's' },
    rest: { type: 'AuditEvent', code: 'search-type' },
    formBody: true,
    table: true,
    answer: pageOrTable,
  },
  {
    method: 'GET',
    url: '/AuditEvent/:id',
    interaction: 'read-trace',
    need: { type: 'AuditEvent', letter: 'r' },
    rest: { type: 'AuditEvent', code: 'read' },
    answer: (engine, exchange, { id, pairs }) => readAuditEvent(engine, exchange, id, pairs),
  },
]

function pageOrTable(engine: DmpEngine, exchange: DmpExchange, { pairs, form }: Input): Promise<Answer> {
  return form('text/csv') === 'bytes'
    ? exportTraces(engine, exchange, pairs)
    : searchAuditEvents(engine, exchange, pairs)
}
