/** What a subcommand of `dmp` is, what it may write to, and how one ends when it cannot do its job. */
import type { CommandTable, Input } from './command-table.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { commandHelp } from './help/command-help.ts'
import { readArguments } from './read-arguments.ts'
import { languageOf } from './terminal/language.ts'
import { type Paint, plain } from './terminal/paint.ts'
import { unreachable } from './unreachable.ts'

export type CommandIo = {
  /** Data, and nothing else: what a pipe behind the command reads. */
  readonly out: (text: string) => void
  /** All else: progress, warnings, faults. */
  readonly err: (text: string) => void
  readonly env: Readonly<Record<string, string | undefined>>
  /** Colours of `out`; none where nobody has said. */
  readonly paint?: Paint
}

/** As a command's own work sees it. */
export type Io = CommandIo & { readonly paint: Paint }

/** Returns the exit code, or throws a CommandError: one line on stderr, then its code. */
export type Command = (args: readonly string[], io: CommandIo) => Promise<number>

export { type ExitCode, exitCodes }

export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly exitCode: ExitCode

  constructor(exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
  }
}

/**
 * A command that reads its arguments by its table, and writes its help from it.
 * @param work also gets the arguments as they were, for processes that it begins
 */
export function command<const T extends CommandTable>(
  table: T,
  work: (input: Input<T>, io: Io, args: readonly string[]) => Promise<number>,
): Command {
  return async (args, given) => {
    const io = { ...given, paint: given.paint ?? plain }
    const read = readArguments(table, args, languageOf(io.env))
    if ('help' in read) {
      io.out(commandHelp(table, io.paint))
      return exitCodes.ok
    }
    if ('fault' in read) throw new CommandError(exitCodes.usage, read.fault)
    try {
      return await work(read.input, io, args)
    } catch (cause) {
      const why = unreachable(cause)
      if (why === undefined) throw cause
      throw new CommandError(exitCodes.unavailable, `the database cannot be reached (${why})`, { cause })
    }
  }
}
