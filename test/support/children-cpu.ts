/**
 * Processor time of the processes that this one has started and that have ended, with those that they had waited for: what a
 * test costs, whatever else the machine does meanwhile. Linux only; and what was left behind, or goes on, is not in it.
 * @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html cutime, cstime
 */
import { readFileSync } from 'node:fs'

/** USER_HZ, which Linux has fixed at 100 for what programs are shown. */
const MS_PER_TICK = 10

/** Milliseconds since this process began; undefined where the system does not tell. */
export function childrenCpuMs(): number | undefined {
  if (process.platform !== 'linux') return undefined
  return readStat(readFileSync('/proc/self/stat', 'latin1'))
}

/** The name, in brackets, may hold spaces and brackets. */
export function readStat(line: string): number | undefined {
  const [, , , , , , , , , , , , , cutime, cstime] = line.slice(line.lastIndexOf(')') + 2).split(' ')
  const ticks = Number(cutime) + Number(cstime)
  return Number.isFinite(ticks) ? ticks * MS_PER_TICK : undefined
}
