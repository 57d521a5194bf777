/**
 * FHIRPath: compile an expression once, evaluate it on many nodes. Nodes know their JSON location (`locationOf`), so
 * that a result can be changed as well as read.
 * @see http://hl7.org/fhirpath/N1/ and https://hl7.org/fhir/R4/fhirpath.html
 *
 * Understood: FHIRPath N1 but for what functions/table.ts and operators.ts say. Units are not converted.
 */
import { compile } from './compile.ts'
import { Environment, type Surroundings } from './environment.ts'
import type { FhirNode, Nodes } from './node.ts'
import { parse } from './parse.ts'
import type { CompileOptions, Run } from './run.ts'
import { truthOf } from './single.ts'

export type Expression = { readonly text: string; readonly run: Run }

/**
 * @param options `patterns: false` for expressions of clients
 * @throws FhirPathSyntaxError
 */
export function compileFhirPath(text: string, options: CompileOptions): Expression {
  return { text, run: compile(parse(text), options) }
}

/** @throws FhirPathError when the expression has no result on this input */
export function evaluate({ run }: Expression, focus: FhirNode, surroundings: Surroundings): Nodes {
  const nodes = [focus]
  return run(nodes, new Environment(surroundings, nodes))
}

/**
 * Whether a constraint holds. Only `true` is a yes; no result is a no, as the published validators take it. The one
 * exception is ours: where dates of unlike precision or quantities of unlike units could not be compared, nothing is
 * held against the resource (`2020` to `2020-05` is a period).
 * @throws FhirPathError
 */
export function holds({ run }: Expression, focus: FhirNode, surroundings: Surroundings): boolean {
  const nodes = [focus]
  const environment = new Environment(surroundings, nodes)
  const truth = truthOf(run(nodes, environment))
  return truth ?? environment.incomparable
}
