/**
 * `/console/habilitation`: the habilitation matrix that the server applies now, as a table that is whole without JavaScript; the
 * browser's part filters it.
 * @see docs/policy.md H1
 */
import type { DmpEngine } from '../../interactions/dmp/dmp-engine.ts'
import { type Html, html } from '../html.ts'
import type { Page, PageContext } from '../page.ts'
import { sourceText } from '../source-words.ts'
import { tableFacts } from '../table-facts.ts'
import { filled, inLanguage } from '../words.ts'
import { filterForm } from './filter-form.ts'
import { habilitationWords } from './habilitation-words.ts'
import { matrixTable } from './matrix-table.ts'
import { type MatrixView, matrixView } from './matrix-view.ts'

type Engine = Pick<DmpEngine, 'matricesAt' | 'nextMatricesAfter' | 'terminology'>

export function habilitationPage(engine: Engine): Page {
  return {
    path: '/console/habilitation',
    title: { fr: 'Matrice d’habilitation', en: 'Habilitation matrix' },
    link: { fr: 'Habilitation', en: 'Habilitation' },
    summary: {
      fr: 'Quelle profession lit quel type de document, et sur quelle source.',
      en: 'Which profession reads which type of document, and by which source.',
    },
    browser: 'habilitation',
    version: (now) =>
      [engine.matricesAt(now).habilitation, engine.nextMatricesAfter(now).habilitation]
        .map((table) => (table ? `${table.validFrom}/${table.version}` : ''))
        .join(),
    content: (context) => content(engine, context),
  }
}

function content(engine: Engine, { language, now, root }: PageContext): Html {
  const words = inLanguage(habilitationWords, language)
  const { habilitation: matrix } = engine.matricesAt(now)
  const next = engine.nextMatricesAfter(now).habilitation
  const view = matrixView(matrix, engine.terminology.documentTypes)
  return html`<p class="lead">${words.lead}</p>
<div class="pair">
${tableFacts(matrix, next, view, language)}
${legend(words)}
</div>
${filterForm(view, language)}
<section id="one" aria-labelledby="one-title" hidden>
<h2 id="one-title"></h2>
<div id="one-list"></div>
</section>
<section id="by-profession" aria-labelledby="by-profession-title">
<h2 id="by-profession-title">${words.byProfession}</h2>
${professionTable(view, words)}
</section>
<section id="whole" aria-labelledby="whole-title">
<h2 id="whole-title">${words.matrix}</h2>
${matrixTable(view, language)}
</section>
<section aria-labelledby="excluded-title">
<h2 id="excluded-title">${words.excluded}</h2>
<ul>
${matrix.excludedTypes.map(([code, reason]) => {
  const display = engine.terminology.documentTypes.byCode(code)?.display
  return html`<li><span lang="fr">${display}</span> (<code>${code}</code>)${language === 'fr' ? ' : ' : ': '}${sourceText(reason, language)}</li>\n`
})}</ul>
</section>
<section aria-labelledby="sources-title">
<h2 id="sources-title">${words.sources}</h2>
<ol id="sources">
${view.sources.map((source) => html`<li>${sourceText(source, language)}</li>\n`)}</ol>
<p>${words.data} <a href="${root}/fhir/$habilitation"><code>GET /fhir/$habilitation</code></a></p>
</section>
`
}

type PageWords = { readonly [K in keyof typeof habilitationWords]: string }

function legend(words: PageWords): Html {
  const entry = (kind: string, mark: string, meaning: string): Html =>
    html`<li><span class="cell ${kind}">${mark}</span> ${meaning}</li>\n`
  return html`<section class="panel" aria-labelledby="legend">
<h2 id="legend">${words.legend}</h2>
<ul class="legend">
${entry('a', words.yes, words.legendYes)}${entry('d', words.no, words.legendNo)}${entry('a p', `${words.yes} ?`, words.legendYesProposed)}${entry('d p', `${words.no} ?`, words.legendNoProposed)}</ul>
<p>${words.legendElse}</p>
</section>`
}

function professionTable(view: MatrixView, words: PageWords): Html {
  return html`<div class="scroll" role="group" tabindex="0" aria-labelledby="by-profession-title">
<table class="data">
<thead><tr><th scope="col">${words.profession}</th><th scope="col">${words.code}</th><th scope="col">${words.reads}</th><th scope="col">${words.ofThem}</th><th scope="col">${words.cellsConfirmed}</th></tr></thead>
<tbody>
${view.professions.map(
  ({ code, display, allowed, allowedConfirmed, confirmed }) =>
    html`<tr><th scope="row" lang="fr"><a href="#profession=${code}">${display}</a></th><td><code>${code}</code></td><td><meter min="0" max="${view.types}" value="${allowed}" aria-hidden="true"></meter> ${filled(words.readsOf, { allowed, all: view.types })}</td><td>${allowedConfirmed}</td><td>${confirmed}</td></tr>\n`,
)}</tbody>
</table>
</div>`
}
