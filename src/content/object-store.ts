/**
 * Where sealed contents lie when they do not lie in PostgreSQL: objects of one name each, written once, never changed.
 * Nothing here can open them.
 */
export type ObjectStore = {
  /**
   * Resolves when the store has all of it. Whoever names an object anew writes over it.
   * @throws FhirError 503 when the store is not able now
   */
  put(name: string, sealed: SealedObject): Promise<void>
  /** The bytes from `start` to before `end`. @throws FhirError 503, or an Error when there is no such object */
  get(name: string, start: number, end: number): AsyncIterable<Buffer>
  /** One that is not there is removed. */
  remove(name: string): Promise<void>
}

export type SealedObject = {
  /** Sealed bytes. */
  readonly length: number
  /** Each new and its reader's own; may be asked for again. */
  chunks(): AsyncIterable<Buffer>
}
