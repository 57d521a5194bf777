/** The matrix as it stands in the page: what the server wrote is the data, there is no second copy of it. */
import { find } from '../frame/this-page.ts'

export type Cell = {
  readonly element: HTMLTableCellElement
  readonly profession: number
  readonly reading: 'allow' | 'deny'
  readonly status: 'confirmed' | 'proposed'
  /** Its place in the list of sources. */
  readonly source: number
}

export type TypeRow = {
  readonly element: HTMLTableRowElement
  readonly code: string
  readonly display: string
  readonly cells: readonly Cell[]
}

export type ClassRows = {
  readonly element: HTMLTableSectionElement
  readonly code: string
  readonly display: string
  readonly types: readonly TypeRow[]
}

export type Matrix = {
  readonly professions: readonly {
    readonly element: HTMLElement
    readonly code: string
    readonly display: string
  }[]
  readonly classes: readonly ClassRows[]
}

export function readMatrix(): Matrix {
  const table = find('#matrix', HTMLTableElement)
  const headers = [...table.querySelectorAll<HTMLElement>('thead th[data-code]')]
  return {
    professions: headers.map((element) => ({
      element,
      code: element.dataset.code ?? '',
      display: element.textContent,
    })),
    classes: [...table.tBodies].map((element) => ({
      element,
      code: element.dataset.class ?? '',
      display: find('.class', HTMLElement, element).textContent.trim(),
      types: [...element.rows].filter((row) => row.dataset.type !== undefined).map(typeRow),
    })),
  }
}

function typeRow(element: HTMLTableRowElement): TypeRow {
  const code = element.dataset.type ?? ''
  const cells = [...element.cells].slice(1).map(
    (cell, profession): Cell => ({
      element: cell,
      profession,
      reading: cell.classList.contains('a') ? 'allow' : 'deny',
      status: cell.classList.contains('p') ? 'proposed' : 'confirmed',
      source: Number(cell.dataset.s),
    }),
  )
  const name = find('th', HTMLElement, element).firstChild?.textContent ?? ''
  return { element, code, display: name.trim(), cells }
}
