/** Finds, in the bytes of a body as they come, the strings in which the content of a document may stand. */
export type BodyScanner = {
  /** The quote that opened the string it stopped in. */
  readonly quote: string
  /** @returns where the watched string begins, behind its quote; -1 when the piece ends before there is one */
  scan(piece: Uint8Array, from: number): number
  /** To go on behind a watched string, or, when that was not read to its end, inside it. */
  resume(isEnded: boolean): void
}
