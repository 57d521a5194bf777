/**
 * `/console/try`, in the sandbox alone: be somebody, browse a made-up record, break the glass, mask, block; each step over the
 * public interface. The server writes the form; the requests are the browser's, with tokens of the sandbox issuer.
 * @see docs/console.md
 */
import { readFileSync } from 'node:fs'
import type { DmpEngine } from '../../interactions/dmp/dmp-engine.ts'
import { type Html, html } from '../html.ts'
import type { Page, PageContext } from '../page.ts'
import { inLanguage } from '../words.ts'
import { tryWords } from './try-words.ts'

type Engine = Pick<DmpEngine, 'terminology'>

/** @param letterFile the template of the demonstration's discharge letter */
export function tryPage(engine: Engine, letterFile: string): Page {
  const letter = readFileSync(letterFile, 'utf8')
  return {
    path: '/console/try',
    title: { fr: 'Essayer', en: 'Try it' },
    link: { fr: 'Essayer', en: 'Try it' },
    summary: {
      fr: 'Un dossier inventé, vu par un médecin, une infirmière, un urgentiste, le patient… : chaque requête, sa réponse et sa décision.',
      en: 'A made-up record as a doctor, a nurse, an emergency doctor, the patient see it: each request, its answer and its decision.',
    },
    browser: 'try',
    // The view of a CDA parses XML: by one policy of that name, for nothing else (browser/cda/parse-cda.ts).
    policy: { 'trusted-types': 'cda' },
    content: (context) => content(engine, letter, context),
  }
}

function content(engine: Engine, letter: string, { language, href }: PageContext): Html {
  const words = inLanguage(tryWords, language)
  return html`<p class="lead">${words.lead}</p>
<form id="who" class="panel" hidden>
<div class="fields">
<div class="field"><label for="role">${words.who}</label><select id="role" autocomplete="off"></select></div>
<div class="field"><label for="record">${words.record}</label><select id="record" autocomplete="off"></select></div>
<button type="button" id="make">${words.make}</button>
</div>
<p id="about"></p>
<div class="row">
<label class="choice"><input type="checkbox" id="explain" checked autocomplete="off"> ${words.explain}</label>
</div>
<details>
<summary>${words.other}</summary>
<div class="fields">
<div class="field"><label for="matricule">${words.matricule}</label><input id="matricule" autocomplete="off" spellcheck="false" maxlength="15" inputmode="numeric"></div>
<button type="button" id="find">${words.find}</button>
</div>
</details>
<p id="said" role="status" class="quiet"></p>
</form>
<div id="desk" class="desk" hidden>
<div class="work">
<section aria-labelledby="documents-heading">
<h2 id="documents-heading">${words.documents}</h2>
<div id="access" class="row"></div>
<form id="filters" class="fields" role="search" aria-label="${words.documents}">
<div class="field"><label for="class">${words.class}</label><select id="class" autocomplete="off"><option value="">${words.all}</option>${classOptions(engine)}</select></div>
<div class="field"><label for="type">${words.type}</label><select id="type" autocomplete="off"><option value="">${words.all}</option>${typeOptions(engine)}</select></div>
<div class="field"><label for="words">${words.words}</label><input id="words" type="search" autocomplete="off" maxlength="100"></div>
<label class="choice"><input type="checkbox" id="archived" autocomplete="off"> ${words.withArchived}</label>
<button type="submit" class="primary">${words.show}</button>
</form>
<div id="found"></div>
</section>
<section id="opened" aria-labelledby="opened-heading" hidden></section>
<section aria-labelledby="choices-heading">
<h2 id="choices-heading">${words.choices}</h2>
<p class="quiet">${words.choicesAs}</p>
<div id="choices"></div>
</section>
</div>
<section class="journal" aria-labelledby="journal-heading">
<div class="row head">
<h2 id="journal-heading">${words.journal}</h2>
<button type="button" id="clear">${words.clear}</button>
</div>
<p><a href="${href('/console/traces')}">${words.seeTraces}</a></p>
<p id="live" class="unseen" role="status" aria-live="polite"></p>
<p id="empty" class="quiet">${words.journalEmpty}</p>
<ol id="steps" class="steps" reversed></ol>
</section>
</div>
<dialog id="glass" aria-labelledby="glass-heading"></dialog>
<template id="letter">${letter}</template>`
}

function classOptions({ terminology }: Engine): Html[] {
  const classes = terminology.documentTypes.classes.concepts
  return classes.map(({ code, display }) => html`<option value="${code}" lang="fr">${display}</option>`)
}

/** French names, whatever the page's language: they are the official ones. */
function typeOptions({ terminology }: Engine): Html[] {
  const { all, classes } = terminology.documentTypes
  return classes.concepts.flatMap(({ code, display }) => {
    const types = all.filter((type) => type.class.code === code)
    if (types.length === 0) return []
    return [
      html`<optgroup label="${display}" lang="fr">${types.map((type) => html`<option value="${type.system}|${type.code}">${type.display}</option>`)}</optgroup>`,
    ]
  })
}
