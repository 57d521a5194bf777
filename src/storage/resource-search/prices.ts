/**
 * What the ways to a page cost, by which one of them is chosen: measured (docs/decisions/0017), in the price of a row that
 * is opened. Whatever they are, the page is the same.
 */
export type Prices = {
  /** A match that is gathered: its row, and that of its sort value. */
  readonly gathered: number
  /**
   * A step along the order of a sort key, past a resource that its signature rules out; among strings. Where the index is
   * not yet known to be current, as of the newest rows, it opens a row of its own.
   */
  readonly step: number
  readonly stepAmongStrings: number
  /** The share of resources that have the bits of a value without having the value. */
  readonly inVain: number
  /** So many matches are gathered to sort them by a code, however few codes there are. */
  readonly few: number
  /** A code asked for, as against a match gathered for its code. */
  readonly code: number
  /** So many codes are asked for one by one, where that is to fill a page. */
  readonly oneByOne: number
}

export const usualPrices: Prices = {
  gathered: 2,
  step: 0.2,
  stepAmongStrings: 0.3,
  inVain: 0.04,
  few: 300,
  code: 1.6,
  oneByOne: 8,
}
