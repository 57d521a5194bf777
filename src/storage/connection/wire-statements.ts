/**
 * Statements of one who has a connection to itself: those that come up in one turn of the event loop leave in one write,
 * and one Sync ends them. Once one has failed PostgreSQL passes over those behind it: they fail of the same cause.
 */
import type { PreparedStatement } from './prepared-statements.ts'
import type { WireRow } from './statement-batch.ts'
import type { Wire } from './wire.ts'

/** @param tag the first letter of what was done */
export type Done = { readonly rows: WireRow[]; readonly tag: number }
type Asked = {
  readonly statement: PreparedStatement
  readonly done: (done: Done) => void
  readonly failed: (error: unknown) => void
}

export class WireStatements {
  readonly #wire: Wire
  #waiting: Asked[] = []

  constructor(wire: Wire) {
    this.#wire = wire
  }

  run(statement: PreparedStatement): Promise<Done> {
    return new Promise((done, failed) => {
      this.#waiting.push({ statement, done, failed })
      if (this.#waiting.length === 1) setImmediate(() => this.#send())
    })
  }

  /** Behind all that was given, with a Sync of its own: it is carried out whatever has become of them. */
  runApart(statement: PreparedStatement): Promise<Done> {
    this.#send()
    return askOne(this.#wire, statement)
  }

  #send(): void {
    if (this.#waiting.length === 0) return
    const asked = this.#waiting
    this.#waiting = []
    let answered = 0
    const fail = (error: unknown): void => {
      for (const { failed } of asked.slice(answered)) failed(error)
    }
    this.#wire
      .ask(
        asked.map(({ statement }) => statement),
        (rows, tag) => asked[answered++]?.done({ rows, tag }),
      )
      .then(() => fail(new Error('PostgreSQL left statements unanswered')), fail)
  }
}

/** A single one, at once. */
export async function askOne(wire: Wire, statement: PreparedStatement): Promise<Done> {
  let done: Done = { rows: [], tag: 0 }
  await wire.ask([statement], (rows, tag) => {
    done = { rows, tag }
  })
  return done
}

const command = (text: string): PreparedStatement => ({ name: text, text, values: [] })
export const [BEGIN, COMMIT, ROLLBACK] = ['begin', 'commit', 'rollback'].map(command) as [
  PreparedStatement,
  PreparedStatement,
  PreparedStatement,
]

/** On an aborted transaction COMMIT succeeds as a ROLLBACK: the tag tells. */
export function wasCommitted({ tag }: Done): boolean {
  return tag === COMMITTED
}

const COMMITTED = 'C'.charCodeAt(0)
