/** A collector of OpenTelemetry of a test's own: what a server sends to it over OTLP/HTTP, as JSON. */
import { once } from 'node:events'
import { createServer } from 'node:http'

export type ReceivedSpan = {
  readonly traceId: string
  readonly spanId: string
  /** Empty: none. */
  readonly parentSpanId: string
  readonly name: string
  readonly attributes: Readonly<Record<string, unknown>>
  readonly events: readonly string[]
}

export type OtlpReceiver = AsyncDisposable & {
  readonly endpoint: string
  readonly spans: readonly ReceivedSpan[]
  /** Everything that came, as it came: headers and bodies. */
  readonly raw: () => string
}

type Value = { readonly [kind: string]: unknown }
type Attribute = { readonly key: string; readonly value: Value }
type SentSpan = {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly attributes?: readonly Attribute[]
  readonly events?: readonly { readonly name: string }[]
}
type Sent = {
  readonly resourceSpans?: readonly {
    readonly scopeSpans?: readonly { readonly spans?: readonly SentSpan[] }[]
  }[]
}

export async function otlpReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = []
  const raw: string[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text
    })
    request.on('end', () => {
      raw.push(`${request.method} ${request.url}`, JSON.stringify(request.headers), body)
      if (request.method !== 'POST' || request.url !== '/v1/traces') return response.writeHead(404).end()
      spans.push(...spansOf(JSON.parse(body) as Sent))
      return response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('No port')
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    spans,
    raw: () => raw.join('\n'),
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

function spansOf({ resourceSpans = [] }: Sent): ReceivedSpan[] {
  return resourceSpans.flatMap(({ scopeSpans = [] }) =>
    scopeSpans.flatMap(({ spans = [] }) =>
      spans.map(({ traceId, spanId, parentSpanId = '', name, attributes = [], events = [] }) => ({
        traceId,
        spanId,
        parentSpanId,
        name,
        attributes: Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]])),
        events: events.map((event) => event.name),
      })),
    ),
  )
}
