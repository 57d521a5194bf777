/** A limit, in a process of its own: Node's HTTP server and nothing else, answering always the same bytes. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serveOrders } from '../worker-process.ts'

export type BareOrder = { readonly body: string }

serveOrders<BareOrder, number>(
  ({ body }) =>
    new Promise((resolve, reject) => {
      const head = {
        'Content-Type': 'application/fhir+json; charset=utf-8',
        'Content-Length': Buffer.byteLength(body),
      }
      const server = createServer((_, response) => {
        response.writeHead(200, head)
        response.end(body)
      })
      server.keepAliveTimeout = 72_000
      server.once('error', reject)
      server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
    }),
)
