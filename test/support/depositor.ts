/**
 * A process that brings one content after the other into a record, says the document of each in one line once it is
 * committed, and waits to be killed: for tests that kill it. `argv`: the order, as JSON.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { readConfig } from '../../src/config/config.ts'
import { createContents } from '../../src/content/contents.ts'
import { masterKeys } from '../../src/content/master-key.ts'
import { contentInMemory } from '../../src/content/receive-content.ts'
import type { Uuid } from '../../src/fhir/id.ts'
import type { ConnectionSettings } from '../../src/storage/connection/connection-settings.ts'
import { openDatabase } from '../../src/storage/database.ts'
import { openElsewhere } from '../../src/wiring/open-contents.ts'
import { documentWith, store } from './stored-documents.ts'

export type DepositOrder = {
  readonly connection: ConnectionSettings
  /** DMP_CONTENT_STORE and its credentials. */
  readonly environment: Readonly<Record<string, string>>
  readonly secret: string
  readonly patientKey: Uuid
  /** How long the transaction stays open once it has everything. */
  readonly heldMs: number
}

/** Unlike any other, and told by its first line. */
export function contentNamed(name: string): Buffer {
  return Buffer.from(`${name}\n`.repeat(60_000))
}

async function main(text: string): Promise<void> {
  const { connection, environment, secret, patientKey, heldMs }: DepositOrder = JSON.parse(text)
  const db = openDatabase(connection, () => undefined)
  const settings = readConfig(environment).contentStore
  const elsewhere = settings && (await openElsewhere(settings))
  const contents = createContents({ db, keys: masterKeys(secret), elsewhere })
  for (let i = 0; ; i++) {
    const content = contentInMemory(contentNamed(`${process.pid} ${i}`))
    const prepared = await contents.deposit(patientKey, [content], Date.now())
    const document = documentWith({ patientKey, sha256: content.sha256 })
    await db.transaction(async (transaction) => {
      await prepared.keep(transaction, await prepared.recordKey(transaction))
      await store(transaction, [document])
      await sleep(heldMs)
    })
    process.stdout.write(`${document.id} ${process.pid} ${i}\n`)
  }
}

const [, , order] = process.argv
if (order?.startsWith('{')) await main(order)
