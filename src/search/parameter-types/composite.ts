/**
 * Values of the components, with `$` between them.
 * @see https://hl7.org/fhir/R4/search.html#composite
 */
import type { Zone } from '../../fhir/date.ts'
import type { ComponentType } from '../extraction/index-values.ts'
import type { ComponentValue, CompositeValue } from '../search-expression.ts'
import { parseDate } from './date.ts'
import { parseNumber } from './number.ts'
import { parseQuantity } from './quantity.ts'
import { parseReferenceValue, type ReferenceReading } from './reference.ts'
import { splitUnescaped } from './split.ts'
import { parseString } from './string.ts'
import { parseToken } from './token.ts'
import { parseUri } from './uri.ts'

export type CompositeReading = ReferenceReading & { readonly zone: Zone }

export function parseComposite(
  text: string,
  components: readonly ComponentType[],
  reading: CompositeReading,
): CompositeValue | undefined {
  const texts = splitUnescaped(text, '$')
  if (texts.length !== components.length) return undefined
  const values: ComponentValue[] = []
  for (const [i, type] of components.entries()) {
    const value = parseComponent(type, texts[i] ?? '', reading)
    if (!value) return undefined
    values.push(value)
  }
  return values
}

function parseComponent(
  type: ComponentType,
  text: string,
  reading: CompositeReading,
): ComponentValue | undefined {
  switch (type) {
    case 'token':
      return labelled(type, parseToken(text))
    case 'date':
      return labelled(type, parseDate(text, reading.zone))
    case 'string':
      return labelled(type, parseString(text))
    case 'number':
      return labelled(type, parseNumber(text))
    case 'quantity':
      return labelled(type, parseQuantity(text))
    case 'reference':
      return labelled(type, parseReferenceValue(text, reading))
    case 'uri':
      return labelled(type, parseUri(text))
  }
}

function labelled<K, V>(type: K, value: V | undefined): { readonly type: K; readonly value: V } | undefined {
  return value === undefined ? undefined : { type, value }
}
