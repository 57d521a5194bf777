/**
 * Compiles a call of a function: those of the table, and the few whose arguments are no values (ofType, iif …).
 * @see http://hl7.org/fhirpath/N1/#functions
 */
import type { Environment } from './environment.ts'
import type { Each, PlainFunction } from './function.ts'
import { functions } from './functions/table.ts'
import { isOfType } from './model.ts'
import { booleanNodes, type FhirNode, type Nodes, none } from './node.ts'
import type { CompileOptions, Run } from './run.ts'
import { single, truthOf } from './single.ts'
import { FhirPathSyntaxError, type Syntax } from './syntax.ts'
import { weightOf, wholeWeightOf } from './weight.ts'

type Call = Extract<Syntax, { readonly op: 'call' }>
type Special = (of: Run, args: readonly Syntax[], run: (syntax: Syntax) => Run) => Run

/** @throws FhirPathSyntaxError */
export function compileCall(call: Call, options: CompileOptions, run: (syntax: Syntax) => Run): Run {
  const of: Run = call.of ? run(call.of) : (focus) => focus
  const special = Object.hasOwn(specials, call.name) ? specials[call.name] : undefined
  if (special) {
    checkCount(call, special.takes)
    return special.compile(of, call.args, run)
  }
  const known = Object.hasOwn(functions, call.name) ? functions[call.name] : undefined
  if (!known) throw new FhirPathSyntaxError(`the function ${call.name} is not understood`)
  checkCount(call, known.takes)
  if ('items' in known) {
    const [argument] = call.args.map(run)
    return (focus, environment) => {
      const input = of(focus, environment)
      return known.items(input, argument && forEach(argument, environment), environment)
    }
  }
  if (known.pattern && !options.patterns) {
    throw new FhirPathSyntaxError(`the function ${call.name} is not allowed here`)
  }
  const plain = options.patterns ? known.plain : weighed(known)
  // `$this` of an argument is that of the whole expression, not the input of the function.
  const args = call.args.map(run)
  return (focus, environment) =>
    plain(
      of(focus, environment),
      args.map((argument) => argument(focus, environment)),
      environment,
    )
}

function weighed({ plain, whole }: PlainFunction): PlainFunction['plain'] {
  const weigh = whole ? wholeWeightOf : weightOf
  return (input, args, environment) => {
    environment.visit(weigh(input))
    for (const argument of args) environment.visit(weigh(argument))
    const result = plain(input, args, environment)
    environment.visit(weightOf(result))
    return result
  }
}

function checkCount(call: Call, [least, most]: readonly [number, number]): void {
  const count = call.args.length
  if (count < least || count > most) {
    throw new FhirPathSyntaxError(`the function ${call.name} does not take ${count} arguments`)
  }
}

function forEach(argument: Run, environment: Environment): Each {
  return (item, index) => {
    const outer = environment.index
    environment.visit(1)
    environment.index = index
    const result = argument([item], environment)
    environment.index = outer
    return result
  }
}

const specials: Readonly<Record<string, { takes: readonly [number, number]; compile: Special }>> = {
  ofType: { takes: [1, 1], compile: (of, [type]) => keepType(of, typeName(type)) },
  // Of several values those of the type are kept, as R4's own expressions rely on.
  as: { takes: [1, 1], compile: (of, [type]) => keepType(of, typeName(type)) },
  is: {
    takes: [1, 1],
    compile: (of, [type]) => {
      const name = typeName(type)
      return (focus, environment) => {
        const node = single(of(focus, environment))
        return node ? booleanNodes(isOfType(node.type, name)) : none
      }
    },
  },
  not: {
    takes: [0, 0],
    compile: (of) => (focus, environment) => {
      const truth = truthOf(of(focus, environment))
      return booleanNodes(truth === undefined ? undefined : !truth)
    },
  },
  iif: {
    takes: [2, 3],
    compile: (of, args, run) => {
      const [criterion, then, otherwise] = args.map(run)
      return (focus, environment) => {
        const input = of(focus, environment)
        const chosen = criterion && truthOf(criterion(input, environment)) === true ? then : otherwise
        return chosen ? chosen(input, environment) : none
      }
    },
  },
  aggregate: {
    takes: [1, 2],
    compile: (of, args, run) => {
      const [step, first] = args.map(run)
      return (focus, environment) => {
        const outer = environment.total
        const start: Nodes = first ? first(focus, environment) : none
        const result = of(focus, environment).reduce((total: Nodes, item: FhirNode, i) => {
          environment.total = total
          return step ? forEach(step, environment)(item, i) : total
        }, start)
        environment.total = outer
        return result
      }
    },
  },
}

function keepType(of: Run, name: string): Run {
  return (focus, environment) => of(focus, environment).filter((node) => isOfType(node.type, name))
}

/** `Patient`, `FHIR.Patient`, `System.Boolean`. */
function typeName(syntax: Syntax | undefined): string {
  if (syntax?.op !== 'member') throw new FhirPathSyntaxError('the name of a type is expected')
  return syntax.of ? `${typeName(syntax.of)}.${syntax.name}` : syntax.name
}
