/** What a subcommand of `dmp` is, and how one ends when it cannot do its job. */

export type CommandIo = {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Returns the exit code, or throws a CommandError: one line on stderr, then its code. */
export type Command = (args: readonly string[], io: CommandIo) => Promise<number>

/** Codes of sysexits.h, and 1 for a refusal that is none of them. `stopped`: not done, to be gone on with. */
export const exitCodes = {
  ok: 0,
  refused: 1,
  usage: 64,
  unavailable: 69,
  stopped: 75,
  configuration: 78,
} as const
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly exitCode: ExitCode

  constructor(exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
  }
}
