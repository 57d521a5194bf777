/** What is said of a command line that cannot be understood. */
import type { Language } from './terminal/language.ts'

type UsageWords = {
  readonly noCommand: (name: string) => string
  readonly someCommand: string
  readonly optionNotKnown: (raw: string) => string
  readonly notKnown: string
  readonly meant: (word: string) => string
  readonly lacksValue: (raw: string) => string
  readonly takesNoValue: (raw: string) => string
  readonly isNot: (raw: string, what: string) => string
  readonly whole: (least: number, most: number) => string
  readonly oneOf: (these: readonly string[]) => string
  readonly noArguments: string
}

export const usageWords = {
  en: {
    noCommand: (name) => `no such command: ${name}`,
    someCommand: 'no such command',
    optionNotKnown: (raw) => `the option ${raw} is not known`,
    notKnown: 'an option is not known, or lacks its value',
    meant: (word) => `; did you mean ${word}?`,
    lacksValue: (raw) => `the option ${raw} lacks its value`,
    takesNoValue: (raw) => `the option ${raw} takes no value`,
    isNot: (raw, what) => `${raw} is not ${what}`,
    whole: (least, most) => `a whole number from ${least} to ${most}`,
    oneOf: (these) => `one of ${these.join(', ')}`,
    noArguments: 'it takes options alone, and no other words',
  },
  fr: {
    noCommand: (name) => `commande inconnue : ${name}`,
    someCommand: 'commande inconnue',
    optionNotKnown: (raw) => `option inconnue : ${raw}`,
    notKnown: 'une option est inconnue, ou sa valeur manque',
    meant: (word) => ` ; vouliez-vous dire ${word} ?`,
    lacksValue: (raw) => `l'option ${raw} attend une valeur`,
    takesNoValue: (raw) => `l'option ${raw} n'a pas de valeur`,
    isNot: (raw, what) => `${raw} n'est pas ${what}`,
    whole: (least, most) => `un nombre entier de ${least} à ${most}`,
    oneOf: (these) => `l'un de ${these.join(', ')}`,
    noArguments: 'elle ne prend que des options',
  },
} as const satisfies Readonly<Record<Language, UsageWords>>
