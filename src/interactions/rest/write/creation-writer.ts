/**
 * Group commit of creates without a condition: while some are on their way to the disk, those that arrive wait, and go
 * together in the next transaction. Each with its trace in the same one (rule T2); an answer waits for its own. They
 * need no transaction of their own: they look at nothing, their ids are new, none can be in another's way.
 * @see docs/decisions/0005 (why in groups) and 0008, "Single creates"
 *
 * When a group fails each of it is stored on its own, so that none pays for another. Not so when the database is not
 * able to: whether the commit took place may not be known then, and a second run could only say that it is there already.
 */
import type { Database } from '../../../storage/database.ts'
import type { IndexOf } from '../../../storage/search-index/index-entries.ts'
import { asFhirError } from '../../foreign-errors.ts'
import type { Creation, Creations } from './outcome.ts'
import { storeOutcomes } from './store-outcomes.ts'
import { untilCommitted } from './until-committed.ts'

/** Bounds how long the first of a group waits for the last, and one transaction's memory. */
const MAX_GROUP = 64
/** While PostgreSQL writes one the next is made ready. Of eight connections for transactions. */
const MAX_UNDER_WAY = 2

type Waiting = Creation & { readonly done: () => void; readonly failed: (error: unknown) => void }

export class CreationWriter implements Creations {
  readonly #db: Database
  readonly #index: IndexOf
  #waiting: Waiting[] = []
  #underWay = 0

  constructor(db: Database, index: IndexOf) {
    this.#db = db
    this.#index = index
  }

  /** Resolves when resource and trace are durable. @throws FhirError 413 for too many values, and what the database said */
  store(creation: Creation): Promise<void> {
    return new Promise((done, failed) => {
      this.#waiting.push({ ...creation, done, failed })
      if (this.#waiting.length === 1) setImmediate(() => this.#flush())
    })
  }

  #flush(): void {
    if (this.#underWay >= MAX_UNDER_WAY || this.#waiting.length === 0) return
    const group = this.#waiting.slice(0, MAX_GROUP)
    this.#waiting = this.#waiting.slice(MAX_GROUP)
    this.#underWay++
    this.#storeGroup(group).finally(() => {
      this.#underWay--
      this.#flush()
    })
    this.#flush()
  }

  async #storeGroup(group: readonly Waiting[]): Promise<void> {
    try {
      // One alone is run again as any other write is.
      await (group.length === 1 ? untilCommitted(() => this.#transaction(group)) : this.#transaction(group))
      for (const { done } of group) done()
    } catch (error) {
      if (group.length === 1 || asFhirError(error).category === 'transient') {
        for (const { failed } of group) failed(error)
      } else {
        for (const one of group) await this.#storeGroup([one])
      }
    }
  }

  #transaction(group: readonly Creation[]): Promise<void> {
    return this.#db.transaction((tx) =>
      storeOutcomes(
        { index: this.#index },
        tx,
        group.map(({ outcome }) => outcome),
        group.map(({ trace }) => trace),
      ),
    )
  }
}
