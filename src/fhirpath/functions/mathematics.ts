/**
 * Mathematics on one number.
 * @see http://hl7.org/fhirpath/N1/#math
 */
import {
  calculate,
  compareNumbers,
  divideWhole,
  type NumberValue,
  precisionOf,
  roundTo,
} from '../decimal-arithmetic.ts'
import type { FunctionTable, PlainFunction } from '../function.ts'
import { type Nodes, none, systemNode } from '../node.ts'
import { integerFrom, numberFrom } from '../single.ts'

export function numberNodes(value: NumberValue | undefined): Nodes {
  if (value === undefined || (typeof value === 'number' && !Number.isFinite(value))) return none
  return [systemNode(precisionOf(value) === 0 ? 'Integer' : 'Decimal', value)]
}

function unary(apply: (value: NumberValue) => NumberValue | undefined): PlainFunction {
  return {
    takes: [0, 0],
    plain: (input) => {
      const value = numberFrom(input)
      return value === undefined ? none : numberNodes(apply(value))
    },
  }
}

const inDouble = (apply: (value: number) => number): PlainFunction =>
  unary((value) => {
    const result = apply(Number(String(value)))
    return Number.isFinite(result) ? result : undefined
  })

const truncate = (value: NumberValue): NumberValue | undefined => divideWhole('div', value, 1)

export const mathematics: FunctionTable = {
  abs: unary((value) => (compareNumbers(value, 0) < 0 ? calculate('-', 0, value) : value)),
  ceiling: unary((value) => {
    const whole = truncate(value)
    return whole !== undefined && compareNumbers(whole, value) < 0 ? calculate('+', whole, 1) : whole
  }),
  floor: unary((value) => {
    const whole = truncate(value)
    return whole !== undefined && compareNumbers(whole, value) > 0 ? calculate('-', whole, 1) : whole
  }),
  truncate: unary(truncate),
  exp: inDouble(Math.exp),
  ln: inDouble(Math.log),
  sqrt: inDouble(Math.sqrt),
  log: {
    takes: [1, 1],
    plain: (input, [base = none]) => {
      const value = numberFrom(input)
      const of = numberFrom(base)
      if (value === undefined || of === undefined) return none
      return numberNodes(Math.log(Number(String(value))) / Math.log(Number(String(of))))
    },
  },
  power: {
    takes: [1, 1],
    plain: (input, [exponent = none]) => {
      const value = numberFrom(input)
      const by = numberFrom(exponent)
      if (value === undefined || by === undefined) return none
      return numberNodes(Number(String(value)) ** Number(String(by)))
    },
  },
  round: {
    takes: [0, 1],
    plain: (input, [digits = none]) => {
      const value = numberFrom(input)
      const precision = Math.min(28, Math.max(0, integerFrom(digits) ?? 0))
      return value === undefined ? none : numberNodes(roundTo(value, precision))
    },
  },
}
