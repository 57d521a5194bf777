/**
 * What the CPU profiles of a run come to: the time by package and by function, printed; and beside each profile a flame
 * graph. The largest process is told: of several workers one is like the other.
 */
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { aligned } from '../report.ts'
import { flameGraph } from './flame-graph.ts'
import { type Frame, readProfile, type Stack, type Window } from './read-profile.ts'

const OWNERS = 25
const FUNCTIONS = 40

export function tellProfiles(folder: string, windows: readonly Window[]): void {
  const files = readdirSync(folder).filter((name) => name.endsWith('.cpuprofile'))
  const profiles = files
    .map((name) => ({ file: join(folder, name), stacks: readProfile(join(folder, name), windows) }))
    .filter(({ stacks }) => stacks.length > 0)
    .sort((a, b) => timeOf(b.stacks) - timeOf(a.stacks))
  for (const { file, stacks } of profiles) {
    const svg = file.replace(/\.cpuprofile$/, '.svg')
    writeFileSync(svg, flameGraph(stacks))
    console.log(`\n${(timeOf(stacks) / 1e6).toFixed(1)} s busy: ${svg}`)
  }
  const [largest] = profiles
  if (!largest) return
  const whole = timeOf(largest.stacks)
  const share = (microseconds: number): string => `${((microseconds / whole) * 100).toFixed(1)} %`
  const owners = selfTimes(largest.stacks, ({ owner }) => owner)
  console.log(
    `\n${aligned([['self', 'of'], ...owners.slice(0, OWNERS).map(([owner, time]) => [share(time), owner])])}`,
  )
  const label = ({ name, place }: Frame): string => `${name} ${place}`
  const total = new Map(totalTimes(largest.stacks, label))
  const functions = selfTimes(largest.stacks, label).slice(0, FUNCTIONS)
  const rows = functions.map(([name, time]) => [share(time), share(total.get(name) ?? 0), name])
  console.log(`\n${aligned([['self', 'with callees', 'function'], ...rows])}`)
}

export function timeOf(stacks: readonly Stack[]): number {
  return stacks.reduce((sum, { microseconds }) => sum + microseconds, 0)
}

type Times = (readonly [key: string, microseconds: number])[]

/** Of the innermost functions, the longest first. */
export function selfTimes(stacks: readonly Stack[], key: (frame: Frame) => string): Times {
  return summed(stacks, ({ frames }) => {
    const own = frames.at(-1)
    return own ? [key(own)] : []
  })
}

/** Of functions with all they call; one that calls itself counts once. */
export function totalTimes(stacks: readonly Stack[], key: (frame: Frame) => string): Times {
  return summed(stacks, ({ frames }) => [...new Set(frames.map(key))])
}

function summed(stacks: readonly Stack[], keysOf: (stack: Stack) => readonly string[]): Times {
  const times = new Map<string, number>()
  for (const stack of stacks)
    for (const key of keysOf(stack)) times.set(key, (times.get(key) ?? 0) + stack.microseconds)
  return [...times].sort(([, a], [, b]) => b - a)
}
