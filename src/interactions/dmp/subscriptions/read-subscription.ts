/**
 * read and search of one's own subscriptions; nobody sees another's.
 * @see docs/subscriptions.md
 *
 * NOT offered: versions and history. Its status changes by itself; what was told stands in the traces.
 */
import { searchsetBundle } from '../../../fhir/bundle.ts'
import { refusal } from '../../../fhir/fhir-error.ts'
import { decodeUuid, encodeUuid, formatResourceId, isUuid, type Uuid } from '../../../fhir/id.ts'
import { stringifyJson } from '../../../fhir/json.ts'
import { listSubscriptions, type SubscriptionStatus } from '../../../storage/subscriptions/subscriptions.ts'
import type { Answer } from '../../exchange.ts'
import { Pages } from '../../pages.ts'
import { type Pairs, queryOf } from '../../query.ts'
import { badValue } from '../bad-value.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { current, ownSubscription } from './own-subscription.ts'
import { actsForSame } from './subscriber.ts'
import { subscriptionAnswer, subscriptionResource } from './subscription-body.ts'

export async function readSubscription(
  engine: DmpEngine,
  exchange: DmpExchange,
  id: string,
): Promise<Answer> {
  const stored = await ownSubscription(engine, exchange, id)
  exchange.trace.concerns('Subscription', encodeUuid(stored.id), stored.version)
  return subscriptionAnswer(200, stored)
}

const defaultCount = 20
const maxCount = 50
const statuses = ['requested', 'active', 'error', 'off'] as const satisfies readonly SubscriptionStatus[]

export async function searchSubscriptions(
  engine: DmpEngine,
  exchange: DmpExchange,
  pairs: Pairs,
): Promise<Answer> {
  const { patientKey, status, count, cursor, query } = readAsked(pairs)
  exchange.trace.asks('Subscription', query)
  const pages = new Pages(engine, exchange, 'Subscription', query, cursor)
  const { found, more } = await listSubscriptions(
    engine.db,
    exchange.caller.key,
    // One that is to be off is told so when it is asked: until then it lies there as something else.
    { patientKey, status: status.includes('off') ? [] : status },
    beforeOf(pages),
    count,
  )
  const own = found.filter((stored) => actsForSame(stored, exchange.caller))
  const now = []
  for (const stored of own) now.push(await current(engine, exchange, stored))
  const shown = now.filter((stored) => status.length === 0 || status.includes(stored.status))
  for (const stored of shown) exchange.trace.concerns('Subscription', encodeUuid(stored.id), stored.version)
  const last = more ? found.at(-1) : undefined
  const entries = shown.map((stored) => ({
    fullUrl: `${engine.base}/Subscription/${formatResourceId(stored)}`,
    resource: stringifyJson(subscriptionResource(stored)),
    mode: 'match' as const,
  }))
  return { status: 200, body: searchsetBundle(pages.links(last && [last.id]), entries) }
}

function beforeOf(pages: Pages): Uuid | undefined {
  const [before, ...rest] = pages.after() ?? []
  if (before === undefined) return undefined
  if (rest.length > 0 || typeof before !== 'string' || !isUuid(before))
    throw refusal('invalid', 'curseur-invalide')
  return before
}

type Asked = {
  readonly patientKey: Uuid | undefined
  readonly status: readonly SubscriptionStatus[]
  readonly count: number
  readonly cursor: string | undefined
  readonly query: string
}

const known = ['patient', 'status', '_count', '_cursor']

/** @throws FhirError 400 on a parameter that is not known, given twice, or cannot be read */
function readAsked(pairs: Pairs): Asked {
  const stranger = pairs.find(([name]) => !known.includes(name))?.[0]
  if (stranger !== undefined) {
    const params = { name: stranger.slice(0, 64), type: 'Subscription', known: known.slice(0, 3).join(', ') }
    throw refusal('not-supported', 'parametre-inconnu', { params })
  }
  const values = new Map(pairs)
  if (values.size < pairs.length) throw badValue(known.slice(0, 3).join(', '), '× 1')
  const patient = values.get('patient')
  const patientKey = patient === undefined ? undefined : decodeUuid(patient.replace(/^Patient\//, ''))
  if (patient !== undefined && patientKey === undefined) throw badValue('patient', 'Patient/[id]')
  const status = (values.get('status') ?? '').split(',').flatMap((text) => {
    if (text === '' && !values.has('status')) return []
    const one = statuses.find((name) => name === text)
    if (!one) throw badValue('status', statuses.join(', '))
    return [one]
  })
  const count = values.get('_count') ?? String(defaultCount)
  if (!/^[1-9]\d{0,8}$/.test(count)) throw badValue('_count', '1, 2 …')
  return {
    patientKey,
    status,
    count: Math.min(Number(count), maxCount),
    cursor: values.get('_cursor'),
    query: queryOf(pairs.filter(([name]) => name !== '_cursor')),
  }
}
