/**
 * Filtering, projection, parts of collections, and their combination.
 * @see http://hl7.org/fhirpath/N1/#filtering-and-projection, #subsetting, #combining
 */
import { keyOf } from '../equality.ts'
import type { FunctionTable } from '../function.ts'
import { type FhirNode, locationOf, type Nodes, none } from '../node.ts'
import { integerFrom, single, truthOf } from '../single.ts'
import { wholeWeightOf } from '../weight.ts'
import { distinct, keysOf } from './existence.ts'

export function union(left: Nodes, right: Nodes): Nodes {
  if (left.length === 0) return distinct(right)
  return distinct(right.length === 0 ? left : [...left, ...right])
}

function one(node: FhirNode | undefined): Nodes {
  return node ? [node] : none
}

export const collections: FunctionTable = {
  where: {
    takes: [1, 1],
    items: (input, each) => input.filter((item, i) => each && truthOf(each(item, i)) === true),
  },
  select: {
    takes: [1, 1],
    items: (input, each) => (each ? input.flatMap((item, i) => each(item, i)) : none),
  },
  repeat: {
    takes: [1, 1],
    items: (input, each, environment) => {
      const found: FhirNode[] = []
      const seen = new Set<string>()
      let round = input
      while (each && round.length > 0) {
        const next: FhirNode[] = []
        for (const [i, item] of round.entries()) {
          for (const node of each(item, i)) {
            // Values of the resource are told apart by where they stand, computed ones by what they are.
            if (!node.parent) environment.visit(wholeWeightOf([node]))
            const mark = node.parent ? `@${locationOf(node).join('.')}` : keyOf(node)
            if (seen.has(mark)) continue
            seen.add(mark)
            next.push(node)
          }
        }
        environment.visit(next.length)
        found.push(...next)
        round = next
      }
      return found
    },
  },
  single: { takes: [0, 0], plain: (input) => one(single(input)) },
  first: { takes: [0, 0], plain: (input) => one(input[0]) },
  last: { takes: [0, 0], plain: (input) => one(input.at(-1)) },
  tail: { takes: [0, 0], plain: (input) => input.slice(1) },
  skip: { takes: [1, 1], plain: (input, [n = none]) => input.slice(Math.max(0, integerFrom(n) ?? 0)) },
  take: { takes: [1, 1], plain: (input, [n = none]) => input.slice(0, Math.max(0, integerFrom(n) ?? 0)) },
  intersect: {
    takes: [1, 1],
    whole: true,
    plain: (input, [other = none]) => {
      const keys = keysOf(other)
      return distinct(input.filter((item) => keys.has(keyOf(item))))
    },
  },
  exclude: {
    takes: [1, 1],
    whole: true,
    plain: (input, [other = none]) => {
      const keys = keysOf(other)
      return input.filter((item) => !keys.has(keyOf(item)))
    },
  },
  union: { takes: [1, 1], whole: true, plain: (input, [other = none]) => union(input, other) },
  combine: { takes: [1, 1], plain: (input, [other = none]) => [...input, ...other] },
}
