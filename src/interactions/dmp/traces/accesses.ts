/**
 * `GET Patient/[id]/$acces`: who may see this record, and who came. For the holder, the médecin traitant and the auditor; to
 * another professional its own accesses alone (T4); to who acts for the holder without a minor's secrets (V5). The traces one
 * by one are `GET AuditEvent?patient=[id]`.
 *
 * Parameters: `_since` (one year ago unless said), `_count`, and the cursor of a page. Pages are of those who came; who may
 * stands on the first.
 * @see docs/policy.md T4, F6
 */

import { interactions, isInteractionName } from '../../../audit/interaction-names.ts'
import { parseFhirDate } from '../../../fhir/date.ts'
import { refusal } from '../../../fhir/fhir-error.ts'
import { decodeUuid, encodeUuid, isUuid } from '../../../fhir/id.ts'
import { stringifyJson } from '../../../fhir/json.ts'
import {
  integerParameter,
  parametersOfQuery,
  refuseUnknown,
  textParameter,
  writeParameters,
} from '../../../fhir/operation-parameters.ts'
import { parisTime } from '../../../fhir/paris-time.ts'
import { isProfessional } from '../../../policy/actor-class.ts'
import type { Position } from '../../../search/cursor.ts'
import { listRepresentatives } from '../../../storage/records/list-representatives.ts'
import { findRecord } from '../../../storage/records/record-facts.ts'
import { listServices } from '../../../storage/records/service-consent.ts'
import { type AccessPosition, summariseTraces } from '../../../storage/traces/summarise-traces.ts'
import { interactionCodes } from '../../../storage/traces/trace-codes.ts'
import type { Answer } from '../../exchange.ts'
import { Pages } from '../../pages.ts'
import { type Pairs, queryOf } from '../../query.ts'
import { badValue } from '../bad-value.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { askerOf, unknown } from '../permit.ts'
import { whoCame, whoMay } from './accesses-parameters.ts'
import { traceReader } from './trace-reader.ts'

const YEAR = 365 * 86_400_000
const DEFAULT_COUNT = 50
const MAX_COUNT = 200

export async function accesses(
  engine: DmpEngine,
  exchange: DmpExchange,
  id: string,
  pairs: Pairs,
): Promise<Answer> {
  const { trace, now } = exchange
  trace.asks('AuditEvent', queryOf(pairs.filter(([name]) => name !== '_cursor')))
  const patientKey = decodeUuid(id)
  const found = patientKey && (await findRecord(engine.db, patientKey, askerOf(exchange)))
  const { reach } = traceReader(engine, exchange, found)
  if (!found) throw unknown()
  const { facts } = found
  const toldAll = typeof reach === 'string'

  const { count, since, cursor, query } = asked(pairs, now)
  const path = `Patient/${encodeUuid(facts.patientKey)}/$acces`
  const pages = new Pages(engine, exchange, path, query, cursor)
  const after = positionOf(pages.after())
  const isFirst = cursor === undefined
  // Which services the patient has let in is not for professionals to know (F6).
  const toldServices = isFirst && toldAll && !isProfessional(exchange.caller)
  const [summaries, representatives, services] = await Promise.all([
    summariseTraces(engine.db, facts.patientKey, reach, { since, after, limit: count + 1, writing }),
    isFirst && toldAll ? listRepresentatives(engine.db, facts.patientKey, now) : [],
    toldServices ? listServices(engine.db, facts.patientKey, now) : [],
  ])
  const shown = summaries.slice(0, count)
  const last = summaries.length > count ? shown.at(-1)?.position.last : undefined
  const next = pages
    .links(last === undefined ? undefined : [last])
    .find(({ relation }) => relation === 'next')
  const parameters = writeParameters([
    { name: 'depuis', value: ['DateTime', new Date(since).toISOString()] },
    ...(isFirst && toldAll ? whoMay(facts, representatives, services, now) : []),
    ...whoCame(shown, facts.patientKey),
    ...(next ? [{ name: 'suite', value: ['Url', next.url] as const }] : []),
  ])
  return { status: 200, body: stringifyJson(parameters) }
}

type Asked = {
  readonly count: number
  readonly since: number
  readonly cursor: string | undefined
  readonly query: string
}

/** @throws FhirError 400 */
function asked(pairs: Pairs, now: number): Asked {
  const parameters = parametersOfQuery(pairs)
  refuseUnknown(parameters, ['_since', '_count', '_cursor'])
  const count = integerParameter(parameters, '_count') ?? DEFAULT_COUNT
  if (count < 1) throw badValue('_count', `1 … ${MAX_COUNT}`)
  // A day, so that every page of one listing begins with the same traces.
  const since = textParameter(parameters, '_since') ?? new Date(now - YEAR).toISOString().slice(0, 10)
  const interval = parseFhirDate(since, parisTime)
  if (!interval) throw badValue('_since', 'YYYY-MM-DD, YYYY-MM-DDThh:mm:ss+zz:zz')
  const cursor = textParameter(parameters, '_cursor')
  const rest = pairs.filter(([name]) => name !== '_cursor' && name !== '_since')
  return {
    count: Math.min(count, MAX_COUNT),
    since: interval.start,
    cursor,
    query: queryOf([['_since', since], ...rest]),
  }
}

function positionOf(read: Position | undefined): AccessPosition | undefined {
  if (!read) return undefined
  const [last, ...rest] = read
  if (typeof last !== 'string' || !isUuid(last) || rest.length > 0)
    throw refusal('invalid', 'curseur-invalide')
  return { last }
}

/** Codes of what deposits, changes or removes. */
const writing = Object.entries(interactions).flatMap(([name, { action }]) =>
  action === 'R' || action === 'E' || !isInteractionName(name) ? [] : [interactionCodes[name]],
)
