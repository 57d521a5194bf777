/**
 * `dmp completion`: what completes `dmp` in a shell, made from the tables of its commands.
 * @see docs/cli.md "Completion"
 */
import { type Command, CommandError, command, exitCodes } from './command.ts'
import type { CommandTable } from './command-table.ts'
import { bashCompletion } from './completion/bash.ts'
import { fishCompletion } from './completion/fish.ts'
import { zshCompletion } from './completion/zsh.ts'
import { commandTables } from './tables/all-tables.ts'
import { completionTable, type shells } from './tables/completion.ts'

const scripts = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
} as const satisfies Readonly<Record<(typeof shells)[number], (tables: readonly CommandTable[]) => string>>

export const completion: Command = command(completionTable, async ({ words: [shell, ...others] }, io) => {
  const script = Object.entries(scripts).find(([name]) => name === shell)?.[1]
  if (!script || others.length > 0)
    throw new CommandError(
      exitCodes.usage,
      `say which shell: ${Object.keys(scripts).join(', ')} (dmp completion --help)`,
    )
  io.out(script(commandTables))
  return exitCodes.ok
})
