/** Runs the commands of pages one after the other in one bash, in a folder where nothing but the project's own is. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packageRoot } from '../../src/asset-path.ts'
import type { ShownCommand } from './shown-blocks.ts'

export type Ran = {
  /** Undefined for what was not reached, or stopped the whole. */
  readonly code: number | undefined
  /** What a terminal would show. */
  readonly printed: string
}

/** Stands in no output: a separator of records. */
const MARK = '\u001e'
const LIMIT_MS = 240_000

/** @param files that the commands find in their folder */
export async function runShown(
  commands: readonly ShownCommand[],
  files: readonly { readonly name: string; readonly text: string }[],
  environment: NodeJS.ProcessEnv,
): Promise<Ran[]> {
  const folder = cleanFolder()
  try {
    for (const { name, text } of files) writeFileSync(join(folder, name), text)
    // Nothing, then by turns what a command printed and its exit code.
    const [, ...parts] = (await bash(scriptOf(commands), folder, environment)).split(MARK)
    return commands.map((_, index) => {
      const code = parts[2 * index + 1]
      return {
        code: code === undefined ? undefined : Number.parseInt(code, 10),
        printed: parts[2 * index] ?? '',
      }
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What a clone has of what the pages use: the command, and the data of the examples. */
function cleanFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'dmp-docs-'))
  for (const name of ['bin', 'examples']) symlinkSync(join(packageRoot(), name), join(folder, name))
  return folder
}

/** A command that fails ends the whole, unless another exit code than 0 stands in its info string. */
function scriptOf(commands: readonly ShownCommand[]): string {
  return [
    'exec 2>&1',
    'set -o pipefail',
    ...commands.flatMap(({ text, exit }) => [
      "printf '\\036'",
      exit === 0 ? 'set -e' : 'set +e',
      text,
      "printf '\\036%s\\n' $?",
    ]),
  ].join('\n')
}

function bash(script: string, folder: string, environment: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-c', script], {
      cwd: folder,
      env: environment,
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: LIMIT_MS,
    })
    let printed = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text
    })
    child.once('error', reject)
    child.once('close', () => resolve(printed))
  })
}
