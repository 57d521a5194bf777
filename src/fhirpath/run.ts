/**
 * A compiled expression, or part of one: from a focus to a collection.
 */
import type { Environment } from './environment.ts'
import type { Nodes } from './node.ts'

export type Run = (focus: Nodes, environment: Environment) => Nodes

export type CompileOptions = {
  /**
   * Whether the expression may bring regular expressions along: those of definitions may, those of clients may not, and of
   * theirs all that is made and compared is weighed too (weight.ts).
   */
  readonly patterns: boolean
}
