/** The command line of `npm run chaos`. */
import { parseArgs } from 'node:util'
import type { Fault } from './fault.ts'
import { otherFaults } from './other-faults.ts'
import { postgresFaults } from './postgres-faults.ts'

export const faults: readonly Fault[] = [...postgresFaults, ...otherFaults]

export type Options = {
  readonly chosen: readonly Fault[]
  readonly times: number
  readonly json: string | undefined
  /** What the server logs is added to it. */
  readonly log: string | undefined
}

export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export const usage = `usage: npm run chaos -- [fault …] [options]

${faults.map(({ name, what }) => `  ${name.padEnd(17)} ${what}`).join('\n')}

  --times 1        each of them so often, one after the other on the same server
  --json <file>    what was found, for machines
  --log <file>     what the server logged is added to it`

export function readOptions(args: readonly string[]): Options {
  const { values, positionals } = parsed(args)
  const times = Number(values.times ?? 1)
  if (!Number.isInteger(times) || times < 1 || times > 100) throw new UsageError(usage)
  const chosen = positionals.map((name) => {
    const fault = faults.find((each) => each.name === name)
    if (!fault) throw new UsageError(`${name} is no fault\n\n${usage}`)
    return fault
  })
  return {
    chosen: chosen.length > 0 ? chosen : faults,
    times,
    json: values.json,
    log: values.log,
  }
}

function parsed(args: readonly string[]) {
  const options = {
    times: { type: 'string' },
    json: { type: 'string' },
    log: { type: 'string' },
  } as const
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true })
  } catch (cause) {
    throw new UsageError(usage, { cause })
  }
}
