/**
 * The forms under whose terms the rows of one parameter lie. A resource with one value lies under a form that says how
 * long its range is at most: the rows of that form are an order in which a page can be read off, and from the longest
 * follows where it begins (resource-search/page-segments.ts).
 */
import { APART, LONG } from './forms.ts'

export type RowForm = {
  readonly form: string
  /** How long the range of its only value may be. Undefined: any length, or several values. */
  readonly longest: number | undefined
}

/** The longest day has 25 hours, the longest month 31 days: a stay in hospital is seldom longer. */
const DAY_MS = 25 * 3_600_000
const MONTH_MS = 31 * 86_400_000 + 3_600_000

const apart: RowForm = { form: APART, longest: undefined }

export const dateForms: readonly RowForm[] = [
  { form: '', longest: DAY_MS },
  { form: LONG, longest: MONTH_MS },
  apart,
]
/** Of strings, and of numbers and quantities, whose ends are mostly one. */
export const pointForms: readonly RowForm[] = [{ form: '', longest: 0 }, apart]

/** @param kind of a parameter or a criterion */
export function formsOf(kind: string): readonly RowForm[] {
  return kind === 'date' ? dateForms : pointForms
}

/** @param lengths of the ranges of all values of a resource */
export function formOf(forms: readonly RowForm[], lengths: readonly number[]): RowForm {
  const [length, ...others] = lengths
  if (length === undefined || others.length > 0) return apart
  return forms.find(({ longest }) => longest !== undefined && length <= longest) ?? apart
}
