/** What is measured: requests of one kind against the server, the limits beside it, and what must be true afterwards. */
import type { Side } from '../contest.ts'
import type { NextShot } from '../http-load.ts'
import type { Benchmark, Options } from '../options.ts'
import type { ServerProcess } from '../server-process.ts'
import type { DmpData } from './dmp-place.ts'
import type { Limits } from './limits.ts'
import type { SteadyTarget } from './steady-target.ts'

/** What scenarios are made of. */
export type Bench = {
  readonly server: ServerProcess
  readonly data: DmpData
  readonly limits: Limits
  readonly options: Options
}

export type Scenario = {
  readonly bench: Benchmark
  readonly name: string
  /** Bytes of an answer, or of what is written. */
  readonly bytes: number
  /** Answers without their time taken, before the first round. */
  readonly warmUp: number
  readonly next: NextShot
  /** What the same machine, database and Fastify do without us; the ratio is to the first. */
  readonly limits: readonly Side[]
  /** The least ratio to the first limit that is asked for. */
  readonly target: number | undefined
  /** What is asked for at a fixed rate. */
  readonly steadyTarget?: SteadyTarget
  /** @throws when something that was acknowledged is not in the database */
  readonly confirm?: () => Promise<void>
}
