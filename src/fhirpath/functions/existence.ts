/**
 * Existence: empty, exists, all, allTrue, subsetOf, count, distinct …
 * @see http://hl7.org/fhirpath/N1/#existence
 */
import { keyOf } from '../equality.ts'
import type { FunctionTable } from '../function.ts'
import { booleanNodes, type FhirNode, integerNodes, type Nodes } from '../node.ts'
import { truthOf } from '../single.ts'

export function distinct(nodes: Nodes): Nodes {
  if (nodes.length < 2) return nodes
  const found = new Map<string, FhirNode>()
  for (const node of nodes) {
    const key = keyOf(node)
    if (!found.has(key)) found.set(key, node)
  }
  return [...found.values()]
}

export function keysOf(nodes: Nodes): ReadonlySet<string> {
  return new Set(nodes.map(keyOf))
}

function isSubset(nodes: Nodes, of: Nodes): boolean {
  const keys = keysOf(of)
  return nodes.every((node) => keys.has(keyOf(node)))
}

export const existence: FunctionTable = {
  empty: { takes: [0, 0], plain: (input) => booleanNodes(input.length === 0) },
  exists: {
    takes: [0, 1],
    items: (input, each) =>
      booleanNodes(each ? input.some((item, i) => truthOf(each(item, i)) === true) : input.length > 0),
  },
  all: {
    takes: [1, 1],
    items: (input, each) =>
      booleanNodes(input.every((item, i) => each !== undefined && truthOf(each(item, i)) === true)),
  },
  allTrue: { takes: [0, 0], plain: (input) => booleanNodes(input.every((item) => item.value === true)) },
  anyTrue: { takes: [0, 0], plain: (input) => booleanNodes(input.some((item) => item.value === true)) },
  allFalse: { takes: [0, 0], plain: (input) => booleanNodes(input.every((item) => item.value === false)) },
  anyFalse: { takes: [0, 0], plain: (input) => booleanNodes(input.some((item) => item.value === false)) },
  subsetOf: {
    takes: [1, 1],
    whole: true,
    plain: (input, [other = []]) => booleanNodes(isSubset(input, other)),
  },
  supersetOf: {
    takes: [1, 1],
    whole: true,
    plain: (input, [other = []]) => booleanNodes(isSubset(other, input)),
  },
  count: { takes: [0, 0], plain: (input) => integerNodes(input.length) },
  distinct: { takes: [0, 0], whole: true, plain: distinct },
  isDistinct: {
    takes: [0, 0],
    whole: true,
    plain: (input) => booleanNodes(input.length < 2 || keysOf(input).size === input.length),
  },
}
