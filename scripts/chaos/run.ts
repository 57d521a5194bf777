/**
 * `npm run chaos`: faults under load, against a real server and a PostgreSQL of its own; after each, whether every promise was
 * held: nothing acknowledged is lost, nothing is half done, every answer is traced, and the server is well again by itself.
 * Exit code 1 when one was broken.
 * @see docs/operations.md "When something fails"
 */
import { appendFileSync, writeFileSync } from 'node:fs'
import { UsageError } from '../bench/command-line.ts'
import { describeMachine } from '../bench/machine.ts'
import { machineLine } from '../bench/report.ts'
import type { Fault } from './fault.ts'
import { openRun } from './open-run.ts'
import { type Options, readOptions } from './options.ts'
import { openPlace, type Setting } from './place.ts'
import { details, table } from './report.ts'
import { type Found, tryFault } from './try-fault.ts'
import { Unavailable } from './unavailable.ts'

async function main(options: Options): Promise<void> {
  const machine = describeMachine()
  console.log(machineLine(machine))
  const found: Found[] = []
  const skipped: { readonly fault: string; readonly why: string }[] = []
  for (const [setting, chosen] of bySetting(options.chosen)) {
    try {
      await inPlace(setting, chosen, options, (each) => {
        found.push(each)
        console.log(details(each))
      })
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error
      for (const { name } of chosen) skipped.push({ fault: name, why: error.message })
    }
  }
  console.log(`\n${table(found)}`)
  for (const { fault, why } of skipped) console.log(`${fault}: skipped, ${why}`)
  if (options.json !== undefined)
    writeFileSync(options.json, `${JSON.stringify({ machine, found, skipped }, null, 2)}\n`)
  if (found.some(({ broken }) => broken.length > 0)) process.exitCode = 1
}

function bySetting(chosen: readonly Fault[]): Map<Setting, Fault[]> {
  const groups = new Map<Setting, Fault[]>()
  for (const fault of chosen) groups.set(fault.setting, [...(groups.get(fault.setting) ?? []), fault])
  return groups
}

async function inPlace(
  setting: Setting,
  chosen: readonly Fault[],
  { times, log }: Options,
  onFound: (found: Found) => void,
): Promise<void> {
  await using place = await openPlace(setting)
  const run = await openRun(place)
  try {
    for (let i = 0; i < times; i++) for (const fault of chosen) onFound(await tryFault(run, fault))
  } finally {
    if (log !== undefined) appendFileSync(log, place.log())
  }
}

// A disk that was mounted must not stay; PostgreSQL's watchdog notices the end of this process by itself.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130))

main(readOptionsOrEnd()).catch((error: unknown) => {
  console.error(error)
  process.exitCode = 1
})

function readOptionsOrEnd(): Options {
  try {
    return readOptions(process.argv.slice(2))
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    console.error(error.message)
    process.exit(2)
  }
}
