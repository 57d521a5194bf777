/**
 * Reads our tables from `profiles/` and checks each against its closed JSON Schema (`profiles/schemas/`). With load.ts
 * the only place here that touches the disk.
 *
 * Checked: the form of every file, and that each system key is declared. Not checked here: that the matrices are total
 * and refer to known codes; `dmp/habilitation-matrix.ts` and `dmp/functional-matrix.ts` refuse to build otherwise.
 */
import { readdirSync, readFileSync } from 'node:fs'
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

/**
 * @param folder the path of `profiles/`
 * @throws when a file is absent, is not JSON, does not meet its schema, or names a code system it does not declare
 */
export function loadProfiles(folder: string): ProfileTables {
  const ajv = new Ajv({ allErrors: false, strict: true, strictTuples: false })
  const schema = <T>(name: string): ValidateFunction<T> =>
    ajv.compile<T>(JSON.parse(readFileSync(join(folder, 'schemas', `${name}.json`), 'utf8')))
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
    habilitation: datedTables(join(folder, 'habilitation'), schema<HabilitationTable>('habilitation')),
    functionalRights: datedTables(
      join(folder, 'functional-rights'),
      schema<FunctionalRightsTable>('functional-rights'),
    ),
  }
}

function readTable<T>(path: string, isTable: ValidateFunction<T>): T {
  const value: unknown = JSON.parse(readFileSync(path, 'utf8'))
  if (isTable(value)) return value
  const [error] = isTable.errors ?? []
  throw new Error(`${path}: ${error?.instancePath ?? ''} ${error?.message ?? 'does not meet its schema'}`)
}

/** Files are named by the day their content takes force, so that the folder's order is the order in time. */
function datedTables<T extends { readonly validFrom: string }>(
  folder: string,
  isTable: ValidateFunction<T>,
): T[] {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
  if (names.length === 0) throw new Error(`${folder}: no table`)
  return names.map((name) => {
    const table = readTable(join(folder, name), isTable)
    if (name !== `${table.validFrom}.json`)
      throw new Error(`${join(folder, name)}: validFrom is ${table.validFrom}`)
    return table
  })
}

function withDeclaredSystems<
  T extends { readonly name: string; readonly systems: Readonly<Record<string, string>> },
>(table: T, keys: (table: T) => readonly string[]): T {
  const unknown = keys(table).find((key) => !(key in table.systems))
  if (unknown !== undefined) throw new Error(`${table.name}: code system ${unknown} is not declared`)
  return table
}
