/**
 * What a code is called: in a language, and whether what a client calls it is one of its names.
 * @see https://hl7.org/fhir/R4/codesystem.html#designations
 */
import type { JsonObject } from '../fhir/json.ts'
import { objectOf, textOf } from './element.ts'

export type Named = {
  readonly display: string | undefined
  readonly designations: readonly JsonObject[]
}

/** `fr` is also what `fr-FR` asks for. */
export function displayIn(named: Named, language: string | undefined): string | undefined {
  if (language === undefined) return named.display
  const inLanguage = (wanted: string) =>
    named.designations.find((d) => textOf(d, 'language')?.toLowerCase() === wanted && isDisplay(d))
  const full = language.toLowerCase()
  const found = inLanguage(full) ?? inLanguage(full.split('-')[0] ?? full)
  return (found && textOf(found, 'value')) ?? named.display
}

/** Letter case and spaces make no difference. */
export function isNameOf(text: string, named: Named): boolean {
  const wanted = plain(text)
  return (
    (named.display !== undefined && plain(named.display) === wanted) ||
    named.designations.some((d) => isDisplay(d) && plain(textOf(d, 'value') ?? '') === wanted)
  )
}

const plain = (text: string): string => text.trim().replace(/\s+/g, ' ').toLowerCase()

function isDisplay(designation: JsonObject): boolean {
  const use = objectOf(designation, 'use')
  return use === undefined || textOf(use, 'code') !== 'definition'
}
