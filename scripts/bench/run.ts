/**
 * `npm run bench`: this process is the load generator, the server and the baselines are others. Exit code 1 when something
 * answers otherwise than it must; a missed target is printed, not an error: the machine may have been busy.
 */
import { writeFileSync } from 'node:fs'
import { benchDecide } from './bench-decide.ts'
import { benchMemory } from './bench-memory.ts'
import { benchStart } from './bench-start.ts'
import { benchTiming } from './bench-timing.ts'
import { benchTraces } from './bench-traces.ts'
import { benchValidation } from './bench-validation.ts'
import { UsageError } from './command-line.ts'
import { benchDmp } from './dmp/bench-dmp.ts'
import { fhirBenches } from './fhir-benches.ts'
import { describeMachine } from './machine.ts'
import { type Benchmark, national, type Options, readOptions } from './options.ts'
import { benchOverload } from './overload/bench-overload.ts'
import { machineLine } from './report.ts'
import { tellReport } from './tell-report.ts'

type Part = {
  readonly of: readonly Benchmark[]
  readonly run: (options: Options) => Promise<Record<string, unknown>>
}

const parts: readonly Part[] = [
  { of: national, run: benchDmp },
  { of: ['overload'], run: benchOverload },
  { of: ['timing'], run: benchTiming },
  { of: ['traces'], run: benchTraces },
  { of: ['fhir-import', 'fhir-crud', 'fhir-search'], run: fhirBenches },
  { of: ['start'], run: benchStart },
  { of: ['validation'], run: benchValidation },
  { of: ['memory'], run: benchMemory },
  { of: ['decide'], run: benchDecide },
]

async function main(options: Options): Promise<void> {
  const { connections, rounds, seconds, rate, resources, seed, chosen } = options
  const machine = describeMachine()
  console.log(machineLine(machine))
  console.log(
    rate === undefined
      ? `${connections} connections; ${rounds} rounds of ${seconds} s a side, in turn: median [least–most]`
      : `${connections} connections; ${rate}/s for ${seconds} s`,
  )
  const figures: Record<string, unknown> = {
    machine,
    options: { connections, rounds, seconds, rate, resources, seed },
  }
  for (const { of, run } of parts) {
    if (of.some((name) => chosen.has(name))) Object.assign(figures, await run(options))
  }
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(figures, null, 2)}\n`)
}

async function start(): Promise<void> {
  const options = readOptions(process.argv.slice(2))
  if (options.report.length > 0) tellReport(options.report, options.into)
  else await main(options)
}

start().catch((error: unknown) => {
  console.error(error instanceof UsageError ? error.message : error)
  process.exitCode = error instanceof UsageError ? 2 : 1
})
