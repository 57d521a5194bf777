/**
 * What it costs to look at values, in visits (environment.ts). A step into a resource costs what it finds; an expression of a
 * client may also make texts that grow with each call, and compare whole resources with each other, again and again.
 */
import { Decimal, isJsonObject, type JsonValue } from '../fhir/json.ts'
import type { Nodes } from './node.ts'

/** Characters that are gone over in the time of a visit. */
const CHARACTERS = 64

/** Of the values as they are: their number, and the length of texts. */
export function weightOf(nodes: Nodes): number {
  let weight = nodes.length
  for (const { value } of nodes) weight += textWeight(textLength(value))
  return weight
}

/** With all that is in them. */
export function wholeWeightOf(nodes: Nodes): number {
  let weight = 0
  for (const { value, aside } of nodes) weight += wholeWeight(value) + wholeWeight(aside)
  return weight
}

export function textWeight(length: number): number {
  return Math.ceil(length / CHARACTERS)
}

function textLength(value: JsonValue | undefined): number {
  if (typeof value === 'string') return value.length
  return value instanceof Decimal ? value.digits.length : 0
}

function wholeWeight(value: JsonValue | undefined): number {
  if (value === undefined) return 0
  let weight = 1 + textWeight(textLength(value))
  const parts = Array.isArray(value) ? value : isJsonObject(value) ? Object.values(value) : []
  for (const part of parts) weight += wholeWeight(part)
  return weight
}
