/**
 * Values of quantity and number parameters. Units are not converted: `1 g` does not find `1000 mg`.
 * @see https://hl7.org/fhir/R4/search.html#quantity and #number
 */
import { isJsonObject, type JsonValue } from '../../fhir/json.ts'
import { type Converter, type ConverterTable, type Draft, numberOf, textOf } from './converter.ts'
import type { NumberValue, QuantityValue } from './index-values.ts'

const quantity: Converter<QuantityValue> = (value, _place, out) => {
  if (!isJsonObject(value)) return
  const number = numberOf(value.value)
  if (number !== undefined) out.push({ ...limits(number, value.comparator), ...unitOf(value) })
}

/** `< 5` is all below: the stored value is known by its limit only. */
function limits(number: number, comparator: JsonValue | undefined): NumberValue {
  if (comparator === '<' || comparator === '<=') return { low: Number.NEGATIVE_INFINITY, high: number }
  if (comparator === '>' || comparator === '>=') return { low: number, high: Number.POSITIVE_INFINITY }
  return { low: number, high: number }
}

function unitOf(value: JsonValue | undefined): Omit<QuantityValue, 'low' | 'high'> {
  const unit: Draft<Omit<QuantityValue, 'low' | 'high'>> = {}
  if (!isJsonObject(value)) return unit
  if (typeof value.system === 'string') unit.system = value.system
  if (typeof value.code === 'string') unit.code = value.code
  if (typeof value.unit === 'string') unit.unit = value.unit
  return unit
}

const range: Converter<QuantityValue> = (value, _place, out) => {
  const found = rangeLimits(value)
  if (!found || !isJsonObject(value)) return
  out.push({ ...found, ...unitOf(value.low ?? value.high) })
}

function rangeLimits(value: JsonValue): NumberValue | undefined {
  if (!isJsonObject(value)) return undefined
  const { low, high } = value
  const from = isJsonObject(low) ? numberOf(low.value) : undefined
  const to = isJsonObject(high) ? numberOf(high.value) : undefined
  if (from === undefined && to === undefined) return undefined
  return { low: from ?? Number.NEGATIVE_INFINITY, high: to ?? Number.POSITIVE_INFINITY }
}

const money: Converter<QuantityValue> = (value, _place, out) => {
  if (!isJsonObject(value)) return
  const number = numberOf(value.value)
  const code = textOf(value.currency)
  if (number === undefined) return
  out.push({
    low: number,
    high: number,
    ...(code === undefined ? {} : { system: 'urn:iso:std:iso:4217', code }),
  })
}

/**
 * The lowest and highest sample, each multiplied by `factor` and added to the origin. Samples below or above what the
 * device can measure (`L`, `U`) and errors (`E`) are not counted.
 */
const sampledData: Converter<QuantityValue> = (value, _place, out) => {
  if (!isJsonObject(value) || !isJsonObject(value.origin)) return
  const origin = numberOf(value.origin.value)
  const factor = numberOf(value.factor) ?? 1
  if (origin === undefined || typeof value.data !== 'string') return
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const sample of value.data.split(' ')) {
    const number = sample === '' ? Number.NaN : Number(sample) * factor + origin
    if (number < low) low = number
    if (number > high) high = number
  }
  if (low <= high) out.push({ low, high, ...unitOf(value.origin) })
}

export const quantities: ConverterTable<QuantityValue> = {
  Quantity: quantity,
  Age: quantity,
  Duration: quantity,
  Range: range,
  Money: money,
  SampledData: sampledData,
}

const number: Converter<NumberValue> = (value, _place, out) => {
  const found = numberOf(value)
  if (found !== undefined) out.push({ low: found, high: found })
}

export const numbers: ConverterTable<NumberValue> = {
  decimal: number,
  integer: number,
  Range: (value, _place, out) => {
    const found = rangeLimits(value)
    if (found) out.push(found)
  },
}
