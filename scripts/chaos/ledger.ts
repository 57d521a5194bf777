/**
 * What the clients of a chaos run were told, and so may hold the server to: documents that were acknowledged, their newest
 * version and label, and those whose end nobody was told.
 */
import { createHash } from 'node:crypto'
import type { InsIdentifier } from '../../src/policy/caller.ts'
import { freshUniqueId, provideBundle } from '../../test/support/builders.ts'
import { gp } from '../../test/support/personas.ts'
import type { PushedDocument } from '../../test/support/record.ts'
import { syntheticCda } from '../../test/support/synthetic-cda.ts'

export type Deposit = {
  readonly ins: InsIdentifier
  readonly uniqueId: string
  /** SHA-256 of the bytes, hexadecimal. */
  readonly sha256: string
  /** The request, until it is acknowledged: sent again as it is. */
  body: string
  /** Where it lies, once that was told. */
  places: PushedDocument | undefined
  /** The newest that a client has seen or was told of. */
  version: number
  masked: boolean
  /** Changes since then whose end nobody was told. */
  unanswered: number
  /** Somebody is changing it. */
  isBusy: boolean
}

export type ChaosRecord = { readonly ins: InsIdentifier; readonly deposits: Deposit[] }

/** Two pages of a letter: a document of about 20 KB. */
const TEXT = 'Patiente sortie ce jour, état général conservé, suites simples, contrôle dans un mois. '.repeat(
  180,
)

export const authorId = gp.nationalId ?? ''

export class Ledger {
  readonly records: readonly ChaosRecord[]
  /** In the order in which they were first sent. */
  readonly deposits: Deposit[] = []

  constructor(records: readonly InsIdentifier[]) {
    this.records = records.map((ins) => ({ ins, deposits: [] }))
  }

  get acknowledged(): readonly Deposit[] {
    return this.deposits.filter(({ places }) => places !== undefined)
  }

  /** One that nobody has sent yet. */
  newDeposit({ ins }: ChaosRecord): Deposit {
    const uniqueId = freshUniqueId()
    const cda = syntheticCda({ ins, uniqueId, author: authorId, text: `${uniqueId}. ${TEXT}` })
    const deposit: Deposit = {
      ins,
      uniqueId,
      sha256: createHash('sha256').update(cda).digest('hex'),
      body: JSON.stringify(provideBundle({ ins, uniqueId, cda, author: authorId })),
      places: undefined,
      version: 0,
      masked: false,
      unanswered: 0,
      isBusy: false,
    }
    this.deposits.push(deposit)
    return deposit
  }

  acknowledge({ deposits }: ChaosRecord, deposit: Deposit, places: PushedDocument): void {
    deposit.places = places
    deposit.body = ''
    deposit.version = 1
    deposits.push(deposit)
  }
}
