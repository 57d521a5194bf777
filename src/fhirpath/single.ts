/**
 * Collections where one value is meant.
 * @see http://hl7.org/fhirpath/N1/#singleton-evaluation-of-collections
 */
import { isNumber, type NumberValue } from './decimal-arithmetic.ts'
import { type FhirNode, type Nodes, textOf } from './node.ts'
import { FhirPathError } from './syntax.ts'

/** Undefined for the empty collection. @throws FhirPathError on more than one */
export function single(nodes: Nodes): FhirNode | undefined {
  if (nodes.length > 1) throw new FhirPathError('several values where one is meant')
  return nodes[0]
}

/** A single value that is no boolean counts as true: it is there. */
export function truthOf(nodes: Nodes): boolean | undefined {
  const node = single(nodes)
  if (!node) return undefined
  return typeof node.value === 'boolean' ? node.value : true
}

export function textFrom(nodes: Nodes): string | undefined {
  const node = single(nodes)
  return node && typeof node.value === 'string' ? node.value : undefined
}

/** Text of a string, number, boolean or date. */
export function anyTextFrom(nodes: Nodes): string | undefined {
  const node = single(nodes)
  return node && textOf(node)
}

export function integerFrom(nodes: Nodes): number | undefined {
  const value = single(nodes)?.value
  return typeof value === 'number' && Number.isInteger(value) ? value : undefined
}

export function numberFrom(nodes: Nodes): NumberValue | undefined {
  const value = single(nodes)?.value
  return isNumber(value) ? value : undefined
}
