/**
 * Cores of their own for what is measured and for the load: else a generator that sends twice as much takes from the server
 * what it is to be judged by. By `taskset` (util-linux); what a process starts has the cores that the process has then.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'

export type CoreShares = {
  /** For this process, and what it starts, until the next call. */
  readonly take: (share: 'measured' | 'load' | 'all') => void
  /** In words, for a report. */
  readonly told: string
}

/** Where there is one core, or no taskset, all share all. */
export function coreShares(): CoreShares {
  const cores = coresOf(process.pid)
  const last = cores?.at(-1)
  if (!cores || last === undefined || cores.length < 2)
    return {
      take: () => undefined,
      told: `${availableParallelism()} core(s) shared by server, database and load`,
    }
  const shares = { measured: cores.slice(0, -1), load: [last], all: cores }
  return {
    take: (share) => keepTo(shares[share]),
    told: `server and database on ${cores.length - 1} core(s), the load on another`,
  }
}

function keepTo(cores: readonly number[]): void {
  execFileSync('taskset', ['-a', '-c', '-p', cores.join(','), String(process.pid)], { stdio: 'ignore' })
}

/** `pid 7's current affinity list: 0-2,5` */
function coresOf(pid: number): number[] | undefined {
  const { status, stdout } = spawnSync('taskset', ['-c', '-p', String(pid)], { encoding: 'utf8' })
  if (status !== 0) return undefined
  const list = stdout.slice(stdout.lastIndexOf(':') + 1).trim()
  return list.split(',').flatMap((range) => {
    const [from = Number.NaN, to = from] = range.split('-').map(Number)
    return Array.from({ length: to - from + 1 }, (_, i) => from + i)
  })
}
