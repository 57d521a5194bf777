/**
 * Sides in turn, A-B-A-B, on the same PostgreSQL: what the machine does meanwhile hits all. Ratios are taken within each
 * round; of everything the median is told, with the least and the most.
 */
import type { LoadResult } from './closed-loop.ts'
import { quantile } from './durations.ts'
import { familyCpuSeconds, nodeCpuSeconds } from './processes.ts'

export type Side = {
  readonly name: string
  /** The Node process that does the work, itself or by its workers; undefined: none does. */
  readonly pid: number | undefined
  readonly load: (milliseconds: number) => Promise<LoadResult>
}

export type Round = LoadResult & {
  /** CPU seconds for a thousand pieces; undefined where /proc is not there. */
  readonly nodeCpu: number | undefined
  readonly postgresCpu: number | undefined
  readonly generatorCpu: number
  /** Part of one core that the load generator took: near 1 it is what was measured. */
  readonly generatorCore: number
}

export type Spread = { readonly median: number; readonly least: number; readonly most: number }
export type SideResult = { readonly name: string; readonly rounds: readonly Round[] }
export type ContestResult = {
  readonly server: SideResult
  readonly baseline: SideResult
  readonly ratio: Spread
}

export type Turns = { readonly rounds: number; readonly seconds: number }

export async function contest(
  sides: { readonly server: Side; readonly baseline: Side },
  postmasterPid: number,
  options: Turns,
): Promise<ContestResult> {
  const [server, baseline] = await takeTurns([sides.server, sides.baseline], postmasterPid, options)
  if (!server || !baseline) throw new Error('A side did not take its turn')
  return { server, baseline, ratio: ratioOf(server, baseline) }
}

/** Each round is a turn of every side, in this order. */
export async function takeTurns(
  sides: readonly Side[],
  postmasterPid: number,
  { rounds, seconds }: Turns,
): Promise<SideResult[]> {
  const results = sides.map((side) => ({ side, rounds: [] as Round[] }))
  for (let i = 0; i < rounds; i++) {
    for (const { side, rounds: own } of results) own.push(await turn(side, postmasterPid, seconds * 1000))
  }
  return results.map(({ side: { name }, rounds: own }) => ({ name, rounds: own }))
}

export function ratioOf(own: SideResult, other: SideResult): Spread {
  return spread(own.rounds.map((round, i) => round.perSecond / (other.rounds[i]?.perSecond ?? Number.NaN)))
}

/** How much more CPU the other takes for as much: what the ratio would be on a machine that nobody else uses. */
export function cpuRatioOf(own: SideResult, other: SideResult): Spread {
  const cpu = (round: Round | undefined): number =>
    (round?.nodeCpu ?? Number.NaN) + (round?.postgresCpu ?? Number.NaN)
  return spread(own.rounds.map((round, i) => cpu(other.rounds[i]) / cpu(round)))
}

async function turn(side: Side, postmasterPid: number, milliseconds: number): Promise<Round> {
  const nodeCpu = () => (side.pid === undefined ? undefined : nodeCpuSeconds(side.pid))
  const node = nodeCpu()
  const postgres = familyCpuSeconds(postmasterPid)
  const own = process.cpuUsage()
  const result = await side.load(milliseconds)
  const { user, system } = process.cpuUsage(own)
  const perThousand = (before: number | undefined, after: number | undefined) =>
    before === undefined || after === undefined ? undefined : ((after - before) / result.pieces) * 1000
  return {
    ...result,
    nodeCpu: perThousand(node, nodeCpu()),
    postgresCpu: perThousand(postgres, familyCpuSeconds(postmasterPid)),
    generatorCpu: (user + system) / 1e3 / result.pieces,
    generatorCore: (user + system) / 1e6 / result.seconds,
  }
}

export function spread(numbers: readonly number[]): Spread {
  const sorted = [...numbers].sort((a, b) => a - b)
  return { median: quantile(sorted, 0.5), least: sorted[0] ?? Number.NaN, most: sorted.at(-1) ?? Number.NaN }
}
