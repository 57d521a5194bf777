/** `/`: what this server is, how it stands, and where to go. */
import type { Mode } from '../frame.ts'
import { frameWords } from '../frame-words.ts'
import { type Html, html } from '../html.ts'
import type { Page, PageContext } from '../page.ts'
import { filled, inLanguage, longDay } from '../words.ts'
import { homeWords } from './home-words.ts'

type Dated = { readonly version: string; readonly validFrom: string }
type Versions = { readonly inForce: Dated; readonly next: Dated | undefined }

export type HomeState = {
  /** The pages it leads to. */
  readonly pages: readonly Page[]
  readonly mode: Mode
  readonly version: string
  readonly publicUrl: string
  /** undefined: there are none. */
  readonly matrices?: (now: number) => { readonly habilitation: Versions; readonly rights: Versions }
}

export function homePage(state: HomeState): Page {
  const { matrices } = state
  return {
    path: '/',
    title: { fr: 'Bienvenue', en: 'Welcome' },
    link: { fr: 'Accueil', en: 'Home' },
    summary: {
      fr: 'Ce qu’est ce serveur, son état, et où aller.',
      en: 'What this server is, how it stands, and where to go.',
    },
    ...(matrices && { version: (now: number) => JSON.stringify(versionsOf(matrices(now))) }),
    content: (context) => content(state, context),
  }
}

function versionsOf({
  habilitation,
  rights,
}: ReturnType<NonNullable<HomeState['matrices']>>): readonly string[] {
  return [habilitation.inForce, habilitation.next, rights.inForce, rights.next].map((table) =>
    table ? `${table.validFrom}/${table.version}` : '',
  )
}

function content(state: HomeState, context: PageContext): Html {
  const { language, href } = context
  const words = inLanguage(homeWords, language)
  return html`<p class="lead">${state.mode === 'plain' ? words.plainLead : words.lead}</p>
${state.mode === 'sandbox' && html`<p>${words.sandboxLead}</p>\n`}<section aria-labelledby="pages">
<h2 id="pages">${words.pages}</h2>
<ul class="cards">
${state.pages.map(
  ({ path, title, summary }) =>
    html`<li><a href="${href(path)}">${title[language]}</a><p>${summary[language]}</p></li>\n`,
)}</ul>
</section>
<section aria-labelledby="state">
<h2 id="state">${words.state}</h2>
<table class="facts">
<thead class="unseen"><tr><th scope="col">${words.fact}</th><th scope="col">${words.value}</th></tr></thead>
<tbody>
${factRows(state, context)}</tbody>
</table>
</section>
`
}

function factRows(state: HomeState, context: PageContext): Html[] {
  const { language } = context
  const words = inLanguage(homeWords, language)
  const row = (name: string, value: Html | string): Html =>
    html`<tr><th scope="row">${name}</th><td>${value}</td></tr>\n`
  const versions = ({ inForce, next }: Versions): string => {
    const told = (text: string, { version, validFrom }: Dated): string =>
      filled(text, { version, day: longDay(validFrom, language) })
    return `${told(words.inForce, inForce)} (${next ? told(words.next, next) : words.noNext})`
  }
  const tables = state.matrices?.(context.now)
  return [
    row(words.base, html`<code>${state.publicUrl}/fhir</code>`),
    row(words.version, state.version),
    row(words.mode, frameWords[state.mode][language]),
    ...(tables ? [row(words.habilitation, versions(tables.habilitation))] : []),
    ...(tables ? [row(words.rights, versions(tables.rights))] : []),
    row(words.machines, machineLinks(state.mode, context.root, words)),
  ]
}

function machineLinks(
  mode: Mode,
  root: string,
  words: ReturnType<typeof inLanguage<typeof homeWords>>,
): Html {
  const links: readonly (readonly [path: string, text: string])[] = [
    ['/fhir/metadata', words.statement],
    ['/openapi.yaml', words.openApi],
    ...(mode === 'plain'
      ? []
      : ([
          ['/fhir/.well-known/smart-configuration', words.smart],
          ['/fhir/$habilitation', words.matrices],
        ] as const)),
    ['/readyz', words.ready],
  ]
  return html`<ul class="plain">
${links.map(([path, text]) => html`<li><a href="${root}${path}"><code>${path}</code></a> ${text}</li>\n`)}</ul>`
}
