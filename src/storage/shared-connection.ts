/** One pipelined connection, opened when first needed and again after it broke. */
import pg from 'pg'

export class SharedConnection {
  readonly #config: pg.ClientConfig
  readonly #onError: (error: Error) => void
  #opening: Promise<pg.Client> | undefined
  #closed = false

  constructor(config: pg.ClientConfig, onError: (error: Error) => void) {
    this.#config = config
    this.#onError = onError
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
    try {
      await client.connect()
    } catch (error) {
      forget()
      throw error
    }
    return client
  }
}
