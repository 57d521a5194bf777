/**
 * Tree navigation, and what FHIR adds: extension, hasValue, getValue, resolve, trace.
 * @see http://hl7.org/fhirpath/N1/#tree-navigation and https://hl7.org/fhir/R4/fhirpath.html#functions
 *
 * `resolve()` looks where the surroundings say (contained resources, entries of the Bundle); it fetches nothing, and
 * what is not at hand is left out.
 */
import { isJsonObject } from '../../fhir/json.ts'
import type { Environment } from '../environment.ts'
import type { FunctionTable } from '../function.ts'
import { booleanNodes, childrenOf, type FhirNode, type Nodes, none, stepInto } from '../node.ts'
import { textFrom } from '../single.ts'

function descendants(input: Nodes, environment: Environment): Nodes {
  const found: FhirNode[] = []
  const add = (node: FhirNode): void => {
    const children = childrenOf(node, environment.model)
    environment.visit(children.length)
    for (const child of children) {
      found.push(child)
      add(child)
    }
  }
  for (const node of input) add(node)
  return found
}

function resolve(node: FhirNode, environment: Environment): Nodes {
  const reference = isJsonObject(node.value) ? node.value.reference : node.value
  if (typeof reference !== 'string') return none
  const { resource, rootResource, resolve: elsewhere } = environment.surroundings
  const found = reference.startsWith('#')
    ? containedIn(rootResource ?? resource, reference.slice(1), environment)
    : elsewhere?.(reference)
  return found ? [found] : none
}

function containedIn(root: FhirNode | undefined, id: string, environment: Environment): FhirNode | undefined {
  if (!root || id === '') return root
  const steps = root.type.steps.get('contained') ?? []
  const contained = stepInto(root, steps, environment.model, [])
  environment.visit(contained.length)
  return contained.find(({ value }) => isJsonObject(value) && value.id === id)
}

export const tree: FunctionTable = {
  children: {
    takes: [0, 0],
    plain: (input, _args, environment) => {
      const found = input.flatMap((node) => childrenOf(node, environment.model))
      environment.visit(found.length)
      return found
    },
  },
  descendants: { takes: [0, 0], plain: (input, _args, environment) => descendants(input, environment) },
  extension: {
    takes: [1, 1],
    plain: (input, [url = none], environment) => {
      const wanted = textFrom(url)
      const found: FhirNode[] = []
      for (const node of input) {
        const steps = node.type.steps.get('extension')
        if (steps) stepInto(node, steps, environment.model, found)
      }
      environment.visit(found.length)
      return found.filter(({ value }) => isJsonObject(value) && value.url === wanted)
    },
  },
  hasValue: {
    takes: [0, 0],
    plain: (input) => booleanNodes(input.length === 1 && isPrimitiveValue(input[0])),
  },
  getValue: {
    takes: [0, 0],
    plain: (input) => (input.length === 1 && isPrimitiveValue(input[0]) ? input : none),
  },
  resolve: {
    takes: [0, 0],
    plain: (input, _args, environment) => input.flatMap((node) => resolve(node, environment)),
  },
  // Nothing is logged: values are personal.
  trace: { takes: [1, 2], plain: (input) => input },
}

function isPrimitiveValue(node: FhirNode | undefined): boolean {
  return node?.value !== undefined && (node.type.kind === 'primitive' || node.type.kind === 'system')
}
