/**
 * Conversions: toString, toInteger, convertsToInteger …, each pair made of one table.
 * @see http://hl7.org/fhirpath/N1/#conversion
 */
import { parseFhirDate } from '../../fhir/date.ts'
import { Decimal, isJsonObject, type JsonValue } from '../../fhir/json.ts'
import { isNumber } from '../decimal-arithmetic.ts'
import type { FunctionTable, PlainFunction } from '../function.ts'
import type { SystemTypeName } from '../model.ts'
import { booleanNodes, type FhirNode, none, systemNode, textOf } from '../node.ts'
import { single } from '../single.ts'

type Convert = (node: FhirNode) => JsonValue | undefined

const INTEGER = /^[+-]?\d{1,10}$/
const DECIMAL = /^[+-]?\d+(?:\.\d+)?$/
const TIME = /^\d\d(?::\d\d(?::\d\d(?:\.\d+)?)?)?$/
const QUANTITY = /^([+-]?\d+(?:\.\d+)?)(?:\s*'([^']+)'|\s+([a-z]+))?$/
const truths: Readonly<Record<string, boolean>> = {
  true: true,
  t: true,
  yes: true,
  y: true,
  '1': true,
  '1.0': true,
  false: false,
  f: false,
  no: false,
  n: false,
  '0': false,
  '0.0': false,
}

function numberFromText(text: string): number | Decimal {
  const digits = text.replace(/^\+/, '')
  return String(Number(digits)) === digits ? Number(digits) : new Decimal(digits)
}

const conversions: Readonly<Record<SystemTypeName, Convert>> = {
  Boolean: (node) => {
    const text = textOf(node)?.toLowerCase()
    return text !== undefined && Object.hasOwn(truths, text) ? truths[text] : undefined
  },
  String: (node) => {
    const { value } = node
    if (!isJsonObject(value)) return textOf(node)
    const number = value.value
    if (!isNumber(number)) return undefined
    return `${String(number)} '${String(value.code ?? value.unit ?? '1')}'`
  },
  Integer: ({ value }) => {
    if (typeof value === 'boolean') return value ? 1 : 0
    if (typeof value === 'string') return INTEGER.test(value) ? Number(value) : undefined
    return typeof value === 'number' && Number.isInteger(value) ? value : undefined
  },
  Decimal: ({ value }) => {
    if (typeof value === 'boolean') return value ? 1 : 0
    if (typeof value === 'string') return DECIMAL.test(value) ? numberFromText(value) : undefined
    return isNumber(value) ? value : undefined
  },
  Date: ({ value }) => {
    if (typeof value !== 'string' || !parseFhirDate(value)) return undefined
    return value.split('T')[0]
  },
  DateTime: ({ value }) => (typeof value === 'string' && parseFhirDate(value) ? value : undefined),
  Time: ({ value }) => (typeof value === 'string' && TIME.test(value) ? value : undefined),
  Quantity: ({ value }) => {
    if (isNumber(value)) return { value, code: '1' }
    if (isJsonObject(value)) return isNumber(value.value) ? value : undefined
    const match = typeof value === 'string' ? QUANTITY.exec(value) : null
    if (!match?.[1]) return undefined
    return { value: numberFromText(match[1]), code: match[2] ?? match[3]?.replace(/s$/, '') ?? '1' }
  },
}

function pair([name, convert]: [string, Convert]): [string, PlainFunction][] {
  const type = name as SystemTypeName
  return [
    [
      `to${name}`,
      {
        takes: [0, 1],
        plain: (input) => {
          const node = single(input)
          const value = node && convert(node)
          return value === undefined ? none : [systemNode(type, value)]
        },
      },
    ],
    [
      `convertsTo${name}`,
      {
        takes: [0, 1],
        plain: (input) => {
          const node = single(input)
          return node ? booleanNodes(convert(node) !== undefined) : none
        },
      },
    ],
  ]
}

export const conversion: FunctionTable = Object.fromEntries(Object.entries(conversions).flatMap(pair))
