/** The command line of `npm run bench`. */
import { CommandLine } from './command-line.ts'

/** Of the dmp profile: what is measured when nothing is named. */
export const national = [
  'read',
  'search',
  'retrieve',
  'td02',
  'patch',
  'audit',
  'push',
  'mixed',
  'cost',
] as const

/** What can be measured, in the order it is done. */
export const benchmarks = [
  ...national,
  'overload',
  'timing',
  'traces',
  'fhir-import',
  'fhir-crud',
  'fhir-search',
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
  /** Requests a second, and nothing but that; undefined: as many as are answered, in turn with the limits. */
  readonly rate: number | undefined
  /** Processes of the server; undefined: one or as many as there are cores, by what is measured. */
  readonly workers: number | undefined
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
  /** Little data and little warm-up: the bench is tried, nothing is measured. */
  readonly quick: boolean
  /** Folder for a CPU profile of the server. */
  readonly profile: string | undefined
  /** Files of figures to be told again, as tables for docs/performance.md: nothing is measured then. */
  readonly report: readonly string[]
  /** Document whose tables are replaced by those. */
  readonly into: string | undefined
}

export const usage = `usage: npm run bench -- [what …] [options]

  read search retrieve td02 patch audit push mixed cost
                            the dmp profile, each beside its limit; these are measured when nothing is named
  overload                  the mix at 1 to 3 times what the server can, its goodput and its health meanwhile
  timing                    a hidden document against one that is not there
  traces                    what a durable trace costs a read, its bytes, and a table of many traces
  fhir-import fhir-crud fhir-search
                            the fhir profile on a made-up population, which fhir-import (or whatever comes first) loads
  start validation memory   start-up and idle memory; validation on one core; large bodies at once
  decide                    decisions of policy, on one core, in a crowded record
  all                       all of these

  --seconds 2          load in each round, on each side; with --rate: in all
  --rounds 5           of server and limits in turn
  --connections 32     requests under way at once (traces: this many, and those of its curve); with --rate 64
  --rate <n>           requests a second at even moments, instead of rounds (mixed: --rate 2000 --seconds 600)
  --workers <n>        processes of the server; else 1, and for push, mixed and cost as many as there are cores
  --resources 200000   of the population of the fhir profile
  --traces 10000000    of the table that is read, added to and verified
  --seed 1             of the populations
  --samples 60         values of each search of the fhir profile whose time in the database is measured
  --quick              little data of the dmp profile, hardly warmed up: to try the bench itself
  --data <folder>      keeps the populations there, or finds them there
  --json <file>        the figures, for machines
  --profile <folder>   CPU profiles of the server and what they come to (costs speed: not for figures)

  --report <file> …    tables of such figures in Markdown, instead of measuring
  --into <document>    put there, between the marks of the tables before`

/** So many that hardly a request waits for a connection: an open loop whose connections are all taken is a closed one. */
const RATE_CONNECTIONS = 64

const line = new CommandLine(usage)

const text = { type: 'string' } as const
const known = {
  ...{ seconds: text, rounds: text, connections: text, rate: text, workers: text, resources: text },
  ...{ traces: text, seed: text, samples: text, data: text, json: text, profile: text, into: text },
  report: { type: 'string', multiple: true },
  quick: { type: 'boolean' },
} as const

export function readOptions(args: readonly string[]): Options {
  const { values, positionals } = line.withWords(args, known)
  return {
    chosen: new Set(chosenOf(positionals)),
    seconds: line.within(values.seconds, 2, 0.01, 600),
    rounds: Math.round(line.within(values.rounds, 5, 1, 100)),
    connections: Math.round(
      line.within(values.connections, values.rate === undefined ? 32 : RATE_CONNECTIONS, 1, 512),
    ),
    rate: optional(values.rate, 1, 1_000_000),
    workers: optional(values.workers, 1, 64),
    resources: Math.round(line.within(values.resources, 200_000, 100, 10_000_000)),
    traces: Math.round(line.within(values.traces, 10_000_000, 1_000, 100_000_000)),
    seed: Math.round(line.within(values.seed, 1, 0, 2 ** 32 - 1)),
    samples: Math.round(line.within(values.samples, 60, 1, 10_000)),
    data: values.data,
    json: values.json,
    quick: values.quick ?? false,
    profile: values.profile,
    report: values.report ?? [],
    into: values.into,
  }
}

function optional(text: string | undefined, min: number, max: number): number | undefined {
  return text === undefined ? undefined : Math.round(line.within(text, min, min, max))
}

function chosenOf(names: readonly string[]): readonly Benchmark[] {
  if (names.length === 0) return national
  if (names.length === 1 && names[0] === 'all') return benchmarks
  return names.map((name) => {
    const benchmark = benchmarks.find((each) => each === name)
    if (benchmark === undefined) throw line.wrong()
    return benchmark
  })
}
