/**
 * `/console/traces`, in the sandbox alone: what a patient is told of who came into the record. The server writes the form; the
 * browser asks for `$acces` and AuditEvent as the patient, with a token of the sandbox issuer.
 * @see docs/console.md; docs/policy.md T4
 */
import { type Html, html } from '../html.ts'
import type { Page, PageContext } from '../page.ts'
import { inLanguage } from '../words.ts'
import { tracesWords } from './traces-words.ts'

export const tracesPage: Page = {
  path: '/console/traces',
  title: { fr: 'Qui a vu quoi', en: 'Who saw what' },
  link: { fr: 'Qui a vu quoi', en: 'Who saw what' },
  summary: {
    fr: 'Les traces d’un dossier inventé, telles que son patient les lit : qui est venu, quand, pour quoi faire.',
    en: 'The traces of a made-up record as its patient reads them: who came, when, and to do what.',
  },
  browser: 'traces',
  content,
}

function content({ language, href }: PageContext): Html {
  const words = inLanguage(tracesWords, language)
  return html`<p class="lead">${words.lead}</p>
<form id="who" class="panel" hidden>
<div class="fields">
<div class="field"><label for="record">${words.record}</label><select id="record" autocomplete="off"></select></div>
<div class="field"><label for="reader">${words.reader}</label><select id="reader" autocomplete="off"></select></div>
<button type="submit" class="primary">${words.show}</button>
</div>
<p class="quiet"><a href="${href('/console/try')}">${words.makeOne}</a></p>
<p id="said" role="status"></p>
</form>
<div id="shown" hidden>
<section aria-labelledby="may-heading"><h2 id="may-heading">${words.whoMay}</h2><div id="may"></div></section>
<section aria-labelledby="came-heading"><h2 id="came-heading">${words.whoCame}</h2><div id="came"></div></section>
<section aria-labelledby="days-heading"><h2 id="days-heading">${words.byDay}</h2><div id="chart"></div></section>
<section aria-labelledby="list-heading">
<div class="row head"><h2 id="list-heading">${words.list}</h2><button type="button" id="csv">${words.csv}</button></div>
<form id="filters" class="fields" role="search" aria-label="${words.filters}">
<div class="field"><label for="person">${words.person}</label><select id="person" autocomplete="off"></select></div>
<div class="field"><label for="mode">${words.mode}</label><select id="mode" autocomplete="off"><option value="">${words.all}</option><option value="normal">${words.normal}</option><option value="bris_de_glace">${words.bris_de_glace}</option><option value="centre_15">${words.centre_15}</option></select></div>
<div class="field"><label for="action">${words.action}</label><select id="action" autocomplete="off"><option value="">${words.all}</option><option value="read">${words.reading}</option><option value="write">${words.writing}</option><option value="choice">${words.choosing}</option><option value="other">${words.otherAction}</option></select></div>
<label class="choice"><input type="checkbox" id="refused" autocomplete="off"> ${words.onlyRefused}</label>
<label class="choice"><input type="checkbox" id="explanations" autocomplete="off"> ${words.withExplanations}</label>
</form>
<p id="count" role="status"></p>
<div id="list"></div>
<p><button type="button" id="more" hidden>${words.older}</button></p>
</section>
</div>`
}
