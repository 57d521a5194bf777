/** The command line of `npm run bench -- read|push|all`. */
import { parseArgs } from 'node:util'

export type Options = {
  readonly read: boolean
  readonly push: boolean
  /** Of load, in each round, for each of the two sides. */
  readonly seconds: number
  readonly rounds: number
  readonly connections: number
  readonly json: string | undefined
  /** Folder for a CPU profile of the server. */
  readonly profile: string | undefined
}

export const usage = `usage: npm run bench -- read|push|all [options]

  --seconds 2        load in each round, on each side
  --rounds 5         of server and baseline in turn
  --connections 32   requests under way at once
  --json <file>      the figures, for machines
  --profile <folder> a .cpuprofile of the server process (costs speed: not for figures)`

export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export function readOptions(args: readonly string[]): Options {
  const { values, positionals } = parsed(args)
  const [what = 'all', ...more] = positionals
  if (more.length > 0 || !['read', 'push', 'all'].includes(what)) throw new UsageError(usage)
  return {
    read: what !== 'push',
    push: what !== 'read',
    seconds: within(values.seconds, 2, 0.1, 600),
    rounds: Math.round(within(values.rounds, 5, 1, 100)),
    connections: Math.round(within(values.connections, 32, 1, 512)),
    json: values.json,
    profile: values.profile,
  }
}

function parsed(args: readonly string[]) {
  const text = { type: 'string' } as const
  const options = { seconds: text, rounds: text, connections: text, json: text, profile: text }
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: true })
  } catch (cause) {
    if (cause instanceof TypeError) throw new UsageError(usage, { cause })
    throw cause
  }
}

function within(text: string | undefined, fallback: number, min: number, max: number): number {
  const value = text === undefined ? fallback : Number(text)
  if (!(value >= min && value <= max)) throw new UsageError(usage)
  return value
}
