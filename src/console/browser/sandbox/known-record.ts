/**
 * The made-up records that this tab knows: kept in its session storage, so that the page of traces finds the record that was
 * just tried, and gone with the tab. Nothing here outlives it, and no matricule stands in an address.
 */
import type { Ins } from './persona.ts'
import { isFields, textAt } from './read-json.ts'

export type KnownRecord = {
  /** Logical id of the Patient. */
  readonly id: string
  readonly ins: Ins
  /** As the page calls it: of an invented person. */
  readonly name: string
}

const KEY = 'dmp-console-records'
const MAX = 20

export function rememberedRecords(storage: Storage): readonly KnownRecord[] {
  const text = storage.getItem(KEY)
  if (text === null) return []
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? value.flatMap(readRecord).slice(0, MAX) : []
  } catch (cause) {
    if (cause instanceof SyntaxError) return []
    throw cause
  }
}

/** The one that was used last comes first. */
export function rememberRecord(storage: Storage, record: KnownRecord): void {
  const others = rememberedRecords(storage).filter(({ id }) => id !== record.id)
  storage.setItem(KEY, JSON.stringify([record, ...others].slice(0, MAX)))
}

function readRecord(value: unknown): KnownRecord[] {
  if (!isFields(value)) return []
  const record = {
    id: textAt(value, 'id'),
    ins: { system: textAt(value, 'ins', 'system'), value: textAt(value, 'ins', 'value') },
    name: textAt(value, 'name'),
  }
  return record.id !== '' && record.ins.value !== '' ? [record] : []
}
