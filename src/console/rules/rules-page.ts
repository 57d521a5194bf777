/**
 * `/console/rules#A8`: what a rule says that a refusal, a trace or an explanation names. The text is docs/policy.md itself.
 * @see docs/policy.md
 */
import { readFileSync } from 'node:fs'
import { type Html, html } from '../html.ts'
import type { Page, PageContext } from '../page.ts'
import { inLanguage, type Language } from '../words.ts'
import { type Chapter, type Rule, readRules } from './read-rules.ts'
import { rulesWords } from './rules-words.ts'

/** @param file docs/policy.md as the build left it */
export function rulesPage(file: string): Page {
  const chapters = readRules(readFileSync(file, 'utf8'))
  const known = new Set(chapters.flatMap(({ rules }) => rules.map(({ id }) => id)))
  return {
    path: '/console/rules',
    title: { fr: 'Règles', en: 'Rules' },
    link: { fr: 'Règles', en: 'Rules' },
    summary: {
      fr: 'Ce que dit chaque règle que nomme un refus, et sa source légale.',
      en: 'What each rule says that a refusal names, and its legal source.',
    },
    content: ({ language }: PageContext) => content(chapters, known, language),
  }
}

function content(chapters: readonly Chapter[], known: ReadonlySet<string>, language: Language): Html {
  const words = inLanguage(rulesWords, language)
  return html`<p class="lead">${words.lead}</p>
<p class="quiet">${words.english} ${words.certainty}</p>
<nav aria-label="${words.contents}"><p>${chapters.flatMap(({ rules }) => rules.map(({ id }) => html`<a href="#${id}">${id}</a> `))}</p></nav>
${chapters.map(
  ({ title, rules }) => html`<section lang="en">
<h2>${title}</h2>
${rules.map((rule) => ruleSection(rule, known, words.source, language))}</section>
`,
)}`
}

function ruleSection(
  { id, words, source }: Rule,
  known: ReadonlySet<string>,
  label: string,
  language: Language,
): Html {
  return html`<article class="panel" id="${id}" aria-labelledby="rule-${id}">
<h3 id="rule-${id}">${id}</h3>
${words.map((paragraph) => html`<p>${inline(paragraph, known, id)}</p>\n`)}${source !== '' && html`<p class="quiet"><span lang="${language}">${label}</span>: ${inline(source, known, id)}</p>\n`}</article>
`
}

/** Names of code between backticks, and other rules as links. */
function inline(text: string, known: ReadonlySet<string>, own: string): readonly (Html | string)[] {
  return text.split('`').flatMap((part, i): readonly (Html | string)[] => {
    if (i % 2 === 1) return [html`<code>${part}</code>`]
    return part
      .split(/\b([A-Z]\d{1,2})\b/)
      .map((word) => (known.has(word) && word !== own ? html`<a href="#${word}">${word}</a>` : word))
  })
}
