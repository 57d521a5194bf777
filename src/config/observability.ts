/**
 * What is watched beyond metrics: slow statements, and requests on their way (OpenTelemetry). The names that begin with OTEL_
 * are those of its specification; of the others there (samplers, propagators, protocols) none is read.
 * @see https://opentelemetry.io/docs/specs/otel/protocol/exporter/, docs/operations.md "OpenTelemetry"
 */
import { ConfigError, type Environment, secretValue, whole } from './values.ts'

export type OtlpConfig = {
  /** Where spans are sent: ends in `/v1/traces`. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly serviceName: string
  /** The part of all traces that is followed, from 0 to 1. */
  readonly ratio: number
}

export type ObservabilityConfig = {
  /** Statements that take so long are told in the log; 0: none. */
  readonly slowQueryMs: number
  /** Undefined: no request is followed, and no package of OpenTelemetry loaded. */
  readonly otlp: OtlpConfig | undefined
}

export function readObservability(environment: Environment): ObservabilityConfig {
  return {
    slowQueryMs: whole(environment, 'DMP_SLOW_QUERY_MS', 1_000, 0, 600_000),
    otlp: readOtlp(environment),
  }
}

function readOtlp(environment: Environment): OtlpConfig | undefined {
  const endpoint = environment.OTEL_EXPORTER_OTLP_ENDPOINT
  if (!endpoint) return undefined
  const headers = environment.OTEL_EXPORTER_OTLP_HEADERS
  return {
    url: tracesUrl(endpoint),
    headers: headers ? readHeaders(secretValue('OTEL_EXPORTER_OTLP_HEADERS', headers)) : {},
    serviceName: environment.OTEL_SERVICE_NAME || 'dmp-fhir-server',
    ratio: readRatio(environment.OTEL_TRACES_SAMPLER_ARG),
  }
}

function tracesUrl(endpoint: string): string {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search)
    throw new ConfigError(
      'OTEL_EXPORTER_OTLP_ENDPOINT is no address as http://127.0.0.1:4318; a secret goes into OTEL_EXPORTER_OTLP_HEADERS',
    )
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}/v1/traces`
}

/** `name=value,name=value`, percent-encoded. @throws ConfigError without a word of the values, which are secrets */
function readHeaders(text: string): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const part of text.split(',')) {
    const [, name = '', value = ''] = /^\s*([A-Za-z0-9-]+)\s*=(.*)$/.exec(part) ?? []
    if (name === '' || !/^(?:%[0-9A-Fa-f]{2}|[\x20-\x24\x26-\x7e])*$/.test(value))
      throw new ConfigError('OTEL_EXPORTER_OTLP_HEADERS is not of the form name=value,name=value')
    headers[name] = decodeURIComponent(value.trim())
  }
  return headers
}

function readRatio(text: string | undefined): number {
  const ratio = text === undefined || text === '' ? 1 : Number(text)
  if (!(ratio >= 0 && ratio <= 1))
    throw new ConfigError('OTEL_TRACES_SAMPLER_ARG is not a number from 0 to 1')
  return ratio
}
