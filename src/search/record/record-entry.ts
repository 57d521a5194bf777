/**
 * What a document or a list of a record is found by beyond its typed columns: texts, each the name of a parameter, a unit
 * separator, and a value. Index and search write them with the same functions (decision 0014).
 *
 * A chain is part of the name: `author:Practitioner.family`. A parameter with a value that no search can name (a contained
 * resource, a concept with a text only) leaves its name alone: it is not missing.
 */

/** U+001F. No search holds one (parse-search.ts), and of an indexed value it is taken away. */
export const SEPARATOR = '\u001f'

/** Name and separator: what every entry of a parameter begins with. */
export function entryStart(parameter: string): string {
  return parameter + SEPARATOR
}

export function tokenEntry(parameter: string, system: string, code: string): string {
  return `${entryStart(parameter)}${plain(system)}|${plain(code)}`
}

/** A literal reference `Type/id`, a URL, a uri. */
export function textEntry(parameter: string, text: string): string {
  return entryStart(parameter) + plain(text)
}

/** Folded, for a search by beginning or part; as written, for `:exact`. */
export function stringEntry(parameter: string, folded: string, text: string): string {
  return `${entryStart(parameter)}${plain(folded)}${SEPARATOR}${plain(text)}`
}

/** The identifier inside a reference: `author:identifier`. */
export function identifierOf(parameter: string): string {
  return `${parameter}:identifier`
}

/** A parameter of what a reference leads to: `author:Practitioner` and `family`. */
export function linked(parameter: string, type: string, next: string): string {
  return `${parameter}:${type}.${next}`
}

/** For a logical reference that does not say to what type it leads: found by a chain that does not say it either. */
export const ANY_TYPE = '*'

function plain(text: string): string {
  return text.replaceAll(SEPARATOR, ' ')
}
