/** The process of the `dmp` command. */
import { exitCodes } from './command.ts'
import { commandLine } from './command-line.ts'
import { paintFor } from './terminal/paint.ts'

const args = process.argv.slice(2)
const noColor = args.includes('--no-color')

// A reader that has read enough (`dmp … | head`) is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(exitCodes.ok)
})

try {
  process.exitCode = await commandLine(args, {
    out: (text) => console.log(text),
    err: (text) => console.error(text),
    env: process.env,
    paint: paintFor(process.env, process.stdout.isTTY === true, noColor),
    paintErr: paintFor(process.env, process.stderr.isTTY === true, noColor),
  })
} catch (error) {
  console.error(error)
  process.exitCode = exitCodes.internal
}
