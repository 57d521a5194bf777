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

/** The process, those it started, and those it started that have ended. */
export function familyCpuSeconds(pid: number): number | undefined {
  const own = statOf(pid)
  if (!own) return undefined
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  const ended = (Number(own[13]) + Number(own[14])) / TICKS_PER_SECOND
  return children.reduce(
    (sum, child) => {
      const fields = statOf(Number(child))
      if (!fields || Number(fields[1]) !== pid) return sum
      return sum + (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
    },
    ended + (Number(own[11]) + Number(own[12])) / TICKS_PER_SECOND,
  )
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
