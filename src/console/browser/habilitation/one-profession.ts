/** What one profession reads, as a list: each type with its class, verdict, status and source. */
import type { habilitationWords } from '../../habilitation/habilitation-words.ts'
import { filled } from '../../words.ts'
import { element, replaceContent } from '../frame/element.ts'
import { find } from '../frame/this-page.ts'
import type { Cell, ClassRows, Matrix, TypeRow } from './matrix-cells.ts'

type PageWords = { readonly [K in keyof typeof habilitationWords]: string }

/** The rows that the filters left in the matrix. */
export function showProfession(matrix: Matrix, name: string, column: number, words: PageWords): void {
  find('#one-title', HTMLElement).textContent = filled(words.one, { profession: name })
  const sources = [...find('#sources', HTMLElement).children].map((item) => item.textContent)
  const groups = matrix.classes.flatMap((group) => {
    const rows = group.types.flatMap((type) => {
      const cell = type.cells[column]
      return cell && !type.element.hidden ? [listRow(type, cell, sources, words)] : []
    })
    return rows.length === 0 ? [] : [element('tbody', {}, classRow(group), rows)]
  })
  const headings = [words.typeColumn, words.reading, words.status, words.sourceColumn]
  replaceContent(
    find('#one-list', HTMLElement),
    groups.length > 0 &&
      element(
        'div',
        { class: 'scroll', role: 'group', tabindex: '0', 'aria-labelledby': 'one-title' },
        element(
          'table',
          { class: 'data list' },
          element(
            'thead',
            {},
            element(
              'tr',
              {},
              headings.map((text) => element('th', { scope: 'col' }, text)),
            ),
          ),
          groups,
        ),
      ),
  )
}

function classRow({ display }: ClassRows): HTMLTableRowElement {
  return element(
    'tr',
    { class: 'class' },
    element('th', { scope: 'rowgroup', colspan: '4', lang: 'fr' }, display),
  )
}

function listRow(
  type: TypeRow,
  cell: Cell,
  sources: readonly string[],
  words: PageWords,
): HTMLTableRowElement {
  const isAllowed = cell.reading === 'allow'
  const isProposed = cell.status === 'proposed'
  const kind = `cell ${isAllowed ? 'a' : 'd'}${isProposed ? ' p' : ''}`
  return element(
    'tr',
    {},
    element('th', { scope: 'row', lang: 'fr' }, `${type.display} `, element('code', {}, type.code)),
    element('td', {}, element('span', { class: kind }, isAllowed ? words.yes : words.no, isProposed && ' ?')),
    element('td', {}, isProposed ? words.proposed : words.confirmed),
    element('td', { class: 'quiet' }, sources[cell.source] ?? ''),
  )
}
