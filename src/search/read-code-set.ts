/**
 * The token modifiers that stand for many codes: `:in`, `:not-in` a value set; `:above`, `:below` a code. They become
 * the list of these codes, or a refusal: a list known in part would give a wrong answer.
 * @see https://hl7.org/fhir/R4/search.html#token
 */
import { FhirError } from '../fhir/fhir-error.ts'
import type { Issue } from '../fhir/issue.ts'
import { parseToken } from './parameter-types/token.ts'
import { parseUri } from './parameter-types/uri.ts'
import type { SearchLimits } from './search-capability.ts'
import type { SearchCodes, SystemCode } from './search-codes.ts'
import type { Criterion, TokenValue } from './search-expression.ts'
import { badValue, tooMuch } from './search-faults.ts'

export type CodeSetModifier = 'in' | 'not-in' | 'above' | 'below'

export function readCodeSet(
  codes: SearchCodes,
  { maxCodes }: SearchLimits,
  code: string,
  modifier: CodeSetModifier,
  texts: readonly string[],
): Criterion | Issue {
  const name = `${code}:${modifier}`
  const found = new Map<string, TokenValue>()
  for (const text of texts) {
    const tokens = codesOf(codes, name, modifier, text)
    if ('severity' in tokens) return tokens
    if (tokens.length > maxCodes) return tooMuch(name, maxCodes)
    for (const token of tokens) found.set(`${token.system} ${token.code}`, token)
    if (found.size > maxCodes) return tooMuch(name, maxCodes)
  }
  return { kind: 'token', parameter: code, not: modifier === 'not-in', values: [...found.values()] }
}

function codesOf(
  codes: SearchCodes,
  name: string,
  modifier: CodeSetModifier,
  text: string,
): readonly SystemCode[] | Issue {
  try {
    if (modifier === 'in' || modifier === 'not-in') {
      const set = parseUri(text)
      const canonical = set?.version === undefined ? set?.uri : `${set.uri}|${set.version}`
      return (
        (canonical && codes.codesOf(canonical)) ||
        badValue(name, { fr: 'l’URL d’un jeu de valeurs connu ici', en: 'the URL of a value set known here' })
      )
    }
    const { system, code } = parseToken(text) ?? {}
    if (!system || !code) return badValue(name, '[system]|[code]')
    const related = modifier === 'below' ? codes.descendants(system, code) : codes.ancestors(system, code)
    if (!related)
      return badValue(name, {
        fr: '[system]|[code] d’un système de codes connu ici',
        en: '[system]|[code] of a code system known here',
      })
    return [{ system, code }, ...related.map((other) => ({ system, code: other }))]
  } catch (error) {
    // What the terminology says is wrong is a fault of this parameter, told with those of the others.
    if (error instanceof FhirError) return error.issues[0]
    throw error
  }
}
