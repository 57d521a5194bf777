/**
 * The seals of made-up documents, those of many records one after the other: what signing looks up stays near the processor,
 * where between other work it would be fetched anew for each.
 */
import type { DmpEngine } from '../../interactions/dmp/dmp-engine.ts'
import { type DocumentRows, documentTables } from '../../storage/bulk/copy-documents.ts'
import { type DepositStatement, statementWriter } from './statement-template.ts'

/** @param rows to which the seals are added */
export type WriteSeals = (statements: readonly DepositStatement[], rows: DocumentRows) => void

export function sealWriter({ seals: { sealer } }: DmpEngine): WriteSeals {
  const statementOf = statementWriter()
  return (statements, rows) => {
    for (const statement of statements)
      documentTables.seals.write(rows.seals, { ...statement, ...sealer.seal(statementOf(statement)) })
  }
}
