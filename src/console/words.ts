/**
 * What a page says, French and English side by side: a table whose every line has both, or it does not compile
 * (`satisfies Words`). Shared by the server and the browser; pure.
 */
export const languages = ['fr', 'en'] as const
export type Language = (typeof languages)[number]

export type Text = Readonly<Record<Language, string>>
export type Words = Readonly<Record<string, Text>>

/** The table in one language. */
export function inLanguage<W extends Words>(
  words: W,
  language: Language,
): { readonly [K in keyof W]: string } {
  const entries = Object.entries(words).map(([key, text]) => [key, text[language]])
  // Object.fromEntries forgets the keys, which are those of `words`.
  return Object.fromEntries(entries) as { readonly [K in keyof W]: string }
}

/** `{name}` in a text → its value; a name without a value stays, so that it is seen. */
export function filled(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole))
}

/** Figures as they are written in the language: `3 672`, `3,672`. */
export function figures(value: number, language: Language): string {
  return new Intl.NumberFormat(language === 'fr' ? 'fr-FR' : 'en-GB').format(value)
}

/** `2026-11-22` → `22 novembre 2026`, `22 November 2026`. */
export function longDay(day: string, language: Language): string {
  const format = new Intl.DateTimeFormat(language === 'fr' ? 'fr-FR' : 'en-GB', {
    dateStyle: 'long',
    timeZone: 'UTC',
  })
  return format.format(new Date(`${day}T00:00:00Z`))
}
