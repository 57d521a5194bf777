/**
 * Server and baseline in turn, A-B-A-B, on the same PostgreSQL: what the machine does meanwhile hits both. The ratio is
 * taken within each round; of everything the median is told, with the least and the most.
 */
import { type LoadResult, quantile } from './closed-loop.ts'
import { cpuSeconds, familyCpuSeconds } from './processes.ts'

export type Side = {
  readonly name: string
  /** The Node process that does the work. */
  readonly pid: number
  readonly load: (milliseconds: number) => Promise<LoadResult>
}

export type Round = LoadResult & {
  /** CPU seconds for a thousand requests; undefined where /proc is not there. */
  readonly nodeCpu: number | undefined
  readonly postgresCpu: number | undefined
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

export async function contest(
  sides: { readonly server: Side; readonly baseline: Side },
  postmasterPid: number,
  options: { readonly rounds: number; readonly seconds: number },
): Promise<ContestResult> {
  const server: Round[] = []
  const baseline: Round[] = []
  const milliseconds = options.seconds * 1000
  for (let i = 0; i < options.rounds; i++) {
    server.push(await round(sides.server, postmasterPid, milliseconds))
    baseline.push(await round(sides.baseline, postmasterPid, milliseconds))
  }
  const ratios = server.map((own, i) => own.perSecond / (baseline[i]?.perSecond ?? Number.NaN))
  return {
    server: { name: sides.server.name, rounds: server },
    baseline: { name: sides.baseline.name, rounds: baseline },
    ratio: spread(ratios),
  }
}

async function round(side: Side, postmasterPid: number, milliseconds: number): Promise<Round> {
  const node = cpuSeconds(side.pid)
  const postgres = familyCpuSeconds(postmasterPid)
  const own = process.cpuUsage()
  const result = await side.load(milliseconds)
  const { user, system } = process.cpuUsage(own)
  const perThousand = (before: number | undefined, after: number | undefined) =>
    before === undefined || after === undefined ? undefined : ((after - before) / result.pieces) * 1000
  return {
    ...result,
    nodeCpu: perThousand(node, cpuSeconds(side.pid)),
    postgresCpu: perThousand(postgres, familyCpuSeconds(postmasterPid)),
    generatorCore: (user + system) / 1e6 / result.seconds,
  }
}

export function spread(numbers: readonly number[]): Spread {
  const sorted = [...numbers].sort((a, b) => a - b)
  return { median: quantile(sorted, 0.5), least: sorted[0] ?? Number.NaN, most: sorted.at(-1) ?? Number.NaN }
}
