/** A worker did not come up; it has told why itself, unless it was killed. */
export class WorkerError extends Error {
  override readonly name = 'WorkerError'
  /** Null: a signal ended it. */
  readonly exitCode: number | null
  readonly wasKilled: boolean

  constructor(exitCode: number | null, signal: string | null) {
    super(`a worker did not come up (${signal ?? `exit code ${exitCode}`})`)
    this.exitCode = exitCode
    this.wasKilled = signal !== null
  }
}
