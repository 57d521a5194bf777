/**
 * The form of our data files in `profiles/`, as the JSON Schemas of `profiles/schemas/` check it at load.
 * Facts and their sources are in the files; what is built from them is in `dmp/`.
 */

export type TableStatus = 'confirmed' | 'derived' | 'stand-in' | 'proposed'

/** A code table: rows of [key of the code system, code, display]. */
export type ValueSetTable = {
  readonly name: string
  readonly url: string
  readonly oid?: string
  readonly version: string
  readonly status: TableStatus
  readonly source: string
  readonly note?: string
  /** Key, as `A05` or `L` → URL of the code system. */
  readonly systems: Readonly<Record<string, string>>
  readonly concepts: readonly (readonly [system: string, code: string, display: string])[]
}

/** JDV_J66 with the class that ASS_X16 gives each type, and who may deposit the types that are not for all (D7). */
export type DocumentTypeTable = Omit<ValueSetTable, 'concepts'> & {
  readonly classMap: {
    readonly name: string
    readonly url: string
    readonly oid: string
    readonly version: string
    readonly source: string
  }
  readonly depositors: {
    readonly PATIENT: readonly string[]
    readonly ASSURANCE_MALADIE: readonly string[]
    readonly MEDECIN_OF_THE_CARE_TEAM: readonly string[]
  }
  readonly concepts: readonly (readonly [system: string, code: string, display: string, classCode: string])[]
}

/** Source text → [key of the target system, target code]; the fallback is for sources that are not in the map. */
export type ConceptMapTable = Omit<ValueSetTable, 'concepts'> & {
  readonly fallback?: readonly [system: string, code: string]
  readonly fallbackSource?: string
  readonly map: readonly (readonly [source: string, system: string, code: string])[]
}

/** [key, URL, OID]. Of two URLs with one OID the first is the one we write. */
export type CodeSystemTable = {
  readonly name: string
  readonly version: string
  readonly status: TableStatus
  readonly source: string
  readonly note: string
  readonly systems: readonly (readonly [key: string, url: string, oid: string | null])[]
}

/** Which profession may READ which document type. Total over professions × types, and no cell twice. */
export type HabilitationTable = {
  readonly name: string
  readonly right: 'READ'
  readonly validFrom: string
  readonly version: string
  readonly status: TableStatus
  readonly source: string
  readonly note?: string
  /** Types of JDV_J66 that the matrix leaves out on purpose, with the reason: read by no profession. */
  readonly excludedTypes: readonly (readonly [code: string, reason: string])[]
  readonly sources: readonly { readonly id: string; readonly text: string }[]
  readonly professions: readonly (readonly [code: string, systemOid: string, display: string])[]
  readonly types: readonly string[]
  readonly cells: readonly {
    readonly professions: readonly string[]
    readonly types: '*' | readonly string[]
    readonly value: 'allow' | 'deny'
    readonly status: 'confirmed' | 'proposed'
    readonly source: string
  }[]
}

/** F0 to F17 by actor × authentication mode × access mode: each combination stands in exactly one column. */
export type FunctionalRightsTable = {
  readonly name: string
  readonly validFrom: string
  readonly version: string
  readonly status: TableStatus
  readonly source: string
  readonly note?: string
  readonly rights: readonly (readonly [right: string, transaction: string, name: string])[]
  readonly values: readonly (readonly [value: string, meaning: string])[]
  readonly columns: readonly {
    readonly actors: readonly string[]
    readonly authentication: readonly string[]
    readonly modes: readonly string[]
    readonly status: 'confirmed' | 'proposed'
    readonly source: string
    /** Rights of this column whose value is ours although the column is confirmed. */
    readonly proposed?: readonly string[]
    /** Rights of this column whose value has another source than the column. */
    readonly sources?: Readonly<Record<string, string>>
    readonly values: 'none' | Readonly<Record<string, string>>
  }[]
}

export type ProfileTables = {
  readonly documentTypes: DocumentTypeTable
  readonly documentClasses: ValueSetTable
  readonly confidentiality: ValueSetTable
  readonly visibility: ValueSetTable
  readonly facilityTypes: ValueSetTable
  readonly practiceSettings: ValueSetTable
  readonly contentTypes: ValueSetTable
  readonly formats: ValueSetTable
  readonly professions: ValueSetTable
  readonly accessModes: ValueSetTable
  readonly templateFormats: ConceptMapTable
  readonly mediaTypeFormats: ConceptMapTable
  readonly codeSystems: CodeSystemTable
  /** Every dated version, oldest first. */
  readonly habilitation: readonly HabilitationTable[]
  readonly functionalRights: readonly FunctionalRightsTable[]
}
