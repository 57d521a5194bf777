/** The text of an error in both languages. Braces name parameters. */
export type Wording = { readonly fr: string; readonly en: string }
