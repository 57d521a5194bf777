/**
 * Pages as they are sent: written once for each language and each version of what they show, then kept with their
 * compressed forms. The number kept is bounded by pages × languages × ways of choosing the language.
 */
import { createHash } from 'node:crypto'
import { type CompressedBody, compressed } from '../http/compressed-body.ts'
import { frame, type Site } from './frame.ts'
import { htmlText } from './html.ts'
import type { Page } from './page.ts'
import type { Language } from './words.ts'

export type WrittenPage = { readonly etag: string; readonly body: CompressedBody; readonly version: string }

/** Which page, and in which language; `chosen` when the address says so, and its links are to say it too. */
export type Wanted = {
  readonly page: Page
  readonly language: Language
  readonly chosen: boolean
}

export function writtenPages(site: Site): (wanted: Wanted, now: number) => WrittenPage {
  const kept = new Map<string, WrittenPage>()
  return ({ page, language, chosen }, now) => {
    const key = `${page.path} ${language} ${chosen}`
    const version = page.version?.(now) ?? ''
    const known = kept.get(key)
    if (known?.version === version) return known
    const suffix = chosen ? `?lang=${language}` : ''
    const href = (path: string): string => `${site.root}${path}${suffix}`
    const text = htmlText(frame(site, page, { language, now, href, root: site.root }))
    const written: WrittenPage = {
      etag: `W/"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`,
      body: compressed('text/html; charset=utf-8', text),
      version,
    }
    kept.set(key, written)
    return written
  }
}
