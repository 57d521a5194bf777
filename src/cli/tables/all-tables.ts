/** The tables of all commands, in the order in which the help tells them. */
import type { CommandTable } from '../command-table.ts'
import { auditPurgeTable, auditVerifyTable } from './audit.ts'
import { completionTable } from './completion.ts'
import { demoTable } from './demo.ts'
import { doctorTable } from './doctor.ts'
import { explainTable } from './explain.ts'
import { habilitationImportTable } from './habilitation.ts'
import { migrateTable } from './migrate.ts'
import { pushTable } from './push.ts'
import { seedTable } from './seed.ts'
import { tokenTable } from './token.ts'
import { indicatorsRebuildTable, keyRotateTable, noticesTable, purgeTable, reindexTable } from './upkeep.ts'

const all = [
  demoTable,
  tokenTable,
  explainTable,
  pushTable,
  seedTable,
  completionTable,
  doctorTable,
  migrateTable,
  auditVerifyTable,
  auditPurgeTable,
  habilitationImportTable,
  indicatorsRebuildTable,
  keyRotateTable,
  noticesTable,
  purgeTable,
  reindexTable,
] as const satisfies readonly CommandTable[]

export type CommandName = (typeof all)[number]['name']
export const commandTables: readonly (CommandTable & { readonly name: CommandName })[] = all
