/**
 * Compiles a syntax tree into closures. What can be known beforehand is done here once: which function, how many
 * arguments, the elements that a name stands for in the type met last.
 * @see http://hl7.org/fhirpath/N1/#expressions
 */
import type { JsonValue } from '../fhir/json.ts'
import { compileCall } from './compile-call.ts'
import { calculate } from './decimal-arithmetic.ts'
import type { Environment } from './environment.ts'
import { numberNodes } from './functions/mathematics.ts'
import { isOfType, type ModelStep, type ModelType } from './model.ts'
import {
  booleanNodes,
  type FhirNode,
  integerNodes,
  type Nodes,
  none,
  stepInto,
  stringNodes,
  systemNode,
} from './node.ts'
import { operators } from './operators.ts'
import type { CompileOptions, Run } from './run.ts'
import { integerFrom, numberFrom, single, truthOf } from './single.ts'
import { type BinaryOperator, FhirPathError, type Syntax } from './syntax.ts'
import { weightOf, wholeWeightOf } from './weight.ts'

/** @throws FhirPathSyntaxError on a function or variable that is not known */
export function compile(syntax: Syntax, options: CompileOptions): Run {
  const run = (part: Syntax): Run => compile(part, options)
  switch (syntax.op) {
    case 'literal':
      return literal(syntax.type, syntax.value)
    case 'empty':
      return () => none
    case '$this':
      return (focus) => focus
    case '$index':
      return (_focus, environment) =>
        environment.index === undefined ? none : integerNodes(environment.index)
    case '$total':
      return (_focus, environment) => environment.total ?? none
    case 'constant':
      return constant(syntax.name)
    case 'member':
      return syntax.of ? child(run(syntax.of), syntax.name) : start(syntax.name)
    case 'call':
      return compileCall(syntax, options, run)
    case 'index':
      return indexed(run(syntax.of), run(syntax.index))
    case 'negate':
      return negate(run(syntax.of))
    case 'is': {
      const of = run(syntax.of)
      return (focus, environment) => {
        const node = single(of(focus, environment))
        return node ? booleanNodes(isOfType(node.type, syntax.type)) : none
      }
    }
    case 'as': {
      const of = run(syntax.of)
      return (focus, environment) => of(focus, environment).filter((n) => isOfType(n.type, syntax.type))
    }
    case 'binary':
      return binary(syntax.operator, run(syntax.left), run(syntax.right), options)
  }
}

function literal(type: Parameters<typeof systemNode>[0], value: JsonValue): Run {
  const nodes: Nodes = [systemNode(type, value)]
  return () => nodes
}

const known: Readonly<Record<string, string>> = {
  ucum: 'http://unitsofmeasure.org',
  sct: 'http://snomed.info/sct',
  loinc: 'http://loinc.org',
}

function constant(name: string): Run {
  const text = Object.hasOwn(known, name) ? known[name] : definitionUrl(name)
  if (text !== undefined) {
    const nodes = stringNodes(text)
    return () => nodes
  }
  switch (name) {
    case 'context':
      return (_focus, { context }) => context
    case 'resource':
      return (_focus, { surroundings }) => listOf(surroundings.resource)
    case 'rootResource':
      return (_focus, { surroundings }) => listOf(surroundings.rootResource ?? surroundings.resource)
    default:
      return (_focus, { surroundings }) => {
        const nodes = surroundings.constants?.get(name)
        if (!nodes) throw new FhirPathError(`%${name} is not known`)
        return nodes
      }
  }
}

function definitionUrl(name: string): string | undefined {
  if (name.startsWith('vs-')) return `http://hl7.org/fhir/ValueSet/${name.slice(3)}`
  return name.startsWith('ext-') ? `http://hl7.org/fhir/StructureDefinition/${name.slice(4)}` : undefined
}

function listOf(node: FhirNode | undefined): Nodes {
  return node ? [node] : none
}

/** A name at the beginning: the focus itself when it is of that type, else an element of the focus. */
function start(name: string): Run {
  const below = child((focus) => focus, name)
  if (!/^[A-Z]/.test(name)) return below
  return (focus, environment) => {
    const same = focus.filter((node) => node.type.kind !== 'system' && isOfType(node.type, name))
    return same.length > 0 ? same : below(focus, environment)
  }
}

function child(of: Run, name: string): Run {
  let lastType: ModelType | undefined
  let lastSteps: readonly ModelStep[] | undefined
  return (focus, environment) => {
    const nodes = of(focus, environment)
    if (nodes.length === 0) return none
    let found: FhirNode[] | undefined
    for (const node of nodes) {
      if (node.type !== lastType) {
        lastType = node.type
        lastSteps = node.type.steps.get(name)
      }
      if (lastSteps) found = stepInto(node, lastSteps, environment.model, found ?? [])
    }
    if (!found || found.length === 0) return none
    environment.visit(found.length)
    return found
  }
}

function indexed(of: Run, index: Run): Run {
  return (focus, environment) => {
    const nodes = of(focus, environment)
    const at = integerFrom(index(focus, environment))
    return at === undefined ? none : listOf(nodes[at])
  }
}

function negate(of: Run): Run {
  return (focus, environment) => {
    const value = numberFrom(of(focus, environment))
    return value === undefined ? none : numberNodes(calculate('-', 0, value))
  }
}

function binary(operator: BinaryOperator, left: Run, right: Run, options: CompileOptions): Run {
  const truth = (run: Run, focus: Nodes, environment: Environment): boolean | undefined =>
    truthOf(run(focus, environment))
  switch (operator) {
    case 'and':
      return (focus, environment) => {
        const a = truth(left, focus, environment)
        if (a === false) return booleanNodes(false)
        const b = truth(right, focus, environment)
        return booleanNodes(b === false ? false : a === undefined ? undefined : b)
      }
    case 'or':
      return (focus, environment) => {
        const a = truth(left, focus, environment)
        if (a === true) return booleanNodes(true)
        const b = truth(right, focus, environment)
        return booleanNodes(b === true ? true : a === undefined ? undefined : b)
      }
    case 'implies':
      return (focus, environment) => {
        const a = truth(left, focus, environment)
        if (a === false) return booleanNodes(true)
        const b = truth(right, focus, environment)
        return booleanNodes(b === true ? true : a === undefined ? undefined : b)
      }
    case 'xor':
      return (focus, environment) => {
        const a = truth(left, focus, environment)
        const b = truth(right, focus, environment)
        return booleanNodes(a === undefined || b === undefined ? undefined : a !== b)
      }
    default: {
      const operate = operators[operator]
      if (options.patterns)
        return (focus, environment) =>
          operate(left(focus, environment), right(focus, environment), environment)
      return (focus, environment) => {
        const a = left(focus, environment)
        const b = right(focus, environment)
        // `~` holds each value against each other one.
        const times = operator === '~' || operator === '!~' ? Math.max(a.length, b.length) : 1
        environment.visit((wholeWeightOf(a) + wholeWeightOf(b)) * times)
        const result = operate(a, b, environment)
        environment.visit(weightOf(result))
        return result
      }
    }
  }
}
