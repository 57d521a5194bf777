/**
 * The whole HTML of a page: landmarks, skip link, navigation, the switch of language, and the page's own content. It reads
 * well without JavaScript and without style.
 * @see https://www.w3.org/TR/WCAG22/
 */
import type { AssetUrl } from './assets.ts'
import { frameWords } from './frame-words.ts'
import { type Html, html } from './html.ts'
import { browserFolders, type Page, type PageContext } from './page.ts'
import { inLanguage, type Language, languages, type Text } from './words.ts'

export type Mode = 'sandbox' | 'production' | 'trial' | 'plain'

/** What all pages of one server have in common. */
export type Site = {
  readonly pages: readonly Page[]
  readonly mode: Mode
  readonly version: string
  /** The path of the public URL, before every address: empty, unless a proxy serves below one. */
  readonly root: string
  readonly asset: AssetUrl
}

export function frame(site: Site, page: Page, context: PageContext): Html {
  const { language, href } = context
  const words = inLanguage(frameWords, language)
  const name = site.mode === 'plain' ? words.plainName : words.name
  const title = page.title[language]
  const style = (file: string): Html | undefined => {
    const url = site.asset(file)
    return url === undefined ? undefined : html`<link rel="stylesheet" href="${url}">\n`
  }
  const script = (file: string): Html | undefined => {
    const url = site.asset(file)
    return url === undefined ? undefined : html`<script type="module" src="${url}"></script>\n`
  }
  const folders = browserFolders(page)
  return html`<!DOCTYPE html>
<html lang="${language}" data-root="${site.root}" data-mode="${site.mode}">
<head>
<meta charset="utf-8">
<title>${page.path === '/' ? name : `${title} · ${name}`}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="description" content="${page.summary[language]}">
<link rel="icon" href="data:,">
${languages.map((each) => html`<link rel="alternate" hreflang="${each}" href="${site.root}${page.path}?lang=${each}">\n`)}${['frame', ...folders].map((each) => style(`${each}.css`))}${folders.map((each) => script(`${each}.js`))}</head>
<body>
<a class="skip" href="#content">${words.skip}</a>
<header class="top">
<div class="bar">
<a class="name" href="${href('/')}">${name}</a>
<span class="mode mode-${site.mode}">${words[site.mode]}</span>
${languageSwitch(site, page, language)}
</div>
<nav aria-label="${words.pages}">
<ul class="menu">
${site.pages.map((each) => navigationItem(each, page, each.link, context))}</ul>
</nav>
</header>
<main id="content" tabindex="-1">
<h1>${title}</h1>
${page.browser !== undefined && html`<noscript><p class="note">${words.noScript}</p></noscript>\n`}${page.content(context)}
</main>
<footer>
<p>${name} ${site.version}. ${words.footer}</p>
</footer>
</body>
</html>
`
}

function navigationItem(each: Page, current: Page, link: Text, { href, language }: PageContext): Html {
  const here = each === current
  return html`<li><a href="${href(each.path)}"${here && html` aria-current="page"`}>${link[language]}</a></li>\n`
}

function languageSwitch(site: Site, page: Page, language: Language): Html {
  const other = language === 'fr' ? 'en' : 'fr'
  const { otherLanguage, switchLanguage } = inLanguage(frameWords, language)
  return html`<a class="language" lang="${other}" hreflang="${other}" href="${site.root}${page.path}?lang=${other}" title="${switchLanguage}">${otherLanguage}</a>`
}
