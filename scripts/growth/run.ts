/**
 * `npm run growth`: whether read, search and push cost the same among ten thousand, a million and ten million documents
 * (docs/growth.md). For the night, not for every change. Exit code 1 when something is answered otherwise than it must be, or
 * p50 at a larger size is more than 1.3 times that of the smallest.
 */
import { writeFileSync } from 'node:fs'
import { UsageError } from '../bench/command-line.ts'
import { describeMachine } from '../bench/machine.ts'
import { machineLine } from '../bench/report.ts'
import { bytesLines, measureBytes } from './bytes.ts'
import { fillDatabase } from './fill-database.ts'
import { figureLine, measure, type Size } from './measure.ts'
import { type Options, readOptions } from './options.ts'
import { openPlace } from './place.ts'

const MOST_GROWTH = 1.3

async function main(options: Options): Promise<void> {
  const machine = describeMachine()
  console.log(machineLine(machine))
  await using place = await openPlace(options.data)
  const sizes: Size[] = []
  const bytes = []
  const seconds: Record<string, number> = {}
  for (const documents of options.documents) {
    const filled = await fillDatabase(place, documents, options.shape, console.log)
    seconds[documents] = filled.seconds
    sizes.push({ documents, connection: filled.connection })
    const taken = await measureBytes(filled.connection, documents)
    bytes.push(taken)
    if (filled.seconds > 0) console.log(`${documents} documents made in ${filled.seconds.toFixed(0)} s`)
    console.log(bytesLines(taken).join('\n'))
  }
  const figures = options.fillOnly
    ? []
    : await measure(place, sizes, options, (some) => console.log(some.map(figureLine).join('\n')))
  if (options.json !== undefined) {
    const all = { machine, shape: options.shape, seconds, bytes, figures }
    writeFileSync(options.json, `${JSON.stringify(all, null, 2)}\n`)
  }
  const grown = figures.filter(({ reach, ratio }) => reach === 'same' && ratio.median > MOST_GROWTH)
  for (const figure of grown)
    console.log(`more than ${MOST_GROWTH} times the smallest: ${figureLine(figure)}`)
  if (grown.length > 0) process.exitCode = 1
}

async function start(): Promise<void> {
  await main(readOptions(process.argv.slice(2)))
}

start().catch((error: unknown) => {
  console.error(error instanceof UsageError ? error.message : error)
  process.exitCode = error instanceof UsageError ? 2 : 1
})
