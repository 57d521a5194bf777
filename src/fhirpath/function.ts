/**
 * What a function of FHIRPath is to the compiler.
 */
import type { Environment } from './environment.ts'
import type { FhirNode, Nodes } from './node.ts'

/** Evaluates an argument with one item as its focus. */
export type Each = (item: FhirNode, index: number) => Nodes

/** Its arguments are evaluated once, with the focus of the whole expression. */
export type PlainFunction = {
  readonly takes: readonly [least: number, most: number]
  readonly plain: (input: Nodes, args: readonly Nodes[], environment: Environment) => Nodes
  /** Runs a pattern that the expression brings along: refused in expressions of clients. */
  readonly pattern?: true
  /** Goes through all that is in the values. */
  readonly whole?: true
}

/** Its one argument is evaluated for each item. */
export type ItemFunction = {
  readonly takes: readonly [least: number, most: number]
  readonly items: (input: Nodes, each: Each | undefined, environment: Environment) => Nodes
}

export type FhirPathFunction = PlainFunction | ItemFunction
export type FunctionTable = Readonly<Record<string, FhirPathFunction>>
