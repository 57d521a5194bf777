/** The `dmp` command as its users run it: a process of its own. */
import { spawn } from 'node:child_process'
import { assetPath } from '../../src/asset-path.ts'

export type Run = { readonly code: number | null; readonly out: string; readonly err: string }

/** @param environment the whole of it */
export function runDmp(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [assetPath('cli.js'), ...args], {
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const said = { out: '', err: '' }
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said.out += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said.err += text
    })
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, ...said }))
  })
}
