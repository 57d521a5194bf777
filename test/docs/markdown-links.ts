/** Links and headings of a Markdown page, as GitHub understands them. Reference-style links are not used here. */
import { blocksOf } from './shown-blocks.ts'

export type MarkdownLink = { readonly text: string; readonly target: string }

/** What stands outside fences. */
export function proseOf(page: string): string {
  const lines = page.split('\n')
  for (const { line, text } of blocksOf(page)) lines.fill('', line - 1, line + text.split('\n').length + 1)
  return lines.join('\n')
}

export function linksOf(page: string): MarkdownLink[] {
  const prose = proseOf(page).replaceAll(/`[^`\n]*`/g, (code) => code.replaceAll(/[[\]()]/g, ' '))
  return [...prose.matchAll(/\[([^\]\n]*)\]\(([^()\s]+)\)/g)].map(([, text = '', target = '']) => ({
    text,
    target,
  }))
}

/** The anchors of a page: each heading in small letters, without punctuation, spaces as hyphens; the second of a name has `-1`. */
export function anchorsOf(page: string): Set<string> {
  const seen = new Map<string, number>()
  const anchors = new Set<string>()
  for (const title of headingsOf(page)) {
    const slug = title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, '')
      .replaceAll(' ', '-')
    const times = seen.get(slug) ?? 0
    seen.set(slug, times + 1)
    anchors.add(times === 0 ? slug : `${slug}-${times}`)
  }
  return anchors
}

export function headingsOf(page: string): string[] {
  return [...proseOf(page).matchAll(/^#{1,6} (.+)$/gm)].map(([, title = '']) =>
    title
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replaceAll('`', '')
      .trim(),
  )
}
