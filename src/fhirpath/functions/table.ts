/**
 * Every function that is understood. Those that the compiler itself must know (ofType, iif, aggregate, not) are in
 * compile-call.ts.
 *
 * Not understood, and so refused: now, today, timeOfDay (no clock here), memberOf, subsumes, conformsTo, htmlChecks,
 * defineVariable, and what came after FHIRPath N1.
 */
import type { FunctionTable } from '../function.ts'
import { collections } from './collections.ts'
import { conversion } from './conversion.ts'
import { existence } from './existence.ts'
import { mathematics } from './mathematics.ts'
import { strings } from './strings.ts'
import { tree } from './tree.ts'

export const functions: FunctionTable = {
  ...existence,
  ...collections,
  ...conversion,
  ...strings,
  ...mathematics,
  ...tree,
}
