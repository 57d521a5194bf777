/** What a new habilitation matrix changes: for who imports one, before it takes force. */
import type { HabilitationCell, HabilitationMatrix } from './habilitation-matrix.ts'

export type CellChange = {
  readonly profession: string
  readonly type: string
  readonly before: HabilitationCell | undefined
  readonly after: HabilitationCell | undefined
}

export type HabilitationDifference = {
  /** Cells that the matrix before did not have; those that the new one lacks; those whose value is another. */
  readonly added: readonly CellChange[]
  readonly removed: readonly CellChange[]
  readonly changed: readonly CellChange[]
  /** Cells of the same value that were our proposal and are confirmed now. */
  readonly confirmed: number
  readonly unchanged: number
}

export function habilitationDifference(
  before: HabilitationMatrix,
  after: HabilitationMatrix,
): HabilitationDifference {
  const added: CellChange[] = []
  const removed: CellChange[] = []
  const changed: CellChange[] = []
  let confirmed = 0
  let unchanged = 0
  const professions = union(codesOf(before), codesOf(after))
  const types = union(before.types, after.types)
  for (const profession of professions) {
    for (const type of types) {
      const [was, is] = [before.cell(profession, type), after.cell(profession, type)]
      const change = { profession, type, before: was, after: is }
      if (!was && !is) continue
      if (!was) added.push(change)
      else if (!is) removed.push(change)
      else if (was.value !== is.value) changed.push(change)
      else if (was.status === 'proposed' && is.status === 'confirmed') confirmed++
      else unchanged++
    }
  }
  return { added, removed, changed, confirmed, unchanged }
}

function codesOf({ professions }: HabilitationMatrix): string[] {
  return professions.map(({ code }) => code)
}

function union(some: readonly string[], others: readonly string[]): string[] {
  return [...new Set([...some, ...others])]
}
