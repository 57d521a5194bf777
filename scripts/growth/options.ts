/** The command line of `npm run growth`. */
import { parseArgs } from 'node:util'
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

export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export function readOptions(args: readonly string[]): Options {
  const { values } = parsed(args)
  const [smallest, ...others] = (values.documents ?? '10000,1000000')
    .split(',')
    .map((text) => within(text, 0, BASE_DOCUMENTS, 20_000_000))
    .sort((a, b) => a - b)
  if (smallest === undefined || [smallest, ...others].some((size) => size % BASE_DOCUMENTS !== 0))
    throw new UsageError(usage)
  const shape = values.shape ?? 'narrow'
  if (shape !== 'narrow' && shape !== 'whole') throw new UsageError(usage)
  return {
    documents: [smallest, ...others],
    shape,
    rounds: within(values.rounds, 5, 1, 100),
    seconds: within(values.seconds, 2, 0.1, 600),
    connections: within(values.connections, 4, 1, 64),
    data: values.data,
    json: values.json,
    fillOnly: values['fill-only'] ?? false,
  }
}

function parsed(args: readonly string[]) {
  const text = { type: 'string' } as const
  try {
    return parseArgs({
      args: [...args],
      options: {
        ...{ documents: text, shape: text, rounds: text, seconds: text, connections: text, data: text },
        ...{ json: text, 'fill-only': { type: 'boolean' } },
      },
      strict: true,
    })
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
