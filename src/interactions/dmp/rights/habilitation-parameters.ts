/**
 * The two matrices as FHIR Parameters, for whoever wants to know who may do what: each cell with its value, whether a
 * source confirms it or it is our proposal, and which source. Cells that agree in all of that stand together; what their
 * codes mean stands once.
 * @see docs/api.md "The matrices", docs/policy.md §2 and H1
 */
import type { DocumentTypes } from '../../../dmp/codes/document-types.ts'
import {
  accessModes,
  authenticationModes,
  type FunctionalMatrix,
  functionalRights,
  matrixActors,
} from '../../../dmp/matrices/functional-matrix.ts'
import type { HabilitationMatrix } from '../../../dmp/matrices/habilitation-matrix.ts'
import type { AnswerParameter } from '../../../fhir/operation-parameters.ts'

type Dated = { readonly version: string; readonly validFrom: string; readonly source: string }

/** What of the matrix is asked for; undefined: all of it. */
export type CellFilter = { readonly profession?: string | undefined; readonly type?: string | undefined }

export function habilitationParameter(
  matrix: HabilitationMatrix,
  next: HabilitationMatrix | undefined,
  { profession, type }: CellFilter,
  documentTypes: DocumentTypes,
): AnswerParameter {
  const counts = { confirmed: 0, proposed: 0 }
  const groups = new Groups()
  for (const { code, systemOid, display } of matrix.professions) {
    if (profession !== undefined && profession !== code) continue
    for (const column of matrix.types) {
      if (type !== undefined && type !== column) continue
      const cell = matrix.cell(code, column)
      if (!cell) continue
      counts[cell.status]++
      groups.add(
        [
          { name: 'profession', value: ['Coding', { system: `urn:oid:${systemOid}`, code, display }] },
          ...judged(cell.value, cell),
        ],
        { name: 'type', value: ['Code', column] },
      )
    }
  }
  const columns = matrix.types
    .filter((column) => type === undefined || type === column)
    .map((column): AnswerParameter => {
      const { system = '', code = column, display = '' } = documentTypes.byCode(column) ?? {}
      return { name: 'typeDocument', value: ['Coding', { system, code, display }] }
    })
  const excluded = matrix.excludedTypes.map(
    ([code, reason]): AnswerParameter => ({
      name: 'exclu',
      part: [
        { name: 'type', value: ['Code', code] },
        { name: 'motif', value: ['String', reason] },
      ],
    }),
  )
  return parameterOf('habilitation', matrix, next, counts, [...columns, ...excluded, ...groups.parameters()])
}

export function functionalRightsParameter(
  matrix: FunctionalMatrix,
  next: FunctionalMatrix | undefined,
): AnswerParameter {
  const counts = { confirmed: 0, proposed: 0 }
  const groups = new Groups()
  for (const right of functionalRights) {
    for (const authentication of authenticationModes) {
      for (const mode of accessModes) {
        for (const actor of matrixActors) {
          const cell = matrix.cell(right, actor, authentication, mode)
          if (!cell) continue
          counts[cell.status]++
          groups.add(
            [
              { name: 'droit', value: ['Code', right] },
              { name: 'authentification', value: ['Code', authentication] },
              { name: 'mode', value: ['Code', mode] },
              ...judged(cell.grant, cell),
            ],
            { name: 'acteur', value: ['Code', actor] },
          )
        }
      }
    }
  }
  const names = functionalRights.map((code): AnswerParameter => {
    const { transaction = '', name = '' } = matrix.describe(code) ?? {}
    return { name: 'nom', value: ['Coding', { code, display: `${transaction} ${name}`.trim() }] }
  })
  return parameterOf('droits-fonctionnels', matrix, next, counts, [...names, ...groups.parameters()])
}

function judged(
  value: string,
  { status, source }: { readonly status: 'confirmed' | 'proposed'; readonly source: string },
): AnswerParameter[] {
  return [
    { name: 'valeur', value: ['Code', value] },
    { name: 'statut', value: ['Code', status] },
    { name: 'source', value: ['String', source] },
  ]
}

function parameterOf(
  name: string,
  { version, validFrom, source }: Dated,
  next: Dated | undefined,
  counts: { readonly confirmed: number; readonly proposed: number },
  cells: readonly AnswerParameter[],
): AnswerParameter {
  const dated = (of: Dated): AnswerParameter[] => [
    { name: 'version', value: ['String', of.version] },
    { name: 'valableDepuis', value: ['Date', of.validFrom] },
    { name: 'source', value: ['String', of.source] },
  ]
  return {
    name,
    part: [
      ...dated({ version, validFrom, source }),
      ...(next ? [{ name: 'suivante', part: dated(next) }] : []),
      { name: 'casesConfirmees', value: ['Integer', counts.confirmed] },
      { name: 'casesProposees', value: ['Integer', counts.proposed] },
      ...cells,
    ],
  }
}

/** Cells that agree in their head, in the order in which each head first came. */
class Groups {
  readonly #groups = new Map<string, AnswerParameter[]>()

  add(head: readonly AnswerParameter[], cell: AnswerParameter): void {
    const key = JSON.stringify(head)
    const group = this.#groups.get(key)
    if (group) group.push(cell)
    else this.#groups.set(key, [...head, cell])
  }

  parameters(): AnswerParameter[] {
    return [...this.#groups.values()].map((part) => ({ name: 'cases', part }))
  }
}
