/**
 * The codes of a value set, filtered, counted and cut into pages.
 * @see https://hl7.org/fhir/R4/valueset-operation-expand.html
 *
 * `filter` compares, without case and accents: each of its words begins a word of the display or of a designation, or
 * the code itself begins with it.
 */
import { fold } from '../fhir/fold.ts'
import { type Effort, MAX_CODES, tooCostly } from './effort.ts'
import { textOf } from './element.ts'
import type { Member, Selection } from './selection.ts'

export type ExpandOptions = {
  readonly filter?: string
  readonly offset?: number
  readonly count?: number
  readonly activeOnly?: boolean
  /** Leaves out abstract codes. */
  readonly excludeNotForUI?: boolean
}

export type Expanded = {
  /** Of the whole, whatever the page. */
  readonly total: number
  readonly members: readonly Member[]
}

/** @throws FhirError when the codes are not all known, or too many for one answer */
export function expandSelection(selection: Selection, options: ExpandOptions, effort: Effort): Expanded {
  const meets = textFilter(options.filter, effort)
  const offset = options.offset ?? 0
  const end = options.count === undefined ? Number.POSITIVE_INFINITY : offset + options.count
  const members: Member[] = []
  let total = 0
  for (const member of selection.members()) {
    if (options.activeOnly && member.inactive) continue
    if (options.excludeNotForUI && member.abstract) continue
    if (!meets(member)) continue
    if (total >= offset && total < end) members.push(member)
    if (members.length > MAX_CODES) throw tooCostly()
    total++
  }
  return { total, members }
}

function textFilter(filter: string | undefined, effort: Effort): (member: Member) => boolean {
  const asked = filter?.trim().toLowerCase() ?? ''
  if (asked === '') return () => true
  const words = fold(asked).split(' ')
  return ({ code, display, designations }) => {
    effort.spend(10 * (1 + designations.length))
    if (code.toLowerCase().startsWith(asked)) return true
    // Punctuation alone folds to nothing, which begins every word.
    if (words[0] === '') return false
    return [display, ...designations.map((d) => textOf(d, 'value'))].some((text) => {
      const known = text === undefined ? [] : fold(text).split(' ')
      return words.every((word) => known.some((other) => other.startsWith(word)))
    })
  }
}
