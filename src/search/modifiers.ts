/**
 * Which modifiers each kind of parameter takes. One that is not here is refused, in lenient handling too.
 * Not here: `:above` and `:below` of references, which R4 gives to hierarchies and to versions of canonicals.
 * @see https://hl7.org/fhir/R4/search.html#modifiers
 */
import type { Modifier, ParameterKind } from './search-capability.ts'

const ordered: ReadonlySet<Modifier> = new Set<Modifier>(['missing'])

export const modifiersOf = {
  id: ordered,
  number: ordered,
  date: ordered,
  quantity: ordered,
  string: new Set<Modifier>(['missing', 'exact', 'contains']),
  token: new Set<Modifier>(['missing', 'text', 'not', 'in', 'not-in', 'above', 'below', 'of-type']),
  reference: new Set<Modifier>(['missing', 'identifier']),
  uri: new Set<Modifier>(['missing', 'above', 'below']),
  // "Combinations" are left out of `:missing` by the specification.
  composite: new Set<Modifier>(),
} as const satisfies Record<ParameterKind, ReadonlySet<Modifier>>
