/**
 * Reads our tables from `profiles/` and checks each against its closed JSON Schema (`profiles/schemas/`). With load.ts
 * the only place here that touches the disk.
 *
 * Checked: the form of every file, and that each system key is declared. Not checked here: that the matrices are total
 * and refer to known codes; `dmp/habilitation-matrix.ts` and `dmp/functional-matrix.ts` refuse to build otherwise.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv, type ValidateFunction } from 'ajv'
import type {
  CodeSystemTable,
  ConceptMapTable,
  DocumentTypeTable,
  FunctionalRightsTable,
  HabilitationTable,
  ProfileTables,
  ValueSetTable,
} from './profile-tables.ts'

type Schema = <T>(name: string) => ValidateFunction<T>

/**
 * @param folder the path of `profiles/`
 * @param added the folder in which an operator keeps imported tables (`habilitation/[day].json`)
 * @throws when a file is absent, is not JSON, does not meet its schema, or names a code system it does not declare
 */
export function loadProfiles(folder: string, added?: string): ProfileTables {
  const schema = schemasOf(folder)
  const isValueSet = schema<ValueSetTable>('value-set')
  const isConceptMap = schema<ConceptMapTable>('concept-map')
  const table = <T>(name: string, isTable: ValidateFunction<T>): T =>
    readTable(join(folder, 'terminology', `${name}.json`), isTable)
  const valueSet = (name: string) =>
    withDeclaredSystems(table(name, isValueSet), (t) => t.concepts.map((c) => c[0]))
  const conceptMap = (name: string) =>
    withDeclaredSystems(table(name, isConceptMap), (t) => [
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
  return habilitationTables(folder, added, schemasOf(folder)('habilitation'))
}

/** A table about to be written, held to the schema by which it will be read. @throws when it does not meet it */
export function checkHabilitation(folder: string, table: unknown): HabilitationTable {
  return checked('the new table', table, schemasOf(folder)('habilitation'))
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

function schemasOf(folder: string): Schema {
  // Each schema is used for a few files: making its code smaller takes longer than running it.
  const ajv = new Ajv({ allErrors: false, strict: true, strictTuples: false, code: { optimize: false } })
  return <T>(name: string) =>
    ajv.compile<T>(JSON.parse(readFileSync(join(folder, 'schemas', `${name}.json`), 'utf8')))
}

function habilitationTables(
  folder: string,
  added: string | undefined,
  isTable: ValidateFunction<HabilitationTable>,
): HabilitationTable[] {
  const ours = packaged(join(folder, 'habilitation'), isTable)
  if (added === undefined) return ours
  const imported = datedTables(importedFolder(added), isTable)
  const twice = imported.find(({ validFrom }) => ours.some((table) => table.validFrom === validFrom))
  if (twice) throw new Error(`${importedFolder(added)}: there is a table of ${twice.validFrom} already`)
  return [...ours, ...imported].sort((a, b) => (a.validFrom < b.validFrom ? -1 : 1))
}

function packaged<T extends { readonly validFrom: string }>(
  folder: string,
  isTable: ValidateFunction<T>,
): T[] {
  const tables = datedTables(folder, isTable)
  if (tables.length === 0) throw new Error(`${folder}: no table`)
  return tables
}

function readTable<T>(path: string, isTable: ValidateFunction<T>): T {
  return checked(path, JSON.parse(readFileSync(path, 'utf8')), isTable)
}

function checked<T>(name: string, value: unknown, isTable: ValidateFunction<T>): T {
  if (isTable(value)) return value
  const [error] = isTable.errors ?? []
  throw new Error(`${name}: ${error?.instancePath ?? ''} ${error?.message ?? 'does not meet its schema'}`)
}

/** Files are named by the day their content takes force, so that the folder's order is the order in time. */
function datedTables<T extends { readonly validFrom: string }>(
  folder: string,
  isTable: ValidateFunction<T>,
): T[] {
  return tableNames(folder).map((name) => {
    const table = readTable(join(folder, name), isTable)
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
