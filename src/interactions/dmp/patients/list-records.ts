/**
 * TD0.4, `GET Patient/$dossiers`: the open records in which the caller has a standing, newest first. A professional asks for
 * its own, a secretariat or structure for those of the structure. Each record listed is one in which the caller could
 * read administrative data (F5) at this moment; what is listed is no more than who the patient is.
 *
 * Parameters: `_since` (standings that began then or later), `_count`, and the cursor of a page.
 * @see docs/policy.md F3
 */
import type { Extension } from '@medplum/fhirtypes'
import { searchsetBundle } from '../../../fhir/bundle.ts'
import { parseFhirDate } from '../../../fhir/date.ts'
import { refusal } from '../../../fhir/fhir-error.ts'
import { encodeUuid } from '../../../fhir/id.ts'
import {
  integerParameter,
  parametersOfQuery,
  refuseUnknown,
  textParameter,
} from '../../../fhir/operation-parameters.ts'
import { parisTime } from '../../../fhir/paris-time.ts'
import { selfIds } from '../../../policy/actor-class.ts'
import type { ActorId } from '../../../policy/facts.ts'
import { readTimePosition, type TimePosition, writeTimePosition } from '../../../search/time-position.ts'
import { type ListedRecord, listStanding } from '../../../storage/records/standing.ts'
import type { Answer } from '../../exchange.ts'
import { Pages } from '../../pages.ts'
import { type Pairs, queryOf } from '../../query.ts'
import { badValue } from '../bad-value.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { askerOf } from '../permit.ts'
import { permitOutsideRecord } from '../permit-outside-record.ts'
import { AUTORISATION } from './find-patient-extensions.ts'
import { mayConsult } from './may-consult.ts'
import { patientSummary } from './patient-summary.ts'

const DEFAULT_COUNT = 20
const MAX_COUNT = 100
/** Candidates that policy refuses are passed over; this many at most for one page, which is then a shorter one. */
const MAX_CANDIDATES = 2_000

export async function listRecords(engine: DmpEngine, exchange: DmpExchange, pairs: Pairs): Promise<Answer> {
  const { trace, now } = exchange
  trace.asks('Patient', queryOf(pairs.filter(([name]) => name !== '_cursor')))
  const actor = listedFor(exchange, permitOutsideRecord(engine, exchange, 'F3'))
  if (!actor) throw refusal('forbidden', 'droit-fonctionnel', { rule: 'F3', params: rightAsked(exchange) })

  const { count, since, cursor, query } = asked(pairs)
  const pages = new Pages(engine, exchange, 'Patient/$dossiers', query, cursor)
  const listed: ListedRecord[] = []
  let more = false
  let after = positionOf(pages)
  for (let seen = 0; seen < MAX_CANDIDATES && !more; ) {
    const limit = count + 1
    const candidates = await listStanding(engine.db, actor, askerOf(exchange), { now, since, after, limit })
    seen += candidates.length
    for (const candidate of candidates) {
      if (!mayConsult(engine, exchange, candidate.record, 'normal')) continue
      if (listed.length === count) {
        more = true
        break
      }
      listed.push(candidate)
    }
    const last = candidates.at(-1)
    if (more || candidates.length < limit || !last) break
    after = { at: last.since, id: last.patientKey }
    // At the bound: what was passed over is not asked for again.
    if (seen >= MAX_CANDIDATES) return page(engine, exchange, listed, pages.links(writeTimePosition(after)))
  }
  const last = more ? listed.at(-1) : undefined
  const links = pages.links(last && writeTimePosition({ at: last.since, id: last.patientKey }))
  return page(engine, exchange, listed, links)
}

/** Whose records are listed: the person's, or, for who acts in the name of a structure, the structure's. */
function listedFor({ caller }: DmpExchange, grant: string): ActorId | undefined {
  const prefix = grant !== 'own-structure' && caller.actor === 'PS' && caller.practitionerId ? 'ps:' : 'st:'
  return selfIds(caller).find((id) => id.startsWith(prefix))
}

function rightAsked({ caller, mode }: DmpExchange): Record<string, string> {
  return { right: 'F3', name: 'TD0.4', actor: caller.actor, mode }
}

type Asked = {
  readonly count: number
  readonly since: number
  readonly cursor: string | undefined
  readonly query: string
}

/** @throws FhirError 400 */
function asked(pairs: Pairs): Asked {
  const parameters = parametersOfQuery(pairs)
  refuseUnknown(parameters, ['_since', '_count', '_cursor'])
  const count = integerParameter(parameters, '_count') ?? DEFAULT_COUNT
  if (count < 1) throw badValue('_count', `1 … ${MAX_COUNT}`)
  const since = textParameter(parameters, '_since')
  const interval = since === undefined ? undefined : parseFhirDate(since, parisTime)
  if (since !== undefined && !interval) throw badValue('_since', 'YYYY-MM-DD, YYYY-MM-DDThh:mm:ss+zz:zz')
  return {
    count: Math.min(count, MAX_COUNT),
    since: interval?.start ?? Number.NEGATIVE_INFINITY,
    cursor: textParameter(parameters, '_cursor'),
    query: queryOf(pairs.filter(([name]) => name !== '_cursor')),
  }
}

function positionOf(pages: Pages): TimePosition | undefined {
  const read = pages.after()
  if (!read) return undefined
  const position = readTimePosition(read)
  if (!position) throw refusal('invalid', 'curseur-invalide')
  return position
}

function page(
  engine: DmpEngine,
  { trace }: DmpExchange,
  listed: readonly ListedRecord[],
  links: ReturnType<Pages['links']>,
): Answer {
  const entries = listed.map((record) => {
    const id = encodeUuid(record.patientKey)
    trace.concerns('Patient', id, record.version)
    const resource = patientSummary(record.body, { withIns: true, extension: standingOf(record) })
    return {
      fullUrl: `${engine.base}/Patient/${id}`,
      resource: JSON.stringify(resource),
      mode: 'match' as const,
    }
  })
  return { status: 200, body: searchsetBundle(links, entries) }
}

function standingOf({ since, until }: ListedRecord): Extension[] {
  const end = Number.isFinite(until) ? { end: new Date(until).toISOString() } : {}
  return [
    { url: AUTORISATION, valueCode: 'valide' },
    { url: `${AUTORISATION}-periode`, valuePeriod: { start: new Date(since).toISOString(), ...end } },
  ]
}
