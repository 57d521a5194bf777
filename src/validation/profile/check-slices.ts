/**
 * Which slice each value is of, how many each slice has, their order, and what is of none.
 * @see https://hl7.org/fhir/R4/profiling.html#slicing
 */
import type { FhirNode, Nodes } from '../../fhirpath/node.ts'
import type { Walk } from '../walk.ts'
import type { Slice, Slicing } from './compiled-profile.ts'

type Assigned = { readonly node: FhirNode; readonly slice: number | undefined; readonly known: boolean }

const DEFAULT = '@default'

/** The walk stands at the element. Where a value cannot be told, neither numbers nor order are held against it. */
export function checkSlices(
  slicing: Slicing,
  nodes: Nodes,
  walk: Walk,
  profile: string,
  checkValue: (slice: Slice, node: FhirNode) => void,
): void {
  const { slices } = slicing
  const assigned = nodes.map((node) => assign(node, slices, walk))
  const allKnown = assigned.every(({ known }) => known)
  for (const [i, slice] of slices.entries()) {
    const { min, max } = slice.element
    const count = assigned.filter((a) => a.slice === i).length
    if ((count < min && allKnown) || count > max) {
      const told = { profile, slice: slice.name, min, max: max === Number.POSITIVE_INFINITY ? '*' : max }
      walk.findings.add(count < min ? 'required' : 'structure', 'profil-tranche', told)
    }
  }
  for (const { node, slice } of assigned) {
    const found = slice === undefined ? undefined : slices[slice]
    if (found) checkValue(found, node)
  }
  if (allKnown) {
    checkRules(slicing, assigned, walk, profile)
    if (slicing.ordered) checkOrder(assigned, walk, profile)
  }
}

function assign(node: FhirNode, slices: readonly Slice[], walk: Walk): Assigned {
  let known = true
  for (const [i, slice] of slices.entries()) {
    if (slice.name === DEFAULT) continue
    const matches = slice.matches(node, walk)
    if (matches) return { node, slice: i, known: true }
    if (matches === undefined) known = false
  }
  const fallback = slices.findIndex((slice) => slice.name === DEFAULT)
  return { node, slice: fallback < 0 ? undefined : fallback, known }
}

function checkRules(
  { rules, slices }: Slicing,
  assigned: readonly Assigned[],
  walk: Walk,
  profile: string,
): void {
  if (rules === 'open') return
  const expected = slices.map(({ name }) => name).join(', ')
  for (const [i, { node, slice }] of assigned.entries()) {
    if (slice !== undefined) continue
    if (rules === 'closed') addAt(node, walk, 'profil-tranche-fermee', { profile, expected })
    else if (assigned.slice(i + 1).some((later) => later.slice !== undefined)) {
      addAt(node, walk, 'profil-tranche-fermee', { profile, expected })
    }
  }
}

function checkOrder(assigned: readonly Assigned[], walk: Walk, profile: string): void {
  let last = 0
  for (const { node, slice } of assigned) {
    if (slice === undefined) continue
    if (slice < last) addAt(node, walk, 'profil-ordre', { profile })
    else last = slice
  }
}

function addAt(
  { index }: FhirNode,
  { findings }: Walk,
  error: 'profil-tranche-fermee' | 'profil-ordre',
  params: Readonly<Record<string, string>>,
): void {
  if (index !== undefined) findings.enter(index)
  findings.add('structure', error, params)
  if (index !== undefined) findings.leave()
}
