/** A fault to be planted in the source of a server. */
export type PlantedLeak = {
  readonly name: string
  readonly file: string
  /** What stands in the source, once. */
  readonly of: string
  readonly instead: string
}
