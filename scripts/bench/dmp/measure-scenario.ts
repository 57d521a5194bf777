/** One scenario measured: warmed up, in turns with its limits, then at a fixed rate. */
import {
  cpuRatioOf,
  ratioOf,
  type Side,
  type SideResult,
  type Spread,
  spread,
  takeTurns,
} from '../contest.ts'
import { atFixedRate, type RateResult } from '../fixed-rate.ts'
import { closedHttpLoop, withLoadConnections } from '../http-load.ts'
import { residentOfEach } from '../processes.ts'
import { monotonicMicroseconds, type Window } from '../profile/read-profile.ts'
import { type ResidentSeries, ResidentWatch } from '../resident-series.ts'
import type { Bench, Scenario } from './scenario.ts'

export type ScenarioFigures = Pick<Scenario, 'bench' | 'name' | 'bytes' | 'target' | 'steadyTarget'> & {
  /** Processes of the server that answer. */
  readonly workers: number
  /** The server's first, then the limits'; none when only a rate was asked for. */
  readonly sides: readonly SideResult[]
  /** To the first limit. */
  readonly ratio: Spread | undefined
  /** The same by CPU seconds. */
  readonly cpuRatio: Spread | undefined
  readonly steady: RateResult & { readonly resident: ResidentSeries }
  /** Megabytes of each process of the server at the end. */
  readonly resident: readonly number[]
  /** When the server was measured, for its profile. */
  readonly window: Window
}

/** Of what the closed loop has shown to be possible. */
const STEADY_PART = 0.5
const WARM_UP_MS = 1_000

export async function measureScenario(
  { server, options, data }: Bench,
  scenario: Scenario,
  workers: number,
): Promise<ScenarioFigures> {
  const { bench, name, bytes, target, next, limits } = scenario
  const { connections, seconds } = options
  const load = (amount: { milliseconds?: number; pieces?: number }) =>
    withLoadConnections(server.port, connections, (opened) => closedHttpLoop(opened, next, amount))
  await load({ pieces: Math.ceil(scenario.warmUp * data.shape.warmUp) })
  const from = monotonicMicroseconds()
  const own: Side = { name, pid: server.pid, load: (milliseconds) => load({ milliseconds }) }
  let sides: SideResult[] = []
  if (options.rate === undefined) {
    for (const limit of limits.filter(({ pid }) => pid !== undefined))
      await limit.load(Math.min(WARM_UP_MS, seconds * 1000))
    sides = await takeTurns([own, ...limits], server.postmasterPid, options)
  }
  const [first, limit] = sides
  const possible = first && spread(first.rounds.map(({ perSecond }) => perSecond)).median
  const rate = options.rate ?? Math.max(1, Math.round((possible ?? 1) * STEADY_PART))
  const watch = new ResidentWatch(server.pid)
  const steady = await atFixedRate(server.port, connections, next, {
    perSecond: rate,
    seconds: options.rate === undefined ? seconds * 2 : seconds,
  })
  const resident = watch.stop()
  const window = { from, until: monotonicMicroseconds() }
  await scenario.confirm?.()
  return {
    bench,
    name,
    bytes,
    target,
    workers,
    sides,
    ratio: first && limit && ratioOf(first, limit),
    cpuRatio: first && limit && cpuRatioOf(first, limit),
    steady: { ...steady, resident },
    resident: residentOfEach(server.pid),
    window,
    ...(scenario.steadyTarget ? { steadyTarget: scenario.steadyTarget } : {}),
  }
}
