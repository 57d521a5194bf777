/**
 * French or English, as the user's locale has it (POSIX: LC_ALL before LC_MESSAGES before LANG). Faults of usage and what
 * `dmp doctor` finds are told in either; help and reports are English (docs/cli.md).
 */
export type Language = 'fr' | 'en'
export type Words = Readonly<Record<Language, string>>

type Environment = Readonly<Record<string, string | undefined>>

export function languageOf({ LC_ALL, LC_MESSAGES, LANG }: Environment): Language {
  return /^fr(?:[_.@-]|$)/i.test(LC_ALL || LC_MESSAGES || LANG || '') ? 'fr' : 'en'
}
