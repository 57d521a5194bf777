/**
 * What processes cost, from /proc: CPU seconds and resident memory. Elsewhere than on Linux it is not known, and said so.
 * @see proc_pid_stat(5), proc_pid_status(5)
 */
import { readdirSync, readFileSync } from 'node:fs'

/** USER_HZ, 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100

export function cpuSeconds(pid: number): number | undefined {
  const fields = statOf(pid)
  return fields && (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

/** The process, and those of Node that it has started: the workers of a server. */
export function nodeCpuSeconds(pid: number): number | undefined {
  const workers = childrenOf(pid).filter(isNode)
  return [pid, ...workers].reduce<number | undefined>((sum, each) => {
    const own = cpuSeconds(each)
    return sum === undefined || own === undefined ? undefined : sum + own
  }, 0)
}

/** The process, those it started, and those it started that have ended. */
export function familyCpuSeconds(pid: number): number | undefined {
  const own = statOf(pid)
  if (!own) return undefined
  const ended = (Number(own[13]) + Number(own[14])) / TICKS_PER_SECOND
  return childrenOf(pid).reduce(
    (sum, child) => sum + (cpuSeconds(child) ?? 0),
    ended + (Number(own[11]) + Number(own[12])) / TICKS_PER_SECOND,
  )
}

function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((child) => Number(statOf(child)?.[1]) === pid)
}

function isNode(pid: number): boolean {
  return (
    textOf(`/proc/${pid}/comm`)?.trim() === 'node' && !textOf(`/proc/${pid}/cmdline`)?.includes('watchdog')
  )
}

/** Of each process of a server, its workers behind it: megabytes. Empty where it is not known. */
export function residentOfEach(pid: number): number[] {
  return [pid, ...childrenOf(pid).filter(isNode)].flatMap((each) => residentMegabytes(each) ?? [])
}

/** The largest of the processes of a server. */
export function largestMegabytes(pid: number): number | undefined {
  const known = residentOfEach(pid)
  return known.length > 0 ? Math.max(...known) : undefined
}

export function residentMegabytes(pid: number): number | undefined {
  return megabytesOf(pid, /^VmRSS:\s+(\d+) kB$/m)
}

/** The most since the process began. */
export function peakMegabytes(pid: number): number | undefined {
  return megabytesOf(pid, /^VmHWM:\s+(\d+) kB$/m)
}

function megabytesOf(pid: number, line: RegExp): number | undefined {
  const kilobytes = line.exec(textOf(`/proc/${pid}/status`) ?? '')?.[1]
  return kilobytes === undefined ? undefined : Number(kilobytes) / 1024
}

/** The fields from `state` on: what comes before holds a name that may contain anything. */
function statOf(pid: number): readonly string[] | undefined {
  return textOf(`/proc/${pid}/stat`)
    ?.replace(/^.*\) /s, '')
    .split(' ')
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT' || code === 'ESRCH') return undefined
    throw error
  }
}
