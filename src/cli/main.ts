/** The process of the `dmp` command. */
import { commandLine } from './command-line.ts'

process.exitCode = await commandLine(process.argv.slice(2), {
  out: (text) => console.log(text),
  err: (text) => console.error(text),
  env: process.env,
})
