/**
 * `<`, `<=`, `>`, `>=`, for numbers, texts, dates, times and quantities of one unit.
 * @see http://hl7.org/fhirpath/N1/#comparison
 *
 * Not done: conversion between units (`1 'g' > 1 'mg'` has no answer).
 */
import { isJsonObject, type JsonObject } from '../fhir/json.ts'
import { compareNumbers, isNumber } from './decimal-arithmetic.ts'
import type { Environment } from './environment.ts'
import { type SystemTypeName, systemTypeOf } from './model.ts'
import type { FhirNode, Nodes } from './node.ts'
import { single } from './single.ts'
import { FhirPathError } from './syntax.ts'
import { compareMoments, compareTimes } from './temporal.ts'

export type OrderOperator = '<' | '<=' | '>' | '>='

const holds: Readonly<Record<OrderOperator, (order: number) => boolean>> = {
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
}

/** Undefined when one side is empty, or when the two cannot be compared, which the environment is told. */
export function compare(
  operator: OrderOperator,
  left: Nodes,
  right: Nodes,
  environment: Environment,
): boolean | undefined {
  const a = single(left)
  const b = single(right)
  if (a?.value === undefined || b?.value === undefined) return undefined
  const order = orderOf(a, b)
  if (order === undefined) environment.incomparable = true
  return order === undefined ? undefined : holds[operator](order)
}

function orderOf(a: FhirNode, b: FhirNode): number | undefined {
  const { value: left } = a
  const { value: right } = b
  if (isNumber(left) && isNumber(right)) return compareNumbers(left, right)
  const kind = systemTypeOf(a.type)
  const other = systemTypeOf(b.type)
  if (typeof left === 'string' && typeof right === 'string') return orderOfTexts(left, right, kind, other)
  if (isJsonObject(left) && isJsonObject(right) && kind === 'Quantity' && other === 'Quantity') {
    return orderOfQuantities(left, right)
  }
  throw new FhirPathError('values of these types have no order')
}

function orderOfTexts(
  left: string,
  right: string,
  kind: SystemTypeName | undefined,
  other: SystemTypeName | undefined,
): number | undefined {
  if (kind === 'Time' && other === 'Time') return compareTimes(left, right)
  const moment = kind === 'Date' || kind === 'DateTime' || other === 'Date' || other === 'DateTime'
  if (moment) return compareMoments(left, right)
  return left < right ? -1 : left > right ? 1 : 0
}

function orderOfQuantities(left: JsonObject, right: JsonObject): number | undefined {
  if (!isNumber(left.value) || !isNumber(right.value)) return undefined
  const sameSystem = (left.system ?? UCUM) === (right.system ?? UCUM)
  if (!sameSystem || (left.code ?? left.unit) !== (right.code ?? right.unit)) return undefined
  return compareNumbers(left.value, right.value)
}

const UCUM = 'http://unitsofmeasure.org'
