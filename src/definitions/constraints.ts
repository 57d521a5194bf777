/**
 * Invariants of the definitions, compiled once. One that cannot be compiled stops the start, unless it stands in the
 * table of those that the validator checks in its own way.
 * @see https://hl7.org/fhir/R4/conformance-rules.html#constraints
 */
import { compileFhirPath, type Expression } from '../fhirpath/fhirpath.ts'
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

/** The same expression stands at many elements: each is compiled once. */
export class ConstraintCompiler {
  readonly #compiled = new Map<string, Expression>()

  /** @throws when an expression is not understood */
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
    const known = this.#compiled.get(text)
    if (known) return known
    try {
      const expression = compileFhirPath(text, { patterns: true })
      this.#compiled.set(text, expression)
      return expression
    } catch (error) {
      throw new Error(what, { cause: error })
    }
  }
}

const none: readonly Constraint[] = []
