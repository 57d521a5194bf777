/** What an import changes, in lines. */
import type { CellChange, HabilitationDifference } from '../dmp/matrices/habilitation-difference.ts'
import type { HabilitationMatrix } from '../dmp/matrices/habilitation-matrix.ts'

export function tellDifference(
  before: HabilitationMatrix,
  after: HabilitationMatrix,
  { added, changed, removed, confirmed, unchanged }: HabilitationDifference,
): string[] {
  const cells = after.professions.length * after.types.length
  return [
    `before: version ${before.version}, in force since ${before.validFrom}`,
    `after:  version ${after.version}, in force from ${after.validFrom}`,
    `${cells} cells: ${added.length} added, ${changed.length} changed, ${removed.length} removed, ` +
      `${confirmed} confirmed that were proposed, ${unchanged} unchanged`,
    ...listed('added', added),
    ...listed('changed', changed),
    ...listed('removed', removed),
  ]
}

/** @param next the day of the version that follows it @param written the file, unless nothing was written */
export function differenceAsJson(
  before: HabilitationMatrix,
  after: HabilitationMatrix,
  { added, changed, removed, confirmed, unchanged }: HabilitationDifference,
  next: string | undefined,
  written: string | undefined,
): object {
  const cells = (changes: readonly CellChange[]) =>
    changes.map(({ profession, type, before: was, after: is }) => ({
      profession,
      type,
      before: was?.value ?? null,
      after: is?.value ?? null,
    }))
  return {
    before: { version: before.version, validFrom: before.validFrom },
    after: { version: after.version, validFrom: after.validFrom },
    added: cells(added),
    changed: cells(changed),
    removed: cells(removed),
    confirmed,
    unchanged,
    next: next ?? null,
    written: written ?? null,
  }
}

function listed(title: string, changes: readonly CellChange[]): string[] {
  if (changes.length === 0) return []
  const value = (cell: CellChange['after']): string => cell?.value ?? 'none'
  return [
    `${title}:`,
    ...changes.map(
      ({ profession, type, before, after }) =>
        `  ${profession} × ${type}  ${value(before)} → ${value(after)}`,
    ),
  ]
}
