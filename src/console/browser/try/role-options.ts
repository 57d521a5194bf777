/** The personas as a list of choices, in groups. */

import { tryWords } from '../../try/try-words.ts'
import { inLanguage, type Language } from '../../words.ts'
import { element, replaceContent } from '../frame/element.ts'
import { type Role, roleKeys, roleOf } from '../sandbox/cast.ts'

const groups = {
  professionals: 'professionals',
  emergency: 'emergency',
  structures: 'structures',
  patient: 'patientGroup',
  institutions: 'institutions',
} as const satisfies Readonly<Record<Role['group'], keyof typeof tryWords>>

export function fillRoles(select: HTMLSelectElement, language: Language): void {
  const words = inLanguage(tryWords, language)
  const made = Object.entries(groups).map(([group, label]) => {
    const keys = roleKeys.filter((key) => roleOf(key).group === group)
    const options = keys.map((key) => element('option', { value: key }, roleOf(key).name[language]))
    return element('optgroup', { label: words[label] }, options)
  })
  replaceContent(select, made)
}
