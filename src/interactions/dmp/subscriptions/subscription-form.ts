/**
 * What a Subscription asks for, in the form of the R5 Subscriptions Backport for R4: a topic, the one record, the channel.
 * @see http://hl7.org/fhir/uv/subscriptions-backport/STU1.1/components.html and docs/subscriptions.md
 *
 * NOT offered: filters other than the record; payloads in XML; channels other than rest-hook.
 */
import type { Extension, Subscription } from '@medplum/fhirtypes'
import type { ErrorCode } from '../../../fhir/error-catalogue.ts'
import { decodeUuid, type Uuid } from '../../../fhir/id.ts'
import type { Issue } from '../../../fhir/issue.ts'
import { parseReference } from '../../../fhir/reference.ts'
import {
  type NotificationContent,
  notificationContents,
  type SubscriptionTopic,
  subscriptionTopics,
} from '../../../storage/subscriptions/subscriptions.ts'
import type { SubscriptionSettings } from './subscription-settings.ts'

export const TOPIC_BASE = 'https://dmp-fhir.example/SubscriptionTopic/'
export const BACKPORT = 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/'
/** In place of the value of a header that was kept. */
export const MASKED = '*****'

export type SubscriptionForm = {
  readonly topic: SubscriptionTopic
  /** Undefined for a record that nobody has: it is unknown, which is no error of form. */
  readonly patientKey: Uuid | undefined
  readonly endpoint: string
  readonly content: NotificationContent
  readonly maxCount: number
  readonly timeoutSeconds: number
  readonly heartbeatSeconds: number
  readonly endsAt: number
  readonly off: boolean
  /** By name; a value of `*****` is the one that was kept. */
  readonly headers: readonly (readonly [name: string, value: string])[]
}

const DAY = 86_400_000
export const subscriptionLimits = {
  days: 366,
  headers: 5,
  headerLength: 2000,
  maxCount: 50,
  timeoutSeconds: 30,
  leastHeartbeatSeconds: 60,
} as const
const defaults = { maxCount: 20, timeoutSeconds: 10 } as const

