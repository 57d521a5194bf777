/**
 * The `dmp` command in this process. One of its own (run-dmp.ts) costs half a second more: that is for what concerns
 * processes, as signals, standard streams and exit codes.
 */
import { commandLine } from '../../src/cli/command-line.ts'
import type { Run } from './run-dmp.ts'

export type RunHere = Run & { readonly code: number }

/** @param environment the whole of it */
export async function dmpHere(
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<RunHere> {
  const said = { out: '', err: '' }
  const code = await commandLine(args, {
    out: (text) => {
      said.out += `${text}\n`
    },
    err: (text) => {
      said.err += `${text}\n`
    },
    env: environment,
  })
  return { code, ...said }
}
