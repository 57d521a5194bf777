/** `/console/api`: the OpenAPI document of this server in an interactive viewer, Swagger UI, from this server alone. */
import type { Mode } from '../frame.ts'
import { html } from '../html.ts'
import type { Page } from '../page.ts'
import { inLanguage } from '../words.ts'
import { apiWords } from './api-words.ts'

export function apiPage(mode: Mode): Page {
  return {
    path: '/console/api',
    title: { fr: 'Interface (API)', en: 'Interface (API)' },
    link: { fr: 'API', en: 'API' },
    summary: {
      fr: 'La documentation interactive de l’interface : opérations, exemples, essais.',
      en: 'The interactive documentation of the interface: operations, examples, trying.',
    },
    browser: 'api',
    ...(mode === 'sandbox' && { sandboxBrowser: 'api-sandbox' }),
    // React and the viewer's Markdown set innerHTML; what they write of the document is cleaned by DOMPurify, and no script
    // but ours can run all the same.
    policy: { 'require-trusted-types-for': undefined, 'trusted-types': undefined },
    content: ({ language, root }) => {
      const words = inLanguage(apiWords, language)
      return html`<p>${words.lead} <a href="${root}/openapi.yaml"><code>openapi.yaml</code></a>. ${words.english}</p>
${
  mode === 'sandbox' &&
  html`<form id="who" class="panel" hidden>
<div class="fields">
<div class="field"><label for="role">${words.who}</label><select id="role" aria-describedby="who-about"></select></div>
<button type="submit">${words.take}</button>
</div>
<p id="who-about" class="quiet">${words.whoAbout}</p>
<p id="told" role="status"></p>
</form>
`
}<h2>${words.operations}</h2>
<div id="viewer" lang="en"></div>`
    },
  }
}
