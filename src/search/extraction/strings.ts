/**
 * Values of string parameters. The parts of a name or an address are values of their own: a search by `starts with`
 * finds each of them.
 * @see https://hl7.org/fhir/R4/search.html#string
 */
import { fold } from '../../fhir/fold.ts'
import { isJsonObject, type JsonValue } from '../../fhir/json.ts'
import { type Converter, type ConverterTable, textOf } from './converter.ts'
import type { StringValue } from './index-values.ts'

function push(value: JsonValue | undefined, out: StringValue[]): void {
  const text = textOf(value)
  if (text !== undefined) out.push({ text, folded: fold(text) })
}

const plain: Converter<StringValue> = (value, _place, out) => push(value, out)

function partsOf(names: readonly string[]): Converter<StringValue> {
  return (value, _place, out) => {
    if (!isJsonObject(value)) return
    for (const name of names) {
      const part = value[name]
      if (Array.isArray(part)) for (const item of part) push(item, out)
      else push(part, out)
    }
  }
}

export const strings: ConverterTable<StringValue> = {
  string: plain,
  markdown: plain,
  HumanName: partsOf(['family', 'given', 'prefix', 'suffix', 'text']),
  Address: partsOf(['line', 'city', 'district', 'state', 'postalCode', 'country', 'text']),
}
