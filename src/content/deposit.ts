/**
 * Contents on their way into a record: sent elsewhere before the transaction, if that is where they will lie, and kept by
 * it. One that the record has already is not kept twice (SHA-256 within the record).
 */
import { refusal } from '../fhir/fhir-error.ts'
import type { Uuid } from '../fhir/id.ts'
import type { Write } from '../storage/connection/run-together.ts'
import {
  contentInsertions,
  findContents,
  insertContent,
  insertContentChunk,
  type NewContent,
} from '../storage/contents/content-rows.ts'
import { insertUploadedContent, insertUploads } from '../storage/contents/content-uploads.ts'
import type { Runner } from '../storage/database.ts'
import { giveBack } from '../storage/give-back.ts'
import { atOnce } from './at-once.ts'
import { sealedLength, sealWhole } from './chunk-cipher.ts'
import type { ContentParts, Elsewhere } from './content-parts.ts'
import { packed } from './packed.ts'
import type { ReceivedContent } from './received-content.ts'
import { contentBinding, settledRecordKey } from './record-key.ts'
import { wrapKey } from './wrap-key.ts'

export type Deposit = {
  /** The key of the record; to be asked for together with the first statements of the transaction. */
  recordKey(transaction: Runner): Promise<Buffer>
  /** Writes what the record has not. @returns what is left to write, together with whatever else is */
  keep(transaction: Runner, recordKey: Buffer): Promise<readonly Write[]>
  /** The same for who writes the rows of many deposits by other means. @returns the rows that are left to write */
  keepAsRows(transaction: Runner, recordKey: Buffer): Promise<readonly NewContent[]>
}

/** Objects sent at once. */
const AT_ONCE = 4

export async function prepareDeposit(
  { db, keys, elsewhere, packs = true }: ContentParts,
  patientKey: Uuid,
  received: readonly ReceivedContent[],
  now: number,
): Promise<Deposit> {
  const contents = inOneOrder(received)
  const sent = elsewhere
    ? await send(db, elsewhere, patientKey, contents, now)
    : new Map<ReceivedContent, string>()
  const sealed = new Map<ReceivedContent, Buffer>()
  for (const content of contents)
    if (content.chunkCount === 1 && !sent.has(content)) sealed.set(content, await sealedWhole(content, packs))
  const keepAsRows: Deposit['keepAsRows'] = async (transaction, recordKey) => {
    const whole: NewContent[] = []
    for (const content of contents) {
      const { sha256, size } = content
      const wrappedKey = wrapKey(recordKey, content.key, contentBinding(patientKey, sha256))
      const row = { patientKey, sha256, size, wrappedKey }
      const location = sent.get(content)
      if (location !== undefined) {
        if (!(await insertUploadedContent(transaction, { ...row, location })))
          throw refusal('transient', 'indisponible')
        continue
      }
      const bytes = sealed.get(content)
      if (bytes) whole.push({ ...row, bytes })
      else await keepInChunks(transaction, row, content)
    }
    return whole
  }
  return {
    recordKey: (transaction) => settledRecordKey(transaction, keys, patientKey),
    keepAsRows,
    keep: async (transaction, recordKey) => contentInsertions(await keepAsRows(transaction, recordKey)),
  }
}

/** A content of one chunk, as it lies in its row: packed when that makes it smaller, which its length then tells. */
async function sealedWhole({ key, first }: ReceivedContent, packs: boolean): Promise<Buffer> {
  const smaller = packs ? await packed(first) : undefined
  return sealWhole(key, first, smaller)
}

/**
 * Each once, and in one order everywhere, those of many chunks first: two transactions with the same contents wait for each
 * other, no deadlock.
 */
function inOneOrder(received: readonly ReceivedContent[]): ReceivedContent[] {
  const bySha256 = new Map(received.map((content) => [content.sha256.toString('hex'), content]))
  return [...bySha256].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, content]) => content)
}

async function send(
  db: Runner,
  { objects, fromBytes, newLocation }: Elsewhere,
  patientKey: Uuid,
  contents: readonly ReceivedContent[],
  now: number,
): Promise<ReadonlyMap<ReceivedContent, string>> {
  const large = contents.filter(({ size }) => size >= fromBytes)
  if (large.length === 0) return new Map()
  const sha256 = large.map((content) => content.sha256)
  const known = await findContents(db, patientKey, sha256)
  const absent = large.filter((content) => !known.some((each) => each.equals(content.sha256)))
  const sent = new Map(absent.map((content) => [content, newLocation()]))
  if (absent.length > 0) await insertUploads(db, patientKey, [...sent.values()], now)
  await atOnce(AT_ONCE, sent, ([content, location]) =>
    objects.put(location, { length: sealedLength(content.size), chunks: () => content.sealed() }),
  )
  return sent
}

async function keepInChunks(
  transaction: Runner,
  row: {
    readonly patientKey: Uuid
    readonly sha256: Buffer
    readonly size: number
    readonly wrappedKey: Buffer
  },
  content: ReceivedContent,
): Promise<void> {
  const chunks = content.sealed()[Symbol.asyncIterator]()
  try {
    const first = await chunks.next()
    if (first.done) throw new Error('A content without a chunk')
    // INVARIANT: chunks follow the row that this very transaction has inserted, and no other: it has their key.
    if (!(await insertContent(transaction, { ...row, bytes: first.value }))) return
    giveBack(first.value)
    await insertChunks(transaction, row, chunks)
  } finally {
    await chunks.return?.()
  }
}

/** The next chunk is sealed while the one before is written; no more of them are in memory. */
async function insertChunks(
  transaction: Runner,
  { patientKey, sha256 }: { readonly patientKey: Uuid; readonly sha256: Buffer },
  chunks: AsyncIterator<Buffer>,
): Promise<void> {
  const insertChunk = async (position: number, bytes: Buffer): Promise<void> => {
    await insertContentChunk(transaction, patientKey, sha256, position, bytes)
    giveBack(bytes)
  }
  let written: Promise<void> = Promise.resolve()
  let position = 1
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
    await written
    written = insertChunk(position++, next.value)
    // Its failure is told by the next round; until then nobody else listens.
    written.catch(() => undefined)
  }
  await written
}
