/**
 * Binary operators. Logic is three-valued: the empty collection is "not known".
 * @see http://hl7.org/fhirpath/N1/#operations
 *
 * Not done: dates plus or minus a duration.
 */
import { isJsonObject } from '../fhir/json.ts'
import { compare, type OrderOperator } from './comparison.ts'
import { calculate, divide, divideWhole, isNumber, type NumberValue } from './decimal-arithmetic.ts'
import type { Environment } from './environment.ts'
import { equal, equivalent, keyOf } from './equality.ts'
import { union } from './functions/collections.ts'
import { numberNodes } from './functions/mathematics.ts'
import { systemTypeOf } from './model.ts'
import { booleanNodes, type FhirNode, type Nodes, none, stringNodes, systemNode } from './node.ts'
import { anyTextFrom, single } from './single.ts'
import { type BinaryOperator, FhirPathError } from './syntax.ts'

export type Operate = (left: Nodes, right: Nodes, environment: Environment) => Nodes

/** `and`, `or`, `implies` are not here: they need not evaluate their right side. */
export type EagerOperator = Exclude<BinaryOperator, 'and' | 'or' | 'implies' | 'xor'>

function negated(truth: boolean | undefined): boolean | undefined {
  return truth === undefined ? undefined : !truth
}

function ordered(operator: OrderOperator): Operate {
  return (left, right, environment) => booleanNodes(compare(operator, left, right, environment))
}

function arithmetic(
  name: BinaryOperator,
  apply: (a: NumberValue, b: NumberValue) => NumberValue | undefined,
): Operate {
  return (left, right) => {
    const a = single(left)
    const b = single(right)
    if (a?.value === undefined || b?.value === undefined) return none
    if (isNumber(a.value) && isNumber(b.value)) return numberNodes(apply(a.value, b.value))
    if (name === '+' && typeof a.value === 'string' && typeof b.value === 'string') {
      return isText(a) && isText(b) ? stringNodes(a.value + b.value) : refuse(name)
    }
    return quantities(a, b, name, apply) ?? refuse(name)
  }
}

function isText(node: FhirNode): boolean {
  return systemTypeOf(node.type) === 'String'
}

function refuse(name: BinaryOperator): never {
  throw new FhirPathError(`${name} is not defined for these types`)
}

/** Sums of quantities of one unit. */
function quantities(
  { value: left }: FhirNode,
  { value: right }: FhirNode,
  name: BinaryOperator,
  apply: (a: NumberValue, b: NumberValue) => NumberValue | undefined,
): Nodes | undefined {
  if (!isJsonObject(left) || !isJsonObject(right) || (name !== '+' && name !== '-')) return undefined
  if (!isNumber(left.value) || !isNumber(right.value)) return undefined
  if ((left.code ?? left.unit) !== (right.code ?? right.unit)) return none
  const value = apply(left.value, right.value)
  return value === undefined ? none : [systemNode('Quantity', { ...left, value })]
}

function isIn(item: FhirNode | undefined, nodes: Nodes): boolean | undefined {
  if (!item) return undefined
  const key = keyOf(item)
  return nodes.some((node) => keyOf(node) === key || equal([node], [item]) === true)
}

export const operators: Readonly<Record<EagerOperator, Operate>> = {
  '=': (left, right) => booleanNodes(equal(left, right)),
  '!=': (left, right) => booleanNodes(negated(equal(left, right))),
  '~': (left, right) => booleanNodes(equivalent(left, right)),
  '!~': (left, right) => booleanNodes(!equivalent(left, right)),
  '<': ordered('<'),
  '<=': ordered('<='),
  '>': ordered('>'),
  '>=': ordered('>='),
  '|': union,
  '+': arithmetic('+', (a, b) => calculate('+', a, b)),
  '-': arithmetic('-', (a, b) => calculate('-', a, b)),
  '*': arithmetic('*', (a, b) => calculate('*', a, b)),
  '/': arithmetic('/', divide),
  div: arithmetic('div', (a, b) => divideWhole('div', a, b)),
  mod: arithmetic('mod', (a, b) => divideWhole('mod', a, b)),
  '&': (left, right) => stringNodes((anyTextFrom(left) ?? '') + (anyTextFrom(right) ?? '')),
  in: (left, right) => booleanNodes(isIn(single(left), right)),
  contains: (left, right) => booleanNodes(isIn(single(right), left)),
}
