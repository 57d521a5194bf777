/** One connection that many ask at once, opened when first needed and again after it broke. */
import pg from 'pg'
import { endWhenSilent } from './end-when-silent.ts'

export class SharedConnection {
  readonly #config: pg.ClientConfig
  readonly #onError: (error: Error) => void
  readonly #silenceMs: number | undefined
  #opening: Promise<pg.Client> | undefined
  readonly #forget = new WeakMap<pg.Client, () => void>()
  #closed = false

  /** @param silenceMs how long it may be waited for a word of PostgreSQL; undefined: whoever uses it sees to that */
  constructor(config: pg.ClientConfig, onError: (error: Error) => void, silenceMs?: number) {
    this.#config = config
    this.#onError = onError
    this.#silenceMs = silenceMs
  }

  client(): Promise<pg.Client> {
    if (this.#closed) return Promise.reject(new Error('The database is closed'))
    if (!this.#opening) {
      const opening = this.#open(() => {
        // A broken connection tells it twice, and by the second time another may have taken its place.
        if (this.#opening === opening) this.#opening = undefined
      })
      this.#opening = opening
    }
    return this.#opening
  }

  /** It is lost, though it may not have ended yet: the next one who asks gets another. */
  giveUp(client: pg.Client): void {
    this.#forget.get(client)?.()
    client.connection.stream.destroy()
  }

  async close(): Promise<void> {
    this.#closed = true
    const opening = this.#opening
    this.#opening = undefined
    if (opening) await opening.then((client) => client.end(), this.#onError)
  }

  async #open(forget: () => void): Promise<pg.Client> {
    const client = new pg.Client(this.#config)
    client.on('error', (error) => {
      forget()
      this.#onError(error)
    })
    client.on('end', forget)
    this.#forget.set(client, forget)
    try {
      await client.connect()
      if (this.#silenceMs !== undefined) endWhenSilent(client, this.#silenceMs)
    } catch (error) {
      forget()
      // One that came as far as asking for a password is open still, and would keep the process.
      client.connection.stream.destroy()
      throw error
    }
    return client
  }
}
