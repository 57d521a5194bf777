/** The dated tables: whether they can be read, which is in force, which follows, how old it is. */
import { assetPath } from '../../../asset-path.ts'
import { loadProfiles } from '../../../definitions/load-profiles.ts'
import type { ProfileTables } from '../../../definitions/profile-tables.ts'
import { buildTerminology } from '../../../dmp/codes/terminology.ts'
import { buildFunctionalMatrix } from '../../../dmp/matrices/functional-matrix.ts'
import { buildHabilitationMatrix } from '../../../dmp/matrices/habilitation-matrix.ts'
import { nextTable, tableInForce } from '../../../dmp/matrices/table-in-force.ts'
import { parisDay } from '../../../wiring/paris-day.ts'
import type { Check } from '../check.ts'
import { type Finding, fault, ok, warning } from '../finding.ts'

const DAY = 86_400_000
const OLD_DAYS = 400
const FAR_DAYS = 366

export const matrices: Check = {
  name: 'matrices',
  reliesOn: ['DMP_TABLES_DIR'],
  async look({ config, production, now }) {
    let tables: ProfileTables
    try {
      tables = loadProfiles(assetPath('profiles'), config.tablesDir)
    } catch (error) {
      return [unreadable(error)]
    }
    const { documentTypes } = buildTerminology(tables)
    const found: Finding[] = []
    for (const table of tables.habilitation) {
      try {
        buildHabilitationMatrix(table, documentTypes)
      } catch (error) {
        found.push(unreadable(error))
      }
    }
    for (const table of tables.functionalRights) buildFunctionalMatrix(table)
    return [...found, ...judgeDates(tables.habilitation, now(), production)]
  },
}

type Dated = { readonly validFrom: string; readonly version: string }

/**
 * Pure: what is in force on a day, what follows it.
 * @param production the packaged one is as old as its source: that is for operators to look at, not for who tries
 */
export function judgeDates(tables: readonly Dated[], now: number, production: boolean): Finding[] {
  const today = parisDay(now)
  const next = nextTable(tables, today)
  if (tables.every(({ validFrom }) => validFrom > today))
    return [
      fault(
        'matrix-none',
        [
          `aucune matrice d'habilitation n'est en vigueur${next ? ` avant le ${next.validFrom}` : ''} : rien n'est décidé (503)`,
          `no habilitation matrix is in force${next ? ` before ${next.validFrom}` : ''}: nothing is decided (503)`,
        ],
        [
          "vérifier l'horloge de cette machine, et les dates dans DMP_TABLES_DIR/habilitation",
          'look at the clock of this machine, and at the dates in DMP_TABLES_DIR/habilitation',
        ],
      ),
    ]
  const current = tableInForce(tables, today)
  const age = Math.floor((now - Date.parse(current.validFrom)) / DAY)
  const found: Finding[] = [
    ok(
      'matrix-in-force',
      `matrice ${current.version} en vigueur depuis le ${current.validFrom}${next ? `, puis ${next.version} le ${next.validFrom}` : ''}`,
      `matrix ${current.version} is in force since ${current.validFrom}${next ? `, then ${next.version} on ${next.validFrom}` : ''}`,
    ),
  ]
  if (production && age > OLD_DAYS && !next)
    found.push(
      warning(
        'matrix-old',
        [`la matrice en vigueur a ${age} jours`, `the matrix in force is ${age} days old`],
        [
          'voir si une nouvelle est publiée, puis `dmp habilitation import`',
          'see whether a new one is published, then `dmp habilitation import`',
        ],
      ),
    )
  const far = tables.find(({ validFrom }) => Date.parse(validFrom) - now > FAR_DAYS * DAY)
  if (far)
    found.push(
      warning(
        'matrix-far',
        [
          `la matrice ${far.version} ne prend effet que le ${far.validFrom} : une faute de frappe ?`,
          `the matrix ${far.version} takes force on ${far.validFrom} only: a slip of the pen?`,
        ],
        [
          'retirer le fichier, et importer de nouveau avec la bonne date (--from)',
          'remove the file, and import again with the right date (--from)',
        ],
      ),
    )
  return found
}

function unreadable(error: unknown): Finding {
  const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
  return fault(
    'matrix-unreadable',
    [`une table ne peut pas être lue : ${reason}`, `a table cannot be read: ${reason}`],
    [
      'remettre le fichier tel que `dmp habilitation import` l’a écrit, ou le retirer',
      'put the file back as `dmp habilitation import` wrote it, or remove it',
    ],
  )
}
