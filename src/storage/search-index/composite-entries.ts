/**
 * Composites. When all components ask for equality, each combination of their forms is a term. Otherwise a row for each
 * range or string, found by the code of the first component, and bearing the forms of the other equalities as tokens.
 * @see https://hl7.org/fhir/R4/search.html#composite
 */
import type { SearchParameterDefinition } from '../../definitions/definitions.ts'
import type { ComponentValues, CompositeValue, TokenValue } from '../../search/extraction/index-values.ts'
import type { EntryDraft } from './entry-draft.ts'
import {
  combinationForm,
  componentForm,
  PRESENT,
  referenceForms,
  tokenForms,
  unitForms,
  uriForms,
} from './forms.ts'
import type { Term } from './index-entries.ts'
import { term } from './term.ts'

/** In the place of a code, where codings name none: their rows are found by `system|`. Nobody can ask for it. */
const UNNAMED = ''

/** @param key of the parameter */
export function indexComposite(key: string, parameter: SearchParameterDefinition) {
  return (value: CompositeValue, draft: EntryDraft, element: number): void => {
    if (value.every(({ type }) => isEquality(type))) addCombinations(key, value, draft)
    else addRows(key, value, draft, element, parameter)
  }
}

export function isEquality(type: ComponentValues['type']): boolean {
  return type === 'token' || type === 'uri' || type === 'reference'
}

function addCombinations(key: string, value: CompositeValue, draft: EntryDraft): void {
  const add = (chosen: readonly string[], [first, ...rest]: readonly ComponentValues[]): void => {
    if (!first) draft.add(key + combinationForm(chosen))
    else for (const form of formsOf(first)) add([...chosen, form], rest)
  }
  add([], value)
}

function addRows(
  key: string,
  value: CompositeValue,
  draft: EntryDraft,
  element: number,
  { url }: SearchParameterDefinition,
): void {
  const [first] = value
  // True of all composites of R4. Without a code at their head the rows would have no place in the index.
  if (first?.type !== 'token') throw new Error(`${url}: a composite with ranges begins with a token`)
  const tokens: Term[] = []
  value.forEach((component, i) => {
    if (!isEquality(component.type)) return
    for (const form of formsOf(component)) tokens.push(term(key + componentForm(i, form)))
  })
  const systems = new Set(first.values.flatMap(({ system }) => (system === undefined ? [] : [system])))
  // `system|` alone names no code, hence no place in the index of rows: the resource is found by its terms first.
  for (const system of systems) draft.add(key + componentForm(0, `*${system}`))
  const codes = new Set(first.values.flatMap(({ code }: TokenValue) => (code === undefined ? [] : [code])))
  if (codes.size === 0 && systems.size > 0) codes.add(UNNAMED)
  value.forEach((component, i) => {
    if (isEquality(component.type)) return
    const agreeing = [...tokens, term(key + componentForm(i, PRESENT))]
    for (const code of codes) addComponent(key + componentForm(i, `=${code}`), component, agreeing)
  })

  function addComponent(text: string, component: ComponentValues, agreeing: readonly Term[]): void {
    switch (component.type) {
      case 'date':
        for (const { start, end } of component.values)
          draft.addRange(text, start, end, { element, tokens: agreeing })
        break
      case 'number':
        for (const { low, high } of component.values)
          draft.addRange(text, low, high, { element, tokens: agreeing })
        break
      case 'quantity':
        for (const quantity of component.values) {
          const units = unitForms(quantity).map(term)
          draft.addRange(text, quantity.low, quantity.high, { element, tokens: [...agreeing, ...units] })
        }
        break
      case 'string':
        for (const { folded } of component.values)
          draft.addString(text, folded, { element, tokens: agreeing })
        break
      case 'token':
      case 'uri':
      case 'reference':
        break
    }
  }
}

function formsOf(component: ComponentValues): string[] {
  switch (component.type) {
    case 'token':
      return component.values.flatMap(tokenForms)
    case 'uri':
      return component.values.flatMap(uriForms)
    case 'reference':
      return component.values.flatMap(referenceForms)
    default:
      throw new Error(`A component of type ${component.type} is not asked by equality`)
  }
}
