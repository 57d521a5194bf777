/** Where metrics are told to Prometheus: nowhere unless a port is named. @see docs/operations.md "Metrics" */

import type { MetricsAddress } from '../http/metrics-listener.ts'
import { ConfigError, type Environment, secretValue, whole } from './values.ts'

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost'])
const TOKEN = /^[\x21-\x7e]{16,512}$/

/** @throws ConfigError when others than this machine could read them without a secret */
export function readMetrics(environment: Environment): MetricsAddress | undefined {
  if (!environment.DMP_ADMIN_PORT) return undefined
  const port = whole(environment, 'DMP_ADMIN_PORT', 0, 0, 65_535)
  const host = environment.DMP_ADMIN_HOST || '127.0.0.1'
  const given = environment.DMP_ADMIN_TOKEN
  const token = given ? secretValue('DMP_ADMIN_TOKEN', given) : undefined
  if (token !== undefined && !TOKEN.test(token))
    throw new ConfigError('DMP_ADMIN_TOKEN is not 16 to 512 visible characters')
  if (token === undefined && !LOOPBACK.has(host))
    throw new ConfigError(`DMP_ADMIN_TOKEN is needed where DMP_ADMIN_HOST is not 127.0.0.1: it is ${host}`)
  return { host, port, token }
}
