/** The filters of the matrix; hidden until the browser's part, which makes them work, shows them. */
import { type Html, html } from '../html.ts'
import { inLanguage, type Language } from '../words.ts'
import { habilitationWords } from './habilitation-words.ts'
import type { MatrixView } from './matrix-view.ts'

export function filterForm(view: MatrixView, language: Language): Html {
  const words = inLanguage(habilitationWords, language)
  const professions = view.professions.toSorted((a, b) => a.display.localeCompare(b.display, 'fr'))
  return html`<form id="filters" class="panel" role="search" aria-label="${words.filters}" hidden>
<div class="fields">
${choice('profession', words.profession, words.allProfessions, professions, 'fr')}
${choice('class', words.class, words.allClasses, view.classes, 'fr')}
<div class="field"><label for="type">${words.type}</label><input id="type" name="type" type="search" autocomplete="off" spellcheck="false" maxlength="80"></div>
${choice('reading', words.reading, words.any, [
  { code: 'allow', display: words.yes },
  { code: 'deny', display: words.no },
])}
${choice('status', words.status, words.any, [
  { code: 'confirmed', display: words.confirmed },
  { code: 'proposed', display: words.proposed },
])}
<button type="reset">${words.reset}</button>
</div>
<p id="count" role="status"></p>
</form>`
}

type Option = { readonly code: string; readonly display: string }

function choice(name: string, label: string, any: string, options: readonly Option[], lang?: string): Html {
  const language = lang === undefined ? undefined : html` lang="${lang}"`
  return html`<div class="field"><label for="${name}">${label}</label><select id="${name}" name="${name}"><option value="">${any}</option>${options.map(
    ({ code, display }) => html`<option value="${code}"${language}>${display}</option>`,
  )}</select></div>`
}
