/**
 * A Subscription as it is kept and as it is answered: what the client wrote, with the status of now; the values of headers
 * are told to nobody, and the secret once, to who creates it.
 */
import { formatResourceId } from '../../../fhir/id.ts'
import { isJsonObject, type JsonObject, parseJson, stringifyJson } from '../../../fhir/json.ts'
import type { StoredSubscription } from '../../../storage/subscriptions/subscriptions.ts'
import type { Answer } from '../../exchange.ts'
import { MASKED } from './subscription-form.ts'

/** Extension of `Subscription.channel`, in the answer that creates it and nowhere else. */
export const SECRET = 'https://dmp-fhir.example/StructureDefinition/secret-abonnement'

/** What is sealed with a subscription. */
export type Sealed = {
  readonly secret: string
  readonly headers: readonly (readonly [name: string, value: string])[]
}

/** To be kept: without what is sealed. */
export function keptBody(sent: JsonObject, headers: Sealed['headers']): string {
  const { id: _, meta, channel, ...rest } = sent
  const { versionId: __, lastUpdated: ___, ...keptMeta } = isJsonObject(meta) ? meta : {}
  const { header: ____, extension, ...keptChannel } = isJsonObject(channel) ? channel : {}
  const extensions = (Array.isArray(extension) ? extension : []).filter(
    (one) => !isJsonObject(one) || one.url !== SECRET,
  )
  return stringifyJson({
    ...rest,
    meta: keptMeta,
    channel: {
      ...keptChannel,
      ...(extensions.length > 0 ? { extension: extensions } : {}),
      ...(headers.length > 0 ? { header: headers.map(([name]) => `${name}: ${MASKED}`) } : {}),
    },
  })
}

export function subscriptionResource(
  stored: Pick<
    StoredSubscription,
    'patientKey' | 'id' | 'version' | 'lastUpdated' | 'status' | 'endsAt' | 'lastError' | 'body'
  >,
  secret?: string,
): JsonObject {
  const kept = parseJson(stored.body)
  if (!isJsonObject(kept)) throw new Error('A stored subscription is no object')
  const { resourceType: _, meta, channel, error: __, ...rest } = kept
  const ofChannel = isJsonObject(channel) ? channel : {}
  const extensions = Array.isArray(ofChannel.extension) ? ofChannel.extension : []
  return {
    resourceType: 'Subscription',
    id: formatResourceId(stored),
    meta: {
      ...(isJsonObject(meta) ? meta : {}),
      versionId: String(stored.version),
      lastUpdated: new Date(stored.lastUpdated).toISOString(),
    },
    ...rest,
    status: stored.status,
    end: new Date(stored.endsAt).toISOString(),
    ...(stored.lastError === '' ? {} : { error: stored.lastError }),
    channel: {
      ...ofChannel,
      ...(secret === undefined ? {} : { extension: [...extensions, { url: SECRET, valueString: secret }] }),
    },
  }
}

export function subscriptionAnswer(
  status: number,
  stored: Parameters<typeof subscriptionResource>[0],
  secret?: string,
): Answer {
  return {
    status,
    body: stringifyJson(subscriptionResource(stored, secret)),
    etag: `W/"${stored.version}"`,
    lastModified: stored.lastUpdated,
    ...(status === 201 ? { location: `Subscription/${formatResourceId(stored)}` } : {}),
    ...(secret === undefined ? {} : { headers: { 'Cache-Control': 'no-store' } }),
  }
}
