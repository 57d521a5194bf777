/** The command line of `npm run growth`. */
import { CommandLine } from '../bench/command-line.ts'
import { BASE_DOCUMENTS } from './base-records.ts'

/** `narrow`: bodies and what is found by are cut short, so that ten million fit on the disk; `whole`: as they were deposited. */
export type Shape = 'narrow' | 'whole'

export type Options = {
  /** Sizes that are compared, the smallest first. */
  readonly documents: readonly [number, ...number[]]
  readonly shape: Shape
  readonly rounds: number
  /** Of load in each turn. */
  readonly seconds: number
  readonly connections: number
  /** Folder that keeps the databases for another run; undefined: they are thrown away. */
  readonly data: string | undefined
  readonly json: string | undefined
  /** Fill alone, without measuring. */
  readonly fillOnly: boolean
}

const usage = `usage: npm run growth -- [options]

  --documents 10000,1000000  sizes that are compared, each a database of its own; multiples of ${BASE_DOCUMENTS} up to 20,000,000
  --shape narrow             or whole: bodies and what they are found by cut short, or as they were deposited
  --rounds 5                 of all sizes in turn
  --seconds 2                of load in each turn
  --connections 4            requests under way at once
  --data <folder>            keeps the databases there, or finds them there
  --fill-only                makes the databases and measures their bytes, nothing else
  --json <file>              the figures, for machines

Ten million documents of the narrow shape take some 30 GB.`

const line = new CommandLine(usage)
const text = { type: 'string' } as const
const known = {
  ...{ documents: text, shape: text, rounds: text, seconds: text, connections: text, data: text },
  json: text,
  'fill-only': { type: 'boolean' },
} as const

export function readOptions(args: readonly string[]): Options {
  const values = line.options(args, known)
  const [smallest, ...others] = (values.documents ?? '10000,1000000')
    .split(',')
    .map((size) => line.within(size, 0, BASE_DOCUMENTS, 20_000_000))
    .sort((a, b) => a - b)
  if (smallest === undefined || [smallest, ...others].some((size) => size % BASE_DOCUMENTS !== 0))
    throw line.wrong()
  const shape = values.shape ?? 'narrow'
  if (shape !== 'narrow' && shape !== 'whole') throw line.wrong()
  return {
    documents: [smallest, ...others],
    shape,
    rounds: line.within(values.rounds, 5, 1, 100),
    seconds: line.within(values.seconds, 2, 0.1, 600),
    connections: line.within(values.connections, 4, 1, 64),
    data: values.data,
    json: values.json,
    fillOnly: values['fill-only'] ?? false,
  }
}
