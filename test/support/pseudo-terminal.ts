/**
 * A command on a pseudo-terminal, as a person at a terminal runs it: by Python's `pty`, since Node has none. Whoever uses it skips
 * where there is no Python.
 */
import { spawn, spawnSync } from 'node:child_process'

const script = `
import os, pty, sys
status = pty.spawn(sys.argv[1:])
sys.exit(os.waitstatus_to_exitcode(status))
`

export const hasPseudoTerminal = (): boolean =>
  spawnSync('python3', ['-c', 'import pty, os; os.waitstatus_to_exitcode(0)']).status === 0

export type AtTerminal = { readonly code: number | null; readonly shown: string }

/** @param environment the whole of it */
export function runAtTerminal(
  command: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<AtTerminal> {
  return new Promise((resolve, reject) => {
    const child = spawn('python3', ['-c', script, ...command], {
      env: environment,
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    let shown = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      shown += text
    })
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, shown }))
  })
}
