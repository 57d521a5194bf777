/**
 * `/console/rights`: the functional matrix that the server applies now: who may call which transaction, by caller, authentication
 * and access mode.
 * @see docs/policy.md §2
 */
import {
  accessModes,
  authenticationModes,
  type FunctionalMatrix,
  grants,
  matrixActors,
} from '../../dmp/matrices/functional-matrix.ts'
import type { DmpEngine } from '../../interactions/dmp/dmp-engine.ts'
import { type Html, html } from '../html.ts'
import type { Page, PageContext } from '../page.ts'
import { tableFacts } from '../table-facts.ts'
import { inLanguage, type Language, type Text } from '../words.ts'
import { countCells, waysOfComing } from './rights-view.ts'
import { authenticationWords, callerWords, grantWords, modeWords, rightsWords } from './rights-words.ts'
import { wayTable } from './way-table.ts'

type Engine = Pick<DmpEngine, 'matricesAt' | 'nextMatricesAfter'>

export function rightsPage(engine: Engine): Page {
  return {
    path: '/console/rights',
    title: { fr: 'Droits fonctionnels', en: 'Functional rights' },
    link: { fr: 'Droits', en: 'Rights' },
    summary: {
      fr: 'Quel appelant peut faire quoi, selon son authentification et le mode d’accès.',
      en: 'Which caller may do what, by authentication and access mode.',
    },
    browser: 'rights',
    version: (now) =>
      [engine.matricesAt(now).rights, engine.nextMatricesAfter(now).rights]
        .map((table) => (table ? `${table.validFrom}/${table.version}` : ''))
        .join(),
    content: (context) => content(engine, context),
  }
}

function content(engine: Engine, { language, now, href }: PageContext): Html {
  const words = inLanguage(rightsWords, language)
  const { rights: matrix } = engine.matricesAt(now)
  const next = engine.nextMatricesAfter(now).rights
  return html`<p class="lead">${words.lead}</p>
${tableFacts(matrix, next, countCells(matrix), language)}
${filterForm(language)}
${waysOfComing(matrix).map((way) => wayTable(way, matrix, language))}
<section aria-labelledby="values">
<h2 id="values">${words.values}</h2>
<p>${words.mark}. <a href="${href('/console/rules')}">${words.rules}</a></p>
${grantTable(matrix, language)}
</section>
`
}

function filterForm(language: Language): Html {
  const words = inLanguage(rightsWords, language)
  return html`<form id="filters" class="panel" role="search" aria-label="${words.filters}" hidden>
<div class="fields">
${choice('caller', words.caller, words.allCallers, matrixActors, callerWords, language)}
${choice('authentication', words.authentication, words.any, authenticationModes, authenticationWords, language)}
${choice('mode', words.mode, words.anyMode, accessModes, modeWords, language)}
<button type="reset">${words.reset}</button>
</div>
<p id="count" role="status"></p>
</form>`
}

function choice<K extends string>(
  name: string,
  label: string,
  any: string,
  values: readonly K[],
  texts: Readonly<Record<K, Text>>,
  language: Language,
): Html {
  return html`<div class="field"><label for="${name}">${label}</label><select id="${name}" name="${name}"><option value="">${any}</option>${values.map(
    (value) => html`<option value="${value}">${texts[value][language]}</option>`,
  )}</select></div>`
}

/** The values that the matrix in force uses. */
function grantTable(matrix: FunctionalMatrix, language: Language): Html {
  const words = inLanguage(rightsWords, language)
  const used = new Set(
    waysOfComing(matrix).flatMap(({ rows }) => rows.flatMap(({ cells }) => cells.map(({ grant }) => grant))),
  )
  return html`<div class="scroll" role="group" tabindex="0" aria-labelledby="values"><table class="data">
<thead><tr><th scope="col">${words.short}</th><th scope="col">${words.meaning}</th></tr></thead>
<tbody>
${grants
  .filter((grant) => used.has(grant))
  .map(
    (grant) =>
      html`<tr><th scope="row">${grantWords[grant].short[language]}</th><td>${grantWords[grant].meaning[language]}</td></tr>\n`,
  )}</tbody></table></div>`
}
