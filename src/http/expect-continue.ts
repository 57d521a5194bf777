/**
 * `Expect: 100-continue`: the client waits to be told before it sends its body. It is told once its request has been admitted, so
 * that what is refused for its token, its rate, its length or for load is refused without its body.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-10.1.1
 */
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'

const goOn = Symbol('tells the client to send its body')
type Waiting = ServerResponse & { [goOn]?: (() => void) | undefined }

/** @param admits whether `letBodyCome` is called for the request; others are told at once */
export function onExpectation(
  server: Server,
  listener: RequestListener,
  admits: (request: IncomingMessage) => boolean,
): void {
  server.on('checkContinue', (request: IncomingMessage, response: Waiting & { req: IncomingMessage }) => {
    const { shouldKeepAlive } = response
    // Refused before: what follows on the connection may be the body, or the next request.
    response.shouldKeepAlive = false
    response[goOn] = () => {
      response.shouldKeepAlive = shouldKeepAlive
      response.writeContinue()
    }
    if (!admits(request)) letBodyCome(response)
    listener(request, response)
  })
}

/** Of who waits for it; others send their bodies anyway. */
export function letBodyCome(response: Waiting): void {
  const tell = response[goOn]
  response[goOn] = undefined
  tell?.()
}
