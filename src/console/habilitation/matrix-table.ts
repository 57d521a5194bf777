/**
 * The matrix as one table. There are thousands of cells, so each is as short as HTML allows: its word, `a` or `d` for allow
 * or deny, `p` for proposed, and the number of its source.
 */
import { type Html, html } from '../html.ts'
import { inLanguage, type Language } from '../words.ts'
import { habilitationWords } from './habilitation-words.ts'
import type { ClassRows, MatrixView, TypeRow, ViewCell } from './matrix-view.ts'

export function matrixTable({ professions, classes }: MatrixView, language: Language): Html {
  const words = inLanguage(habilitationWords, language)
  const cells = cellWriter(words)
  return html`<div class="scroll matrix" role="group" tabindex="0" aria-labelledby="whole-title">
<table id="matrix">
<caption class="unseen">${words.matrixCaption}</caption>
<thead><tr><th scope="col" class="corner">${words.typeColumn}</th>${professions.map(
    ({ code, display }) => html`<th scope="col" data-code="${code}" lang="fr"><span>${display}</span></th>`,
  )}</tr></thead>
${classes.map((each) => classRows(each, professions.length, cells))}</table>
</div>`
}

function classRows(
  { code, display, types }: ClassRows,
  columns: number,
  cells: (row: TypeRow) => Html,
): Html {
  return html`<tbody data-class="${code}">
<tr class="class"><th scope="rowgroup" colspan="${columns + 1}" lang="fr"><span>${display}</span></th></tr>
${types.map(cells)}</tbody>
`
}

function cellWriter(words: { readonly yes: string; readonly no: string }): (row: TypeRow) => Html {
  // The kinds of cells are few: each is made once.
  const made = new Map<string, Html>()
  const written = ({ cell: { value, status }, source }: ViewCell): Html => {
    const key = `${value} ${status} ${source}`
    const known = made.get(key)
    if (known) return known
    const isProposed = status === 'proposed'
    const fresh = html`<td class="${value === 'allow' ? 'a' : 'd'}${isProposed && ' p'}" data-s="${source}">${
      value === 'allow' ? words.yes : words.no
    }${isProposed && ' ?'}`
    made.set(key, fresh)
    return fresh
  }
  return ({ code, display, cells }) =>
    html`<tr data-type="${code}"><th scope="row" lang="fr">${display} <code>${code}</code></th>${cells.map(written)}</tr>\n`
}
