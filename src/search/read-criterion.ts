/**
 * One parameter with its modifier and its values: a criterion, or what is wrong with it.
 * @see https://hl7.org/fhir/R4/search.html#modifiers and #combining
 */
import type { Issue } from '../fhir/issue.ts'
import { parseComposite } from './parameter-types/composite.ts'
import { parseDate } from './parameter-types/date.ts'
import { parseIdentifierOfType } from './parameter-types/identifier-of-type.ts'
import { parseNumber } from './parameter-types/number.ts'
import { parseQuantity } from './parameter-types/quantity.ts'
import { parseReferenceValue, type ReferenceReading } from './parameter-types/reference.ts'
import { splitUnescaped, withoutEscapes } from './parameter-types/split.ts'
import { parseExactString, parseString, parseWords } from './parameter-types/string.ts'
import { parseToken } from './parameter-types/token.ts'
import { parseUri } from './parameter-types/uri.ts'
import { readCodeSet } from './read-code-set.ts'
import type { Modifier, ParameterKind, SearchableParameter, SearchCapability } from './search-capability.ts'
import type { SearchCodes } from './search-codes.ts'
import type { Criterion } from './search-expression.ts'
import { badValue, unknownModifier } from './search-faults.ts'

/**
 * @param codes those of the search itself, at the end of a chain too
 * @param modifier as written, a type for a reference (`subject:Patient`)
 */
export function readCriterion(
  capability: SearchCapability,
  codes: SearchCodes,
  parameter: SearchableParameter,
  modifier: string | undefined,
  text: string,
): Criterion | Issue {
  const { code, kind, modifiers, targets } = parameter
  const type = kind === 'reference' && modifier !== undefined && targets.has(modifier) ? modifier : undefined
  const how = type === undefined ? modifier : undefined
  if (how !== undefined && !isModifier(how, modifiers)) return unknownModifier(code, how)
  if (how === 'missing') {
    if (text !== 'true' && text !== 'false') return badValue(`${code}:missing`, 'true | false')
    return { kind: 'missing', parameter: code, missing: text === 'true' }
  }
  const texts = splitUnescaped(text, ',')
  const { maxValues } = capability.limits
  if (texts.length > maxValues) return badValue(code, `≤ ${maxValues} × [value],[value]`)
  if (how === 'in' || how === 'not-in' || how === 'above' || how === 'below') {
    if (kind === 'token') return readCodeSet(codes, capability.limits, code, how, texts)
  }
  const found = readValues(capability, parameter, how, type, texts)
  return found ?? badValue(modifier === undefined ? code : `${code}:${modifier}`, formOf(kind, how))
}

function isModifier(text: string, modifiers: ReadonlySet<Modifier>): text is Modifier {
  const all: ReadonlySet<string> = modifiers
  return all.has(text)
}

/** Undefined when one of the values is not of the form. */
function readValues(
  capability: SearchCapability,
  { code, kind, components, targets, words }: SearchableParameter,
  how: Modifier | undefined,
  type: string | undefined,
  texts: readonly string[],
): Criterion | undefined {
  const reading: ReferenceReading = {
    base: capability.base,
    isType: (name) => capability.of(name) !== undefined,
    type: type ?? (targets.size === 1 ? [...targets][0] : undefined),
  }
  switch (kind) {
    case 'id':
      return made({ kind, parameter: '_id' }, each(texts, nonEmpty))
    case 'token':
      if (how === 'text') return made({ kind: 'token-text', parameter: code }, each(texts, parseString))
      if (how === 'of-type')
        return made({ kind: 'token-of-type', parameter: code }, each(texts, parseIdentifierOfType))
      return made({ kind, parameter: code, not: how === 'not' }, each(texts, parseToken))
    case 'string': {
      const match = how === 'exact' || how === 'contains' ? how : 'starts'
      const values = each(texts, how === 'exact' ? parseExactString : words ? parseWords : parseString)
      return made({ kind, parameter: code, match }, values)
    }
    case 'date':
      return made(
        { kind, parameter: code },
        each(texts, (text) => parseDate(text, capability.zone)),
      )
    case 'number':
      return made({ kind, parameter: code }, each(texts, parseNumber))
    case 'quantity':
      return made({ kind, parameter: code }, each(texts, parseQuantity))
    case 'reference':
      if (how === 'identifier')
        return made({ kind: 'reference-identifier', parameter: code }, each(texts, parseToken))
      return made(
        { kind, parameter: code },
        each(texts, (text) => parseReferenceValue(text, reading)),
      )
    case 'uri': {
      const match = how === 'below' || how === 'above' ? how : 'exact'
      return made({ kind, parameter: code, match }, each(texts, parseUri))
    }
    case 'composite': {
      const parts = { ...reading, type: undefined, zone: capability.zone }
      return made(
        { kind, parameter: code },
        each(texts, (text) => parseComposite(text, components, parts)),
      )
    }
  }
}

function made<C extends object, V>(
  criterion: C,
  values: readonly V[] | undefined,
): (C & { readonly values: readonly V[] }) | undefined {
  return values && { ...criterion, values }
}

function each<V>(texts: readonly string[], parse: (text: string) => V | undefined): readonly V[] | undefined {
  const values: V[] = []
  for (const text of texts) {
    const value = parse(text)
    if (value === undefined) return undefined
    values.push(value)
  }
  return values
}

function nonEmpty(text: string): string | undefined {
  return withoutEscapes(text) || undefined
}

const forms = {
  id: '[id]',
  token: '[code], [system]|[code], [system]|, |[code]',
  string: '[text], with a letter or a digit',
  date: 'ge2026-01-31, lt2026-01-31T12:00:00Z …',
  number: '[number], ge[number], lt[number] …',
  quantity: '[prefix][number], [prefix][number]|[system]|[code], [prefix][number]||[code]',
  reference: '[id], [type]/[id], [url]',
  uri: '[uri]',
  composite: '[value]$[value]',
} as const satisfies Record<ParameterKind, string>

function formOf(kind: ParameterKind, how: Modifier | undefined): string {
  if (how === 'of-type') return '[type system]|[type code]|[value]'
  if (how === 'identifier') return forms.token
  return how === 'text' ? forms.string : forms[kind]
}
