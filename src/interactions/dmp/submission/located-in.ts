/** Faults, told where the client sent the resource. */
import { whereIs } from '../../transaction/resolve-references.ts'

/** @param type of the resource, with which the expressions of its faults begin */
export function locatedIn<T extends { readonly expression?: string }>(
  faults: readonly T[],
  entry: { readonly index: number },
  type: string,
): T[] {
  return locatedAt(faults, whereIs(entry), type)
}

export function locatedAt<T extends { readonly expression?: string }>(
  faults: readonly T[],
  at: string,
  type: string,
): T[] {
  return faults.map((fault) => {
    const expression = fault.expression ?? type
    return {
      ...fault,
      expression: expression.startsWith(type) ? at + expression.slice(type.length) : expression,
    }
  })
}
