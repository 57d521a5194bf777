/**
 * A text as a trace may keep it: whatever has the form of a matricule is blotted out, wherever a client put it (I4, T5).
 * The form alone is looked at, not the key: a mistyped matricule is a person's too.
 */
const matricule = /(?<![0-9A-Za-z])[1-8]\d{4}(?:\d{2}|2[ABab])\d{6}(?:\d{2})?(?![0-9A-Za-z])/g
/** As people write it, in groups: `2 55 06 99 231 001 74`. */
const spacedMatricule =
  /(?<![0-9A-Za-z])[1-8](?:[\s.-]?\d{2}){2}[\s.-]?(?:\d{2}|2[ABab])(?:[\s.-]?\d{3}){2}(?:[\s.-]?\d{2})?(?![0-9A-Za-z])/g
const BLOT = '***'

/** @param query percent-encoded: `|` before a value is `%7C`, whose letters belong to no number */
export function withoutMatricules(query: string): string {
  return query
    .split(/(%[0-9A-Fa-f]{2})/)
    .map((part) => part.replace(matricule, BLOT))
    .join('')
}

/** @param text written by a person, as a motive */
export function withoutMatriculesInText(text: string): string {
  return text.replace(spacedMatricule, BLOT)
}
