/**
 * The functional matrix: F0 to F17 by actor × authentication mode × access mode. Total: every combination has a value,
 * and none has two.
 * @see docs/policy.md §2; profiles/functional-rights/
 */
export const functionalRights = [
  'F0',
  'F1',
  'F2',
  'F3',
  'F4',
  'F5',
  'F6',
  'F7',
  'F8',
  'F9',
  'F10',
  'F11',
  'F12',
  'F13',
  'F14',
  'F15',
  'F16',
  'F17',
] as const
export const matrixActors = [
  'PS_NON_MEDECIN',
  'MEDECIN',
  'MEDECIN_TRAITANT',
  'MEDECIN_DU_TRAVAIL',
  'NON_PS',
  'STRUCTURE',
  'PATIENT',
  'REPRESENTANT_LEGAL',
  'AIDANT',
  'ASSURANCE_MALADIE',
  'AUDITEUR',
  'ADMINISTRATION',
] as const
export const authenticationModes = ['DIRECTE', 'INDIRECTE', 'INDIRECTE_RENFORCEE'] as const
/** Codes of JDV_J38. */
export const accessModes = ['normal', 'bris_de_glace', 'centre_15'] as const

/** What a right may be worth. Only `yes` is without condition: whoever reads another value must honour it or deny. */
export const grants = [
  'yes',
  'no',
  /** Only on documents the caller wrote. */
  'own',
  /** Only on what belongs to the caller's structure. */
  'own-structure',
  /** The effect is in the name of the structure. */
  'for-structure',
  /** The deposit is imputed to the structure. */
  'imputed-to-structure',
  /** Only when the patient lets masked documents be read in an emergency (A7). */
  'if-masked-allowed',
  'all-but-patient-authored',
  'own-or-patient-authored',
  /** Only types whose depositor is PATIENT (D7). */
  'patient-types',
  /** Only types whose depositor is ASSURANCE_MALADIE (D7). */
  'reimbursement-only',
  /** Not on documents whose label hides them from this caller (V4, V5). */
  'except-hidden-from-caller',
] as const
export type Grant = (typeof grants)[number]

export type GrantCell = {
  readonly grant: Grant
  readonly status: 'confirmed' | 'proposed'
  readonly source: string
}

export type FunctionalRightsSource = {
  readonly validFrom: string
  readonly version: string
  readonly source: string
  readonly rights: readonly (readonly [right: string, transaction: string, name: string])[]
  readonly columns: readonly {
    readonly actors: readonly string[]
    readonly authentication: readonly string[]
    readonly modes: readonly string[]
    readonly status: 'confirmed' | 'proposed'
    readonly source: string
    readonly proposed?: readonly string[]
    readonly sources?: Readonly<Record<string, string>>
    readonly values: 'none' | Readonly<Record<string, string>>
  }[]
}

export type FunctionalMatrix = {
  readonly validFrom: string
  readonly version: string
  readonly source: string
  /** `no` for anything that is not in the matrix. */
  grant(right: string, actor: string, authentication: string, mode: string): Grant
  cell(right: string, actor: string, authentication: string, mode: string): GrantCell | undefined
  /** Transaction and French name of a right: `TD2.1`, `alimenter : déposer, remplacer`. */
  describe(right: string): { readonly transaction: string; readonly name: string } | undefined
}

/** @throws on a combination that no column covers, or two do, and on a value or right that is not known */
export function buildFunctionalMatrix(source: FunctionalRightsSource): FunctionalMatrix {
  const cells = new Map<string, GrantCell>()
  const rows = new Map<string, Map<string, Map<string, Map<string, GrantCell>>>>()
  for (const column of source.columns) {
    for (const actor of column.actors) {
      for (const authentication of column.authentication) {
        for (const mode of column.modes) {
          for (const right of functionalRights) {
            const key = `${right} ${actor} ${authentication} ${mode}`
            if (cells.has(key)) throw new Error(`functional rights ${source.validFrom}: ${key} stands twice`)
            const cell = cellOf(column, right)
            cells.set(key, cell)
            below(below(below(rows, actor), authentication), mode).set(right, cell)
          }
        }
      }
    }
  }
  for (const actor of matrixActors) {
    for (const authentication of authenticationModes) {
      for (const mode of accessModes) {
        const key = `${functionalRights[0]} ${actor} ${authentication} ${mode}`
        if (!cells.has(key)) throw new Error(`functional rights ${source.validFrom}: ${key} is missing`)
      }
    }
  }
  const combinations =
    functionalRights.length * matrixActors.length * authenticationModes.length * accessModes.length
  if (cells.size !== combinations)
    throw new Error(`functional rights ${source.validFrom}: an unknown combination`)
  const described = new Map(source.rights.map(([right, transaction, name]) => [right, { transaction, name }]))
  const undescribed = functionalRights.find((right) => !described.has(right))
  if (undescribed) throw new Error(`functional rights ${source.validFrom}: ${undescribed} has no name`)
  const cell: FunctionalMatrix['cell'] = (right, actor, authentication, mode) =>
    // Asked several times in each decision: four short names are found faster than one long one is made.
    rows.get(actor)?.get(authentication)?.get(mode)?.get(right)
  return {
    validFrom: source.validFrom,
    version: source.version,
    source: source.source,
    cell,
    grant: (right, actor, authentication, mode) => cell(right, actor, authentication, mode)?.grant ?? 'no',
    describe: (right) => described.get(right),
  }
}

function below<K, L, V>(maps: Map<K, Map<L, V>>, key: K): Map<L, V> {
  const known = maps.get(key)
  if (known) return known
  const fresh = new Map<L, V>()
  maps.set(key, fresh)
  return fresh
}

function cellOf(column: FunctionalRightsSource['columns'][number], right: string): GrantCell {
  const written = column.values === 'none' ? 'no' : column.values[right]
  const grant = grants.find((known) => known === written)
  if (!grant)
    throw new Error(`functional rights: ${right} has no value in a column of ${column.actors.join(', ')}`)
  return {
    grant,
    status: column.proposed?.includes(right) ? 'proposed' : column.status,
    source: column.sources?.[right] ?? column.source,
  }
}
