/**
 * Invariants of the definitions, but for those of the table, which the validator checks in its own way. That all of them
 * compile is not found out by a start, which would take as long as all the rest of it, but by the tests
 * (test/fhirpath/invariants-agreement.test.ts). One that does not ends the request that meets it as a fault.
 * @see https://hl7.org/fhir/R4/conformance-rules.html#constraints
 */
import { compileFhirPath, type Expression } from '../fhirpath/fhirpath.ts'
import type { Run } from '../fhirpath/run.ts'
import type { CompiledConstraint } from './definitions.ts'

export type Constraint = {
  readonly key: string
  readonly human: string
  readonly expression: Expression
  readonly severity: 'error' | 'warning'
}

/** Not evaluated as FHIRPath: by which part of `validation/` each is checked, and why. */
export const checkedOtherwise: Readonly<Record<string, string>> = {
  'ele-1': 'validate.ts: of every element, where the walk sees it anyway',
  'ext-1': 'datatype-checks.ts: of every extension',
  'ref-1': 'datatype-checks.ts: the target of a reference is looked up once for all rules',
  'dom-2': 'validate.ts: contained resources contain none',
  'dom-3': 'contained-check.ts: as FHIRPath its cost is the square of the size of the resource',
  'txt-1': 'narrative.ts: htmlChecks() is no FHIRPath',
  'txt-2': 'narrative.ts: htmlChecks() is no FHIRPath',
}

/** The same expression stands at many elements: each is compiled once, when it is first evaluated. */
export class ConstraintCompiler {
  readonly #known = new Map<string, Expression>()

  compile(constraints: readonly CompiledConstraint[] = [], path: string): readonly Constraint[] {
    if (constraints.length === 0) return none
    return constraints
      .filter(({ key }) => !Object.hasOwn(checkedOtherwise, key))
      .map(({ key, human, expression, warning }) => ({
        key,
        human,
        expression: this.#expression(expression, `${path}: invariant ${key}`),
        severity: warning ? 'warning' : 'error',
      }))
  }

  #expression(text: string, what: string): Expression {
    const known = this.#known.get(text) ?? new LateExpression(text, what)
    this.#known.set(text, known)
    return known
  }
}

class LateExpression implements Expression {
  readonly text: string
  readonly #what: string
  #run: Run | undefined

  /** @param what of which rule it is, should it not be understood */
  constructor(text: string, what: string) {
    this.text = text
    this.#what = what
  }

  /** @throws when it is not understood */
  get run(): Run {
    this.#run ??= this.#compile()
    return this.#run
  }

  #compile(): Run {
    try {
      return compileFhirPath(this.text, { patterns: true }).run
    } catch (error) {
      throw new Error(this.#what, { cause: error })
    }
  }
}

const none: readonly Constraint[] = []
