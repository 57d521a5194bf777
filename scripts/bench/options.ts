/** The command line of `npm run bench`. */
import { parseArgs } from 'node:util'

/** What can be measured, in the order it is done. */
export const benchmarks = [
  'read',
  'push',
  'timing',
  'traces',
  'import',
  'crud',
  'search',
  'start',
  'validation',
  'memory',
  'decide',
] as const
export type Benchmark = (typeof benchmarks)[number]

export type Options = {
  readonly chosen: ReadonlySet<Benchmark>
  /** Of load, in each round, for each side. */
  readonly seconds: number
  readonly rounds: number
  readonly connections: number
  /** Of the population that is searched. */
  readonly resources: number
  /** Of the table that is read, added to and verified. */
  readonly traces: number
  readonly seed: number
  /** Values of each search whose database time is measured. */
  readonly samples: number
  /** Folder that keeps the population for another run; undefined: it is thrown away. */
  readonly data: string | undefined
  readonly json: string | undefined
  /** Folder for a CPU profile of the server. */
  readonly profile: string | undefined
}

export const usage = `usage: npm run bench -- [read push timing traces import crud search start validation memory decide | all] [options]

  read, push                the dmp profile: a document by id, a deposit (the two that are measured unless told)
  timing                    the dmp profile: a hidden document against one that is not there
  traces                    the dmp profile: what a durable trace costs a read, its bytes, and a table of many traces
  import, crud, search      the fhir profile on a made-up population, which import (or whatever comes first) loads
  start, validation, memory start-up and idle memory; validation on one core; 20 large transactions at once
  decide                    decisions of policy, on one core, in a crowded record

  --seconds 2        load in each round, on each side
  --rounds 5         of server and baseline in turn
  --connections 32   requests under way at once
  --resources 200000 of the population
  --traces 10000000  of the table that is read, added to and verified
  --seed 1           of the population
  --samples 60       values of each search whose time in the database is measured
  --data <folder>    keeps the population there, or finds it there
  --json <file>      the figures, for machines
  --profile <folder> a .cpuprofile of the server process (costs speed: not for figures)`

export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export function readOptions(args: readonly string[]): Options {
  const { values, positionals } = parsed(args)
  return {
    chosen: new Set(chosenOf(positionals)),
    seconds: within(values.seconds, 2, 0.1, 600),
    rounds: Math.round(within(values.rounds, 5, 1, 100)),
    connections: Math.round(within(values.connections, 32, 1, 512)),
    resources: Math.round(within(values.resources, 200_000, 100, 10_000_000)),
    traces: Math.round(within(values.traces, 10_000_000, 1_000, 100_000_000)),
    seed: Math.round(within(values.seed, 1, 0, 2 ** 32 - 1)),
    samples: Math.round(within(values.samples, 60, 1, 10_000)),
    data: values.data,
    json: values.json,
    profile: values.profile,
  }
}

function chosenOf(names: readonly string[]): readonly Benchmark[] {
  if (names.length === 0) return ['read', 'push']
  if (names.length === 1 && names[0] === 'all') return benchmarks
  return names.map((name) => {
    const known = benchmarks.find((benchmark) => benchmark === name)
    if (known === undefined) throw new UsageError(usage)
    return known
  })
}

function parsed(args: readonly string[]) {
  const text = { type: 'string' } as const
  const options = {
    ...{
      seconds: text,
      rounds: text,
      connections: text,
      resources: text,
      traces: text,
      seed: text,
      samples: text,
    },
    ...{ data: text, json: text, profile: text },
  }
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
