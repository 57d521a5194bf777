/** The head of a page about a dated table: its version in force, the next one, what it rests on, how much is confirmed. */

import { habilitationWords } from './habilitation/habilitation-words.ts'
import { type Html, html } from './html.ts'
import { sourceText } from './source-words.ts'
import { figures, filled, inLanguage, type Language, longDay } from './words.ts'

export type DatedTable = { readonly version: string; readonly validFrom: string; readonly source: string }
export type Counts = { readonly confirmed: number; readonly proposed: number }

export function tableFacts(
  table: DatedTable,
  next: DatedTable | undefined,
  { confirmed, proposed }: Counts,
  language: Language,
): Html {
  const words = inLanguage(habilitationWords, language)
  const told = (text: string, { version, validFrom }: DatedTable): string =>
    filled(text, { version, day: longDay(validFrom, language) })
  const rows: readonly (readonly [string, string])[] = [
    [words.inForce, told(words.since, table)],
    [words.next, next ? told(words.nextFrom, next) : words.noNext],
    [words.basis, sourceText(table.source, language)],
    [
      words.counts,
      filled(words.countsOf, {
        all: figures(confirmed + proposed, language),
        confirmed: figures(confirmed, language),
        proposed: figures(proposed, language),
      }),
    ],
  ]
  return html`<table class="facts"><tbody>
${rows.map(([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>\n`)}</tbody></table>
`
}
