/**
 * What a server asks its PostgreSQL, read from the wire: a relay between the two that understands enough of the protocol to
 * know the text of each statement that is executed, by whatever way the server sends it.
 * @see https://www.postgresql.org/docs/18/protocol-message-formats.html (StartupMessage, Parse, Bind)
 *
 * NOT kept: what has no plan (`begin`, `commit`, settings) and connections that have not taken the server's role.
 */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { SERVER_ROLE } from '../../src/storage/schema/roles.ts'
import type { PostgresAddress } from './test-postgres.ts'

export type RelayedStatement = {
  readonly text: string
  /** One plan for all values, or one for each. */
  readonly planning: 'generic' | 'custom'
}

export type StatementRelay = AsyncDisposable & {
  readonly address: PostgresAddress
  /** What was executed since the last call, each text once. */
  readonly take: () => readonly RelayedStatement[]
}

export async function relayTo(address: PostgresAddress): Promise<StatementRelay> {
  let executed = new Map<string, RelayedStatement>()
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(
      address.host.startsWith('/')
        ? { path: join(address.host, `.s.PGSQL.${address.port}`) }
        : { host: address.host, port: address.port },
    )
    const reader = new FrontendReader((statement) => {
      executed.set(`${statement.planning} ${statement.text}`, statement)
    })
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      // The other side is told by its end; what failed, the server or the test says itself.
      socket.on('error', () => undefined)
      socket.on('close', () => sockets.delete(socket))
    }
    client.on('data', (chunk) => reader.read(chunk))
    client.pipe(upstream)
    upstream.pipe(client)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const bound = server.address()
  if (bound === null || typeof bound === 'string') throw new Error('No port')
  return {
    address: { ...address, host: '127.0.0.1', port: bound.port },
    take() {
      const taken = [...executed.values()]
      executed = new Map()
      return taken
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

const PARSE = 0x50
const BIND = 0x42

/** Of one connection. */
class FrontendReader {
  readonly #tell: (statement: RelayedStatement) => void
  #rest: Buffer = Buffer.alloc(0)
  #options: string | undefined
  readonly #texts = new Map<string, string>()

  constructor(tell: (statement: RelayedStatement) => void) {
    this.#tell = tell
  }

  read(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk])
    for (;;) {
      // The first message has no letter before its length.
      const head = this.#options === undefined ? 0 : 1
      if (this.#rest.length < head + 4) return
      const end = head + this.#rest.readInt32BE(head)
      if (this.#rest.length < end) return
      this.#message(this.#rest.subarray(0, end))
      this.#rest = this.#rest.subarray(end)
    }
  }

  #message(message: Buffer): void {
    if (this.#options === undefined) {
      this.#options = message.toString('utf8', 8)
      return
    }
    if (message[0] === PARSE) {
      const [name = '', text = ''] = textsAt(message, 5, 2)
      this.#texts.set(name, text)
    }
    if (message[0] === BIND && this.#options.includes(`role=${SERVER_ROLE}`)) {
      const text = this.#texts.get(textsAt(message, 5, 2)[1] ?? '')
      if (text === undefined) throw new Error('A statement was bound that nobody has parsed')
      if (planless.test(text)) return
      const custom = this.#options.includes('force_custom_plan')
      this.#tell({ text, planning: custom ? 'custom' : 'generic' })
    }
  }
}

const planless = /^(?:begin|commit|rollback|set local [a-z_]+ = [a-z_]+)$/

/** Texts that end with a zero, one behind the other. */
function textsAt(message: Buffer, offset: number, count: number): string[] {
  const texts: string[] = []
  for (let at = offset; texts.length < count; ) {
    const end = message.indexOf(0, at)
    texts.push(message.toString('utf8', at, end))
    at = end + 1
  }
  return texts
}
