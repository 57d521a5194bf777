/**
 * `dmp habilitation import`: a published matrix becomes a dated table of ours, in the folder that servers read
 * (DMP_TABLES_DIR). What it changes is told before it takes force; nothing in force is ever changed.
 * @see docs/operations.md "The habilitation matrix", docs/policy.md H1
 */
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { basename, extname, join } from 'node:path'
import { assetPath } from '../asset-path.ts'
import {
  checkHabilitation,
  importedFolder,
  loadHabilitation,
  loadProfiles,
} from '../definitions/load-profiles.ts'
import type { HabilitationTable } from '../definitions/profile-tables.ts'
import { buildTerminology } from '../dmp/codes/terminology.ts'
import { habilitationDifference } from '../dmp/matrices/habilitation-difference.ts'
import { importHabilitation } from '../dmp/matrices/habilitation-import.ts'
import { buildHabilitationMatrix } from '../dmp/matrices/habilitation-matrix.ts'
import { readPublication } from '../dmp/matrices/habilitation-publication.ts'
import { nextTable, tableInForce } from '../dmp/matrices/table-in-force.ts'
import { parseFhirDate } from '../fhir/date.ts'
import { parisDay } from '../wiring/paris-day.ts'
import { type Command, CommandError, command, exitCodes } from './command.ts'
import { differenceAsJson, tellDifference } from './habilitation-report.ts'
import { habilitationImportTable } from './tables/habilitation.ts'

const MAX_BYTES = 20 * 1024 * 1024
const DAY = 86_400_000
const SHOWN_FAULTS = 40

export const habilitation: Command = command(
  habilitationImportTable,
  async ({ options: values, words }, io) => {
    const [file, ...rest] = words
    if (file === undefined || rest.length > 0)
      throw new CommandError(exitCodes.usage, 'say which file: one (dmp habilitation import --help)')
    const tables = values.tables ?? io.env.DMP_TABLES_DIR
    if (!tables) throw new CommandError(exitCodes.usage, 'say where tables lie: --tables or DMP_TABLES_DIR')
    const today = parisDay(Date.now())
    const from = values.from ?? parisDay(Date.now() + DAY)
    if (parseFhirDate(from)?.precision !== 'day' || from < today)
      throw new CommandError(exitCodes.usage, '--from is not a day, or is in the past: YYYY-MM-DD')

    const folder = importedFolder(tables)
    const profiles = loadProfiles(assetPath('profiles'))
    const { documentTypes } = buildTerminology(profiles)
    const known = knownTables(tables)
    if (known.some(({ validFrom }) => validFrom === from))
      throw new CommandError(exitCodes.refused, `there is a table of ${from} already`)
    const before = buildHabilitationMatrix(tableInForce(known, from), documentTypes)
    const { oid = '', concepts } = profiles.professions
    const imported = importHabilitation(publication(file), {
      before,
      documentTypes,
      professions: new Map(concepts.map(([, code, display]) => [code, { systemOid: oid, display }])),
      keep: values.keep?.split(',') ?? [],
      validFrom: from,
      version: from,
      source: values.source ?? `publication of an operator, imported from ${basename(file)} on ${today}`,
    })
    if ('faults' in imported) throw refused(imported.faults)

    const table = checkHabilitation(assetPath('profiles'), imported.table)
    const after = buildHabilitationMatrix(table, documentTypes)
    const difference = habilitationDifference(before, after)
    const next = nextTable(known, from)
    const written = values['dry-run'] ? undefined : write(folder, table)
    if (values.json)
      io.out(JSON.stringify(differenceAsJson(before, after, difference, next?.validFrom, written)))
    else {
      for (const line of tellDifference(before, after, difference)) io.out(line)
      if (next) io.out(`version ${next.version} follows it on ${next.validFrom}`)
      io.out(written === undefined ? 'nothing written (--dry-run)' : `written: ${written}`)
    }
    return exitCodes.ok
  },
)

/** Ours and those imported before. A folder that is not there yet holds none: the first import makes it. */
function knownTables(tables: string): HabilitationTable[] {
  try {
    return loadHabilitation(assetPath('profiles'), existsSync(importedFolder(tables)) ? tables : undefined)
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause
    throw new CommandError(exitCodes.refused, `a table that is there already has a fault: ${cause.message}`, {
      cause,
    })
  }
}

function publication(file: string) {
  const format = extname(file).toLowerCase()
  if (format !== '.json' && format !== '.csv')
    throw new CommandError(exitCodes.usage, `${basename(file)} is neither .json nor .csv`)
  const read = readPublication(readText(file), format === '.json' ? 'json' : 'csv')
  if ('faults' in read) throw refused(read.faults)
  return read.rows
}

function readText(file: string): string {
  try {
    if (statSync(file).size > MAX_BYTES)
      throw new CommandError(exitCodes.refused, `${basename(file)} is larger than ${MAX_BYTES} bytes`)
    return readFileSync(file, 'utf8')
  } catch (cause) {
    if (cause instanceof CommandError) throw cause
    throw new CommandError(exitCodes.usage, `${basename(file)} cannot be read`, { cause })
  }
}

function refused(faults: readonly string[]): CommandError {
  const more = faults.length > SHOWN_FAULTS ? [`… and ${faults.length - SHOWN_FAULTS} more`] : []
  const lines = [...faults.slice(0, SHOWN_FAULTS), ...more].map((fault) => `  ${fault}`)
  return new CommandError(exitCodes.refused, ['refused, and nothing is written:', ...lines].join('\n'))
}

/** Whole or not at all: a server that looks into the folder meanwhile sees no half of it. */
function write(folder: string, table: HabilitationTable): string {
  const path = join(folder, `${table.validFrom}.json`)
  const unfinished = join(folder, `.${table.validFrom}.${process.pid}.tmp`)
  mkdirSync(folder, { recursive: true })
  writeFileSync(unfinished, `${JSON.stringify(table, undefined, 1)}\n`, { flush: true })
  renameSync(unfinished, path)
  return path
}
