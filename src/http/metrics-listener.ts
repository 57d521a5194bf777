/**
 * Metrics on a port of their own, apart from the FHIR base: `GET /metrics`, for who runs the server. Plain HTTP, on the
 * loopback interface or with a bearer token; a proxy in front gives it TLS.
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type MetricsAddress = {
  readonly host: string
  readonly port: number
  /** Who asks must show it; undefined: nobody must. */
  readonly token: string | undefined
}

export type MetricsListener = { readonly port: number; close(): Promise<void> }

const TEXT = 'text/plain; version=0.0.4; charset=utf-8'
const TIMEOUT_MS = 10_000

/** It cannot listen there. */
class MetricsPortError extends Error {
  override readonly name = 'MetricsPortError'

  constructor(cause: Error) {
    super(`metrics: ${cause.message}: set DMP_ADMIN_PORT or DMP_ADMIN_HOST`, { cause })
  }
}

/**
 * @param read the metrics as text
 * @param onFault told when they cannot be read
 */
export async function listenForMetrics(
  { host, port, token }: MetricsAddress,
  read: () => Promise<string>,
  onFault: (error: unknown) => void,
): Promise<MetricsListener> {
  const expected = token === undefined ? undefined : digestOf(`Bearer ${token}`)
  const server = createServer((request, response) => {
    answer(request, response, expected, read).catch((error: unknown) => {
      onFault(error)
      if (!response.headersSent) say(response, 503, 'metrics cannot be read\n')
      else response.destroy()
    })
  })
  server.requestTimeout = TIMEOUT_MS
  server.headersTimeout = TIMEOUT_MS
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(new MetricsPortError(cause)))
    server.listen(port, host, () => resolve())
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function answer(
  { url, method, headers }: IncomingMessage,
  response: ServerResponse,
  expected: Buffer | undefined,
  read: () => Promise<string>,
): Promise<void> {
  if (expected && !timingSafeEqual(digestOf(headers.authorization ?? ''), expected)) {
    response.setHeader('WWW-Authenticate', 'Bearer')
    return say(response, 401, 'a bearer token is needed\n')
  }
  if (url?.split('?')[0] !== '/metrics') return say(response, 404, 'only /metrics is here\n')
  if (method !== 'GET' && method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD')
    return say(response, 405, 'only GET\n')
  }
  response.setHeader('Content-Type', TEXT)
  response.setHeader('Cache-Control', 'no-store')
  response.end(await read())
}

function say(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(text)
}

/** Of one length, whatever was sent. */
function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
