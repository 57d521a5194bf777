/** Where notifications of subscriptions may be sent. @see docs/operations.md "Subscriptions" */

import { type AllowedHosts, allowedHosts } from '../outbound/allowed-hosts.ts'
import { ConfigError } from './values.ts'

/** @throws ConfigError that names the entry at fault */
export function readSubscriptionHosts(list: string | undefined, production: boolean): AllowedHosts {
  try {
    return allowedHosts(list ?? '', !production)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new ConfigError(
      `DMP_SUBSCRIPTION_HOSTS: ${reason}; hosts as notify.example:8443, networks as 10.20.0.0/16`,
      { cause },
    )
  }
}
