/**
 * Reads our tables from `profiles/` and checks each against its closed JSON Schema (`profiles/schemas/`). With load.ts
 * the only place here that touches the disk.
 *
 * Checked: the form of every file, and that each system key is declared. Not checked here: that the matrices are total
 * and refer to known codes; `dmp/matrices/habilitation-matrix.ts` and `dmp/matrices/functional-matrix.ts` refuse to build otherwise.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type {
  CodeSystemTable,
  ConceptMapTable,
  DocumentTypeTable,
  FunctionalRightsTable,
  HabilitationTable,
  ProfileTables,
  ValueSetTable,
} from './profile-tables.ts'
import { tableCheck } from './table-check.ts'

/** A value as what it is, or what is wrong with it thrown under this name. */
type Check<T> = (name: string, value: unknown) => T

/**
 * @param folder the path of `profiles/`, as built
 * @param added the folder in which an operator keeps imported tables (`habilitation/[day].json`)
 * @throws when a file is absent, is not JSON, does not meet its schema, or names a code system it does not declare
 */
export function loadProfiles(folder: string, added?: string): ProfileTables {
  const schema = <T>(name: string): Check<T> => tableCheck<T>(folder, name)
  const asValueSet = schema<ValueSetTable>('value-set')
  const asConceptMap = schema<ConceptMapTable>('concept-map')
  const table = <T>(name: string, check: Check<T>): T =>
    readTable(join(folder, 'terminology', `${name}.json`), check)
  const valueSet = (name: string) =>
    withDeclaredSystems(table(name, asValueSet), (t) => t.concepts.map((c) => c[0]))
  const conceptMap = (name: string) =>
    withDeclaredSystems(table(name, asConceptMap), (t) => [
      ...t.map.map((row) => row[1]),
      ...(t.fallback ? [t.fallback[0]] : []),
    ])
  return {
    documentTypes: withDeclaredSystems(
      table('document-types', schema<DocumentTypeTable>('document-types')),
      (t) => t.concepts.map((concept) => concept[0]),
    ),
    documentClasses: valueSet('document-classes'),
    confidentiality: valueSet('confidentiality'),
    visibility: valueSet('visibility'),
    facilityTypes: valueSet('facility-types'),
    practiceSettings: valueSet('practice-settings'),
    contentTypes: valueSet('content-types'),
    formats: valueSet('formats'),
    professions: valueSet('professions'),
    accessModes: valueSet('access-modes'),
    templateFormats: conceptMap('template-formats'),
    mediaTypeFormats: conceptMap('media-type-formats'),
    codeSystems: table('code-systems', schema<CodeSystemTable>('code-systems')),
    habilitation: habilitationTables(folder, added, schema('habilitation')),
    functionalRights: packaged(
      join(folder, 'functional-rights'),
      schema<FunctionalRightsTable>('functional-rights'),
    ),
  }
}

/** The habilitation matrices alone, ours and imported ones: read again while the server runs. @throws as `loadProfiles` */
export function loadHabilitation(folder: string, added?: string): HabilitationTable[] {
  return habilitationTables(folder, added, tableCheck(folder, 'habilitation'))
}

/** A table about to be written, held to the schema by which it will be read. @throws when it does not meet it */
export function checkHabilitation(folder: string, table: unknown): HabilitationTable {
  return tableCheck<HabilitationTable>(folder, 'habilitation')('the new table', table)
}

export type ImportedTables = {
  /** Days of the tables that lie there, whatever is in them. */
  readonly days: readonly string[]
  /** Differs when a file was added, replaced or removed. */
  readonly state: string
}

/** What lies in the operator's folder, without reading it. @throws when the folder itself cannot be read */
export function importedTables(added: string): ImportedTables {
  const folder = importedFolder(added)
  const names = tableNames(folder)
  const state = names.map((name) => {
    const { mtimeMs, size } = statSync(join(folder, name))
    return `${name} ${mtimeMs} ${size}`
  })
  return { days: names.map((name) => name.slice(0, -'.json'.length)), state: state.join('\n') }
}

/** Where an imported habilitation matrix is kept. */
export function importedFolder(added: string): string {
  return join(added, 'habilitation')
}

function habilitationTables(
  folder: string,
  added: string | undefined,
  check: Check<HabilitationTable>,
): HabilitationTable[] {
  const ours = packaged(join(folder, 'habilitation'), check)
  if (added === undefined) return ours
  const imported = datedTables(importedFolder(added), check)
  const twice = imported.find(({ validFrom }) => ours.some((table) => table.validFrom === validFrom))
  if (twice) throw new Error(`${importedFolder(added)}: there is a table of ${twice.validFrom} already`)
  return [...ours, ...imported].sort((a, b) => (a.validFrom < b.validFrom ? -1 : 1))
}

function packaged<T extends { readonly validFrom: string }>(folder: string, check: Check<T>): T[] {
  const tables = datedTables(folder, check)
  if (tables.length === 0) throw new Error(`${folder}: no table`)
  return tables
}

function readTable<T>(path: string, check: Check<T>): T {
  return check(path, jsonOf(path))
}

function jsonOf(path: string): unknown {
  const text = readFileSync(path, 'utf8')
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new Error(`${path}: it is not JSON`, { cause })
  }
}

/** Files are named by the day their content takes force, so that the folder's order is the order in time. */
function datedTables<T extends { readonly validFrom: string }>(folder: string, check: Check<T>): T[] {
  return tableNames(folder).map((name) => {
    const table = readTable(join(folder, name), check)
    if (name !== `${table.validFrom}.json`)
      throw new Error(`${join(folder, name)}: validFrom is ${table.validFrom}`)
    return table
  })
}

function tableNames(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json') && !name.startsWith('.'))
    .sort()
}

function withDeclaredSystems<
  T extends { readonly name: string; readonly systems: Readonly<Record<string, string>> },
>(table: T, keys: (table: T) => readonly string[]): T {
  const unknown = keys(table).find((key) => !(key in table.systems))
  if (unknown !== undefined) throw new Error(`${table.name}: code system ${unknown} is not declared`)
  return table
}
