/**
 * `=`, `~`, and what sets are made of (distinct, union, in …): equal values have equal keys.
 * @see http://hl7.org/fhirpath/N1/#equality
 *
 * Not done: conversion between units; quantities of unlike units are unlike.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../fhir/json.ts'
import { compareNumbers, isNumber, normalNumber, precisionOf, roundTo } from './decimal-arithmetic.ts'
import { systemTypeOf } from './model.ts'
import type { FhirNode, Nodes } from './node.ts'
import { compareMoments, compareTimes } from './temporal.ts'

/** Undefined: not known, as of dates of unlike precision. */
export function equal(left: Nodes, right: Nodes): boolean | undefined {
  if (left.length === 0 || right.length === 0) return undefined
  if (left.length !== right.length) return false
  let all: boolean | undefined = true
  for (let i = 0; i < left.length; i++) {
    const a = left[i]
    const b = right[i]
    const same = a && b ? equalNodes(a, b) : false
    if (same === false) return false
    if (same === undefined) all = undefined
  }
  return all
}

function equalNodes(a: FhirNode, b: FhirNode): boolean | undefined {
  const { value: left } = a
  const { value: right } = b
  if (left === undefined || right === undefined) return left === right && keyOf(a) === keyOf(b)
  if (typeof left === 'string' && typeof right === 'string') {
    if (left === right) return true
    const kind = systemTypeOf(a.type)
    const other = systemTypeOf(b.type)
    if (kind === 'Time' && other === 'Time') return asEqual(compareTimes(left, right))
    const moments = isMoment(kind) && isMoment(other)
    return moments ? asEqual(compareMoments(left, right)) : false
  }
  if (isNumber(left) && isNumber(right)) return compareNumbers(left, right) === 0
  return keyOf(a) === keyOf(b)
}

const isMoment = (type: string | undefined): boolean => type === 'Date' || type === 'DateTime'

function asEqual(order: number | undefined): boolean | undefined {
  return order === undefined ? undefined : order === 0
}

/** One text for equal values. Ids and extensions of primitives count where there is no value. */
export function keyOf(node: FhirNode): string {
  if (node.value === undefined) return `_${jsonKey(node.aside ?? null)}`
  if (systemTypeOf(node.type) === 'Quantity' && isJsonObject(node.value)) return quantityKey(node.value)
  return jsonKey(node.value)
}

const UCUM = 'http://unitsofmeasure.org'

function quantityKey(quantity: JsonObject): string {
  const { value, comparator, code, unit, ...rest } = quantity
  if (!isNumber(value) || comparator !== undefined) return jsonKey(quantity)
  // A literal has no system: its unit is UCUM's code or a calendar word.
  const named = code ?? unit ?? null
  const system = rest.system ?? UCUM
  return `Q${normalNumber(value)} ${jsonKey(named)}${system === UCUM ? '' : jsonKey(system)}`
}

function jsonKey(value: JsonValue): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (isNumber(value)) return normalNumber(value)
  if (Array.isArray(value)) return `[${value.map(jsonKey).join()}]`
  if (!isJsonObject(value)) return String(value)
  const keys = Object.keys(value).sort()
  return `{${keys.map((key) => `${JSON.stringify(key)}:${jsonKey(value[key] ?? null)}`).join()}}`
}

/** `~`: order, case and white space of texts do not matter; numbers to the digits of the less precise. */
export function equivalent(left: Nodes, right: Nodes): boolean {
  if (left.length !== right.length) return false
  const rest = [...right]
  for (const item of left) {
    const at = rest.findIndex((other) => equivalentNodes(item, other))
    if (at < 0) return false
    rest.splice(at, 1)
  }
  return true
}

function equivalentNodes(a: FhirNode, b: FhirNode): boolean {
  if (isNumber(a.value) && isNumber(b.value)) {
    const digits = Math.min(precisionOf(a.value), precisionOf(b.value))
    return compareNumbers(roundTo(a.value, digits), roundTo(b.value, digits)) === 0
  }
  if (isJsonObject(a.value) && isJsonObject(b.value)) return looseKey(a.value) === looseKey(b.value)
  if (typeof a.value === 'string' && typeof b.value === 'string') {
    return loose(a.value) === loose(b.value) || equalNodes(a, b) === true
  }
  return equalNodes(a, b) === true
}

function loose(text: string): string {
  return text.toLowerCase().replace(/\s+/g, ' ')
}

function looseKey(value: JsonValue): string {
  if (typeof value === 'string') return loose(value)
  if (Array.isArray(value)) return `[${value.map(looseKey).sort().join()}]`
  if (!isJsonObject(value)) return jsonKey(value)
  const keys = Object.keys(value)
    .filter((key) => key !== 'id')
    .sort()
  return `{${keys.map((key) => `${key}:${looseKey(value[key] ?? null)}`).join()}}`
}
