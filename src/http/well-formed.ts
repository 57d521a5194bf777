/** What Node lets pass as HTTP, and what must not: another server on the way may have understood it otherwise. */
import type { IncomingMessage, RequestListener } from 'node:http'
import { malformed } from './client-error.ts'

/** Neither traced nor logged, as what Node itself refuses. */
export function wellFormed(handler: RequestListener): RequestListener {
  return (request, response) => {
    const status = faultOf(request)
    if (status === undefined) return handler(request, response)
    const { head, body } = malformed
    response.writeHead(status, head)
    response.end(request.method === 'HEAD' ? undefined : body)
  }
}

function faultOf({ rawHeaders, headers }: IncomingMessage): 400 | 501 | undefined {
  // @see https://www.rfc-editor.org/rfc/rfc9112#section-3.2
  let hosts = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? ''
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++
  }
  if (hosts > 1) return 400
  // @see https://www.rfc-editor.org/rfc/rfc9112#section-6.1: what is packed on the way is not unpacked here.
  const coding = headers['transfer-encoding']
  return coding !== undefined && coding.trim().toLowerCase() !== 'chunked' ? 501 : undefined
}
