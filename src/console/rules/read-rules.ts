/**
 * The rules in docs/policy.md, as far as they are rules: chapters of sections `### A8`, each with its words and its source. The
 * form is that which test/policy/policy-document.test.ts holds the document to; where it is implemented is left to the document.
 */
export type Rule = {
  readonly id: string
  /** Paragraphs. */
  readonly words: readonly string[]
  /** The legal source and its certainty. */
  readonly source: string
}

export type Chapter = { readonly title: string; readonly rules: readonly Rule[] }

/** Chapters without a rule are left out. @throws for a document without any */
export function readRules(markdown: string): readonly Chapter[] {
  const chapters = markdown
    .split(/^## /m)
    .slice(1)
    .map((chapter) => {
      const [title = ''] = chapter.split('\n', 1)
      return { title: title.replace(/^\d+\. /, ''), rules: chapter.split(/^### /m).slice(1).map(ruleOf) }
    })
    .filter(({ rules }) => rules.length > 0)
  if (chapters.length === 0) throw new Error('The document of the rules has none')
  return chapters
}

function ruleOf(section: string): Rule {
  const [id = ''] = section.split('\n', 1)
  const [body = '', ...lists] = section.slice(id.length).split(/^- /m)
  const source = lists.find((item) => item.startsWith('Source: ')) ?? ''
  return {
    id: id.trim(),
    words: body
      .split(/\n{2,}/)
      .map(joined)
      .filter((paragraph) => paragraph !== ''),
    source: joined(source.slice('Source: '.length)),
  }
}

function joined(lines: string): string {
  return lines.trim().replace(/\s*\n\s*/g, ' ')
}
