/**
 * A new master key takes over: each record's key is wrapped anew, batch after batch, while servers that know both keys go on.
 * No content is touched, wherever it lies. Whatever is left undone, the next run does.
 */
import { NO_PATIENT, type Uuid } from '../fhir/id.ts'
import { mastersInUse } from '../storage/contents/content-keys.ts'
import {
  countKeysOf,
  type KeyOfRecord,
  lockKeysOf,
  replaceKeys,
} from '../storage/contents/content-rotation.ts'
import type { Runner } from '../storage/database.ts'
import { type MasterKeys, masterNamed } from './master-key.ts'
import { openRecordKey, sealRecordKey } from './record-key.ts'
import type { Transact } from './remove-left-overs.ts'

export type Rotation = {
  readonly db: Runner
  readonly transact: Transact
  readonly keys: MasterKeys
  readonly batch: number
  readonly stop: AbortSignal
  readonly tell: (done: number, of: number) => void
}

export type Rotated = {
  /** Wrapped anew by the present master key. */
  readonly wrapped: number
  /** Records whose keys do not open: they have changed, and so their contents are lost. */
  readonly damaged: readonly Uuid[]
  /** How many keys are wrapped by master keys that are not known here, by their names. */
  readonly unknown: ReadonlyMap<string, number>
  readonly stopped: boolean
}

export async function rotateRecordKeys(rotation: Rotation): Promise<Rotated> {
  const { db, transact, keys, batch, stop, tell } = rotation
  const others = (await mastersInUse(db)).filter((name) => name !== keys.current.name)
  const unknown = new Map<string, number>()
  const damaged: Uuid[] = []
  let wrapped = 0
  for (const master of others) {
    const total = await countKeysOf(db, master)
    if (!masterNamed(keys, master)) {
      unknown.set(master, total)
      continue
    }
    let after: Uuid | undefined = NO_PATIENT
    while (after !== undefined && !stop.aborted) {
      const from: Uuid = after
      const done = await transact((transaction) => rotateSome(transaction, keys, master, from, batch))
      wrapped += done.wrapped
      damaged.push(...done.damaged)
      after = done.last
      tell(wrapped, total)
    }
  }
  return { wrapped, damaged, unknown, stopped: stop.aborted }
}

async function rotateSome(
  transaction: Runner,
  keys: MasterKeys,
  master: string,
  after: Uuid,
  limit: number,
): Promise<{ readonly wrapped: number; readonly damaged: readonly Uuid[]; readonly last: Uuid | undefined }> {
  const former = await lockKeysOf(transaction, master, after, limit)
  const anew: KeyOfRecord[] = []
  const damaged: Uuid[] = []
  for (const record of former) {
    const again = wrappedAnew(keys, record)
    if (again) anew.push(again)
    else damaged.push(record.patientKey)
  }
  if (anew.length > 0) await replaceKeys(transaction, anew)
  const last = former.length < limit ? undefined : former.at(-1)?.patientKey
  return { wrapped: anew.length, damaged, last }
}

function wrappedAnew(keys: MasterKeys, record: KeyOfRecord): KeyOfRecord | undefined {
  const { patientKey } = record
  let key: Buffer
  try {
    key = openRecordKey(keys, patientKey, record)
  } catch {
    // Its master key is known: the row has changed. It is left as it is, and told of.
    return undefined
  }
  return { patientKey, ...sealRecordKey(keys, patientKey, key) }
}
