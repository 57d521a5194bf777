/** What subscriptions need of the outside, put together: hosts, secrets, sending. */
import type { Config } from '../config/config.ts'
import type { MasterKeys } from '../content/master-key.ts'
import { settledRecordKey } from '../content/record-key.ts'
import { openText, sealText } from '../content/sealed-text.ts'
import type { SubscriptionSettings } from '../interactions/dmp/subscriptions/subscription-settings.ts'
import { newSecret, signatureOf } from '../outbound/notification-secret.ts'
import { sendNotification } from '../outbound/send-notification.ts'

export function subscriptionSettings(
  { subscriptionHosts }: Pick<Config, 'subscriptionHosts'>,
  keys: MasterKeys,
): SubscriptionSettings {
  return {
    endpointFault: (endpoint) => subscriptionHosts.endpointFault(endpoint),
    newSecret,
    signatureOf,
    seal: async (transaction, patientKey, text, about) =>
      sealText(await settledRecordKey(transaction, keys, patientKey), text, about),
    open: async (transaction, patientKey, sealed, about) =>
      openText(await settledRecordKey(transaction, keys, patientKey), sealed, about),
    send: (outgoing) => sendNotification(subscriptionHosts, outgoing),
  }
}
