/** One way of coming, as a table: rights down, callers across. */
import type { FunctionalMatrix, GrantCell } from '../../dmp/matrices/functional-matrix.ts'
import { type Html, html } from '../html.ts'
import { sourceText } from '../source-words.ts'
import { filled, inLanguage, type Language } from '../words.ts'
import type { Right, WayOfComing } from './rights-view.ts'
import {
  authenticationWords,
  callerWords,
  grantWords,
  modeWords,
  rightsWords,
  rightWords,
} from './rights-words.ts'

export function wayTable(way: WayOfComing, matrix: FunctionalMatrix, language: Language): Html {
  const words = inLanguage(rightsWords, language)
  const { authentication, mode, callers, rows, without } = way
  const id = `${mode}-${authentication}`.toLowerCase()
  return html`<section class="way" data-mode="${mode}" data-authentication="${authentication}" aria-labelledby="${id}">
<h2 id="${id}">${modeWords[mode][language]}, ${authenticationWords[authentication][language]}</h2>
<div class="scroll" role="group" tabindex="0" aria-labelledby="${id}">
<table class="rights">
<thead><tr><th scope="col" class="corner">${words.right}</th>${callers.map(
    (actor) => html`<th scope="col" data-caller="${actor}">${callerWords[actor][language]}</th>`,
  )}</tr></thead>
<tbody>
${rows.map(
  ({ right, cells }) =>
    html`<tr>${rightHeader(right, matrix, language)}${cells.map((cell) => grantCell(cell, language))}</tr>\n`,
)}</tbody>
</table>
</div>
${
  without.length > 0 &&
  html`<p class="quiet without">${filled(words.without, {
    callers: without.map((actor) => callerWords[actor][language]).join(', '),
  })}</p>\n`
}${sourceList(way, language)}</section>
`
}

function rightHeader(right: Right, matrix: FunctionalMatrix, language: Language): Html {
  const { transaction = '', name = '' } = matrix.describe(right) ?? {}
  const text = language === 'fr' ? name : rightWords[right]
  return html`<th scope="row"><b>${right}</b> ${transaction !== '' && html`<code>${transaction}</code> `}${text}</th>`
}

function grantCell({ grant, status }: GrantCell, language: Language): Html {
  const kind = grant === 'yes' ? 'a' : grant === 'no' ? 'd' : 'c'
  const isProposed = status === 'proposed'
  return html`<td class="${kind}${isProposed && ' p'}">${grantWords[grant].short[language]}${isProposed && ' ?'}</td>`
}

function sourceList({ sources, rows }: WayOfComing, language: Language): Html {
  const words = inLanguage(rightsWords, language)
  return html`<details><summary>${words.sources}</summary>
<ul>
${[...sources].map(
  ([source, callers]) =>
    html`<li>${sourceText(source, language)}${language === 'fr' ? ' : ' : ': '}${[...callers]
      .map(([actor, rights]) => {
        const all = rights.length === rows.length
        return `${callerWords[actor][language]}${all ? '' : ` (${rights.join(', ')})`}`
      })
      .join(', ')}</li>\n`,
)}</ul></details>
`
}
