/**
 * Why something was not done at all. They are the labels of a metric, and all that is kept of such a request: it was about
 * nobody yet.
 * @see docs/operations.md "Overload"
 */
export const shedReasons = [
  /** Too many waited already. */
  'line-full',
  /** It waited for too long. */
  'waited',
  /** Too many requests under way on one connection. */
  'pipelined',
  /** A client has used up its rate. */
  'client-rate',
  /** Too many requests with a token that is not accepted, from one address. */
  'failed-tokens',
  /** A connection beyond those of the process, or of its address. */
  'connections',
  /** A client that does not take its answer. */
  'slow-reader',
] as const
export type ShedReason = (typeof shedReasons)[number]

/** Told of each; and of how many seconds those waited that had to, and were then let in. */
export type ObserveOverload = {
  readonly shed: (reason: ShedReason) => void
  readonly waited: (seconds: number) => void
}
