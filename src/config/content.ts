/**
 * Where the contents of documents are kept: in PostgreSQL, or in an S3-compatible store.
 * `s3://bucket/prefix?region=…&endpoint=https://…&from=bytes`; credentials in AWS_ACCESS_KEY_ID and its like.
 * @see docs/operations.md "Contents of documents"
 */

import type { S3Settings } from '../content/s3-object-store.ts'
import { ConfigError, type Environment, secretValue } from './values.ts'

export type ContentStoreSettings = S3Settings & {
  /** Contents of fewer bytes stay in PostgreSQL. */
  readonly fromBytes: number
}

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/
const PREFIX = /^(?:\/[A-Za-z0-9_.-]+)*\/?$/
const PARAMETERS: ReadonlySet<string> = new Set(['region', 'endpoint', 'from'])
const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', 'localhost'])

/** @throws ConfigError */
export function readContentStore(
  environment: Environment,
  production: boolean,
): ContentStoreSettings | undefined {
  const text = environment.DMP_CONTENT_STORE
  if (!text) return undefined
  const url = urlOf(text)
  const bucket = url.hostname
  if (!BUCKET.test(bucket) || !PREFIX.test(url.pathname)) throw fault('is not s3://bucket/prefix')
  for (const name of url.searchParams.keys())
    if (!PARAMETERS.has(name)) throw fault(`has an unknown parameter ${name} (${[...PARAMETERS].join(', ')})`)
  const region = url.searchParams.get('region') ?? environment.AWS_REGION ?? 'us-east-1'
  if (!/^[a-z0-9-]{2,32}$/.test(region)) throw fault('names no region')
  const given = url.searchParams.get('endpoint')
  const endpoint = endpointOf(given ?? `https://s3.${region}.amazonaws.com`)
  if (production && endpoint.protocol !== 'https:' && !LOOPBACK.has(endpoint.hostname))
    throw fault('needs an endpoint with https in production')
  const fromBytes = Number(url.searchParams.get('from') ?? 0)
  if (!Number.isInteger(fromBytes) || fromBytes < 0)
    throw fault('has a parameter from that is no number of bytes')
  const path = url.pathname.replace(/^\/|\/$/g, '')
  const sessionToken = environment.AWS_SESSION_TOKEN
  return {
    endpoint,
    bucket,
    bucketInPath: given !== null,
    prefix: path === '' ? '' : `${path}/`,
    region,
    accessKeyId: needed(environment, 'AWS_ACCESS_KEY_ID'),
    secretAccessKey: needed(environment, 'AWS_SECRET_ACCESS_KEY'),
    ...(sessionToken ? { sessionToken } : {}),
    fromBytes,
  }
}

function needed(environment: Environment, name: string): string {
  const text = environment[name]
  if (!text) throw new ConfigError(`${name} is needed with DMP_CONTENT_STORE, or file:/path`)
  return secretValue(name, text)
}

function urlOf(text: string): URL {
  const url = URL.parse(text)
  if (url?.protocol !== 's3:' || url.username !== '' || url.port !== '' || url.hash !== '')
    throw fault('is not s3://bucket/prefix?region=…&endpoint=…')
  return url
}

function endpointOf(text: string): URL {
  const url = URL.parse(text)
  if (
    !url ||
    !/^https?:$/.test(url.protocol) ||
    url.pathname !== '/' ||
    url.search !== '' ||
    url.username !== ''
  )
    throw fault('has an endpoint that is no https://host:port')
  return url
}

function fault(what: string): ConfigError {
  return new ConfigError(`DMP_CONTENT_STORE ${what}`)
}