/** What the server writes itself, or what would change how the request is read. */
const ownHeaders = new Set([
  ...['connection', 'content-encoding', 'content-length', 'content-type', 'expect', 'host', 'keep-alive'],
  ...['dmp-signature', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'user-agent', 'proxy-authorization'],
])
const HEADER = /^([A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}): ?([\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)$/

/** @param subscription that `validate` found no fault in */
export function readSubscriptionForm(
  subscription: Subscription,
  base: string,
  settings: Pick<SubscriptionSettings, 'endpointFault'>,
  now: number,
): SubscriptionForm | { readonly issues: readonly [Issue, ...Issue[]] } {
  const issues: Issue[] = []
  const fault = (error: ErrorCode, expression: string, params?: Issue['params']): undefined => {
    const at = `Subscription.${expression}`
    issues.push({
      severity: 'error',
      type: 'business-rule',
      error,
      expression: at,
      ...(params ? { params } : {}),
    })
    return undefined
  }
  const { criteria, channel, status } = subscription
  const topic = subscriptionTopics.find((name) => criteria === `${TOPIC_BASE}${name}`)
  if (!topic) fault('abonnement-sujet', 'criteria', { topics: subscriptionTopics.map(topicUrl).join(', ') })
  if (status !== 'requested' && status !== 'off' && status !== 'active') fault('abonnement-statut', 'status')
  if (channel.type !== 'rest-hook') fault('abonnement-canal', 'channel.type', named('type', 'rest-hook'))
  if (channel.payload !== undefined && !JSON_PAYLOAD.test(channel.payload))
    fault('abonnement-canal', 'channel.payload', named('payload', 'application/fhir+json'))
  const endpoint = channel.endpoint ?? ''
  const cause = settings.endpointFault(endpoint)
  if (cause) fault('abonnement-adresse', 'channel.endpoint', { cause })
  const content = contentOf(extensionsAside(channel, '_payload'))
  if (!content)
    fault('abonnement-canal', 'channel.payload.extension', named('backport-payload-content', CONTENTS))
  const headers = (channel.header ?? []).flatMap((text, i) => {
    const [, name = '', value = ''] =
      text.length <= subscriptionLimits.headerLength ? (HEADER.exec(text) ?? []) : []
    const bad = name === '' || ownHeaders.has(name.toLowerCase()) || i >= subscriptionLimits.headers
    if (bad) fault('abonnement-entete', `channel.header[${i}]`, { limit: subscriptionLimits.headers })
    return bad ? [] : [[name, value] as const]
  })
  const endsAt = subscription.end === undefined ? now + 365 * DAY : Date.parse(subscription.end)
  if (!(endsAt > now && endsAt <= now + subscriptionLimits.days * DAY))
    fault('abonnement-fin', 'end', { days: subscriptionLimits.days })
  const number = (name: string, least: number, most: number, otherwise: number): number => {
    const found = (channel.extension ?? []).filter(({ url }) => url === `${BACKPORT}backport-${name}`)
    const [first] = found
    if (!first) return otherwise
    const value = first.valueUnsignedInt ?? first.valuePositiveInt ?? -1
    if (found.length > 1 || value < least || value > most)
      fault('abonnement-canal', 'channel.extension', named(`backport-${name}`, `${least} – ${most}`))
    return value
  }
  const maxCount = number('max-count', 1, subscriptionLimits.maxCount, defaults.maxCount)
  const timeoutSeconds = number('timeout', 1, subscriptionLimits.timeoutSeconds, defaults.timeoutSeconds)
  const heartbeatSeconds = number('heartbeat-period', subscriptionLimits.leastHeartbeatSeconds, DAY / 1000, 0)
  const filtered = topic && filterOf(extensionsAside(subscription, '_criteria'), topic, base)
  if (topic && !filtered)
    fault('abonnement-filtre', 'criteria.extension', { form: `${filterType(topic)}?patient=Patient/[id]` })
  const [first, ...rest] = issues
  if (first) return { issues: [first, ...rest] }
  if (!topic || !content || !filtered) throw new Error('A subscription without a topic, and no issue')
  const same = { topic, endpoint, content, maxCount, timeoutSeconds, heartbeatSeconds, endsAt, headers }
  return { ...same, patientKey: filtered.patientKey, off: status === 'off' }
}

export function topicUrl(topic: SubscriptionTopic): string {
  return `${TOPIC_BASE}${topic}`
}

const CONTENTS = notificationContents.join(' | ')
const JSON_PAYLOAD = /^application\/(?:fhir\+)?json$/

function named(name: string, form: string): { name: string; form: string } {
  return { name, form }
}

/** What a notification of this topic is about. */
export function filterType(topic: SubscriptionTopic): 'DocumentReference' | 'AuditEvent' {
  return topic === 'acces-urgence' ? 'AuditEvent' : 'DocumentReference'
}

/** Extensions of a primitive, which stand beside it in JSON; the types of FHIR as we have them do not know of them. */
function extensionsAside(element: object, name: string): readonly Extension[] {
  const aside = Object.entries(element).find(([key]) => key === name)?.[1] as
    | { readonly extension?: readonly Extension[] }
    | undefined
  return aside?.extension ?? []
}

function contentOf(extensions: readonly Extension[]): NotificationContent | undefined {
  const [code, ...others] = valuesOf(extensions, 'backport-payload-content', 'valueCode')
  // The backport's default.
  if (code === undefined) return 'id-only'
  return others.length > 0 ? undefined : notificationContents.find((content) => content === code)
}

function filterOf(
  extensions: readonly Extension[],
  topic: SubscriptionTopic,
  base: string,
): { readonly patientKey: Uuid | undefined } | undefined {
  const [filter, ...others] = valuesOf(extensions, 'backport-filter-criteria', 'valueString')
  const start = `${filterType(topic)}?`
  if (filter === undefined || others.length > 0 || !filter.startsWith(start)) return undefined
  const [pair, ...more] = [...new URLSearchParams(filter.slice(start.length))]
  if (pair?.[0] !== 'patient' || more.length > 0) return undefined
  const [, text] = pair
  const reference = parseReference(text.includes('/') ? text : `Patient/${text}`, base)
  if (reference?.kind !== 'relative' || reference.type !== 'Patient') return undefined
  return { patientKey: decodeUuid(reference.id) }
}

function valuesOf(
  extensions: readonly Extension[],
  name: string,
  value: 'valueString' | 'valueCode',
): string[] {
  return extensions.filter(({ url }) => url === `${BACKPORT}${name}`).map((one) => one[value] ?? '')
}
