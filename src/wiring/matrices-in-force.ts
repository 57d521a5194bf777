/**
 * The two matrices by the clock: a newer version takes effect on its date, without a restart. Habilitation matrices that
 * an operator imports lie in a folder (DMP_TABLES_DIR), which is looked at again each hour: an import is known within
 * the hour, and its date is a later day.
 *
 * A folder that cannot be read, or a table with a fault in it, is logged and looked at again each minute or hour, and what was read before stays in
 * force until the first day on which an unread table may have begun. From then on nothing is decided (503): what the
 * older matrix allows, the newer one may deny (decision 0001).
 */
import type { FunctionalMatrix } from '../dmp/matrices/functional-matrix.ts'
import type { HabilitationMatrix } from '../dmp/matrices/habilitation-matrix.ts'
import { nextTable, tableInForce } from '../dmp/matrices/table-in-force.ts'
import { refusal } from '../fhir/fhir-error.ts'
import type { Matrices } from '../policy/question.ts'
import { parisDay } from './paris-day.ts'

export type MatrixSource = {
  readonly rights: readonly FunctionalMatrix[]
  /** Reads and builds every habilitation matrix there is. @throws on any fault */
  readonly read: () => readonly HabilitationMatrix[]
  /** What lies in the operator's folder; undefined when there is none. @throws when it cannot be looked at */
  readonly look?: () => { readonly days: readonly string[]; readonly state: string }
  readonly onFault: (error: unknown) => void
}

export type NextMatrices = {
  readonly rights: FunctionalMatrix | undefined
  readonly habilitation: HabilitationMatrix | undefined
}

type Chosen = { readonly day: string; readonly inForce: Matrices; readonly next: NextMatrices }

const MINUTE = 60_000
const HOUR = 60 * MINUTE

export class MatricesInForce {
  readonly #source: MatrixSource
  #habilitations: readonly HabilitationMatrix[]
  #state: string
  /** The first day of a table that could not be read. */
  #unreadFrom: string | undefined
  #chosen: Chosen
  #until: number

  /** @throws when a table has a fault, or none is in force: without a matrix the server decides nothing */
  constructor(source: MatrixSource, now: number) {
    this.#source = source
    this.#state = source.look?.().state ?? ''
    this.#habilitations = source.read()
    this.#chosen = this.#choose(parisDay(now))
    this.#until = nextHour(now)
  }

  /** @throws FhirError 503 when a table that may be in force could not be read */
  at(now: number): Matrices {
    this.#turn(now)
    return this.#chosen.inForce
  }

  /** The versions that are known and have not begun. */
  after(now: number): NextMatrices {
    this.#turn(now)
    return this.#chosen.next
  }

  #turn(now: number): void {
    // A day begins on a full hour everywhere: within one the day cannot change.
    if (now >= this.#until || now < this.#until - HOUR) {
      this.#readAgain()
      const day = parisDay(now)
      this.#chosen = this.#choose(day)
      this.#until = this.#unreadFrom === undefined ? nextHour(now) : Math.min(nextHour(now), now + MINUTE)
    }
    if (this.#unreadFrom !== undefined && this.#chosen.day >= this.#unreadFrom) {
      throw refusal('transient', 'indisponible')
    }
  }

  #readAgain(): void {
    const { look, read, onFault } = this.#source
    if (!look) return
    let days: readonly string[] = []
    try {
      const { days: lying, state } = look()
      days = lying
      if (state === this.#state && this.#unreadFrom === undefined) return
      this.#habilitations = read()
      this.#state = state
      this.#unreadFrom = undefined
    } catch (error) {
      const known = new Set(this.#habilitations.map(({ validFrom }) => validFrom))
      this.#unreadFrom = days.find((day) => !known.has(day)) ?? this.#unreadFrom
      onFault(error)
    }
  }

  #choose(day: string): Chosen {
    const { rights } = this.#source
    return {
      day,
      inForce: {
        rights: tableInForce(rights, day),
        habilitation: tableInForce(this.#habilitations, day),
      },
      next: { rights: nextTable(rights, day), habilitation: nextTable(this.#habilitations, day) },
    }
  }
}

function nextHour(now: number): number {
  return (Math.floor(now / HOUR) + 1) * HOUR
}
