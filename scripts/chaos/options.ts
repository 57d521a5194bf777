/** The command line of `npm run chaos`. */
import { CommandLine } from '../bench/command-line.ts'
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

export const usage = `usage: npm run chaos -- [fault …] [options]

${faults.map(({ name, what }) => `  ${name.padEnd(17)} ${what}`).join('\n')}

  --times 1        each of them so often, one after the other on the same server
  --json <file>    what was found, for machines
  --log <file>     what the server logged is added to it`

const line = new CommandLine(usage)
const known = { times: { type: 'string' }, json: { type: 'string' }, log: { type: 'string' } } as const

export function readOptions(args: readonly string[]): Options {
  const { values, positionals } = line.withWords(args, known)
  const times = Number(values.times ?? 1)
  if (!Number.isInteger(times) || times < 1 || times > 100) throw line.wrong()
  const chosen = positionals.map((name) => {
    const fault = faults.find((each) => each.name === name)
    if (!fault) throw line.wrong(`${name} is no fault`)
    return fault
  })
  return {
    chosen: chosen.length > 0 ? chosen : faults,
    times,
    json: values.json,
    log: values.log,
  }
}
