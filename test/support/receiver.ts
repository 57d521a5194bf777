/**
 * A receiver of notifications on a port of its own: keeps what it was sent, checks nothing, answers what it is told to.
 */
import { createServer, type IncomingHttpHeaders } from 'node:http'

export type Notification = {
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly type: string
  readonly bundle: string
  readonly numbers: readonly number[]
  readonly focuses: readonly (string | undefined)[]
  readonly eventsSinceStart: number
  readonly resources: readonly string[]
}

export type Receiver<Kept = Notification> = AsyncDisposable & {
  readonly host: string
  readonly url: string
  readonly received: Kept[]
  /** What it answers from now on; a status, or nothing at all. */
  answers: number | 'silence'
  headers: Readonly<Record<string, string>>
  /** Waits until it has been sent so many. */
  until(count: number, milliseconds?: number): Promise<readonly Kept[]>
}

type Part = { readonly name: string; readonly part?: readonly Part[] } & Readonly<Record<string, unknown>>

export function receiver(): Promise<Receiver> {
  return receiverOf(read)
}

/** @param keep what is kept of what it was sent */
export async function receiverOf<Kept>(
  keep: (headers: IncomingHttpHeaders, text: string) => Kept,
): Promise<Receiver<Kept>> {
  const received: Kept[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      received.push(keep(request.headers, Buffer.concat(chunks).toString('utf8')))
      if (self.answers !== 'silence') response.writeHead(self.answers, self.headers).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the receiver has no port')
  const host = `127.0.0.1:${address.port}`
  const self: Receiver<Kept> = {
    host,
    url: `http://${host}/notifications`,
    received,
    answers: 200,
    headers: {},
    async until(count, milliseconds = 60_000) {
      const end = Date.now() + milliseconds
      while (received.length < count) {
        if (Date.now() > end) throw new Error(`${received.length} notifications of ${count}`)
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      return received
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return self
}

function read(headers: IncomingHttpHeaders, text: string): Notification {
  const bundle = JSON.parse(text)
  const parameters: readonly Part[] = bundle.entry[0].resource.parameter
  const value = (list: readonly Part[], name: string): unknown => {
    const found = list.find((one) => one.name === name)
    return found && Object.entries(found).find(([key]) => key.startsWith('value'))?.[1]
  }
  const events = parameters.filter(({ name }) => name === 'notification-event').map(({ part = [] }) => part)
  const focusOf = (part: readonly Part[]): string | undefined => {
    const focus = value(part, 'focus')
    return typeof focus === 'object' && focus !== null && 'reference' in focus
      ? String(focus.reference).replace(/^.*\/fhir\//, '')
      : undefined
  }
  return {
    headers,
    text,
    type: String(value(parameters, 'type')),
    bundle: bundle.id,
    numbers: events.map((part) => Number(value(part, 'event-number'))),
    focuses: events.map(focusOf),
    eventsSinceStart: Number(value(parameters, 'events-since-subscription-start')),
    resources: bundle.entry
      .slice(1)
      .flatMap((entry: { readonly resource?: { readonly resourceType: string } }) =>
        entry.resource ? [entry.resource.resourceType] : [],
      ),
  }
}
