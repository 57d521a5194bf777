/**
 * The habilitation matrix, counted and grouped as people read it: document types below their classes, each cell with the number of
 * its source.
 */
import type { DocumentTypes } from '../../dmp/codes/document-types.ts'
import type { HabilitationCell, HabilitationMatrix } from '../../dmp/matrices/habilitation-matrix.ts'

export type ViewCell = { readonly cell: HabilitationCell; readonly source: number }

export type TypeRow = {
  readonly code: string
  readonly display: string
  /** One for each profession, in their order. */
  readonly cells: readonly ViewCell[]
}

export type ClassRows = {
  readonly code: string
  readonly display: string
  readonly types: readonly TypeRow[]
}

export type ProfessionCounts = {
  readonly code: string
  readonly display: string
  readonly allowed: number
  readonly allowedConfirmed: number
  readonly confirmed: number
}

export type MatrixView = {
  readonly professions: readonly ProfessionCounts[]
  readonly classes: readonly ClassRows[]
  readonly types: number
  readonly sources: readonly string[]
  readonly confirmed: number
  readonly proposed: number
}

/** @throws when a cell is missing: a matrix is built whole */
export function matrixView(matrix: HabilitationMatrix, documentTypes: DocumentTypes): MatrixView {
  const sources: string[] = []
  const numberOf = (source: string): number => {
    const known = sources.indexOf(source)
    return known >= 0 ? known : sources.push(source) - 1
  }
  const cellOf = (profession: string, type: string): HabilitationCell => {
    const cell = matrix.cell(profession, type)
    if (!cell) throw new Error(`No cell ${profession} × ${type}`)
    return cell
  }
  const columns = new Set(matrix.types)
  const classes = documentTypes.classes.concepts
    .map(
      ({ code, display }): ClassRows => ({
        code,
        display,
        types: documentTypes.all
          .filter((type) => columns.has(type.code) && type.class.code === code)
          .sort((a, b) => a.display.localeCompare(b.display, 'fr'))
          .map((type) => ({
            code: type.code,
            display: type.display,
            cells: matrix.professions.map((profession) => {
              const cell = cellOf(profession.code, type.code)
              return { cell, source: numberOf(cell.source) }
            }),
          })),
      }),
    )
    .filter(({ types }) => types.length > 0)
  const professions = matrix.professions.map(({ code, display }): ProfessionCounts => {
    const cells = matrix.types.map((type) => cellOf(code, type))
    const allowed = cells.filter(({ value }) => value === 'allow')
    return {
      code,
      display,
      allowed: allowed.length,
      allowedConfirmed: allowed.filter(isConfirmed).length,
      confirmed: cells.filter(isConfirmed).length,
    }
  })
  const confirmed = professions.reduce((sum, each) => sum + each.confirmed, 0)
  return {
    professions,
    classes,
    types: matrix.types.length,
    sources,
    confirmed,
    proposed: professions.length * matrix.types.length - confirmed,
  }
}

const isConfirmed = ({ status }: HabilitationCell): boolean => status === 'confirmed'
