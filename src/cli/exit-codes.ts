/** With which codes `dmp` ends, and what they say. */

/**
 * Codes of sysexits.h, and 1 for a refusal that is none of them.
 * @see docs/cli.md "Exit codes"
 */
export const exitCodes = {
  ok: 0,
  refused: 1,
  /** Of `dmp audit verify` alone: whoever calls it from a schedule must tell it from 1. */
  notVerified: 2,
  usage: 64,
  unavailable: 69,
  internal: 70,
  stopped: 75,
  configuration: 78,
} as const
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** What they mean wherever nothing else is said. */
export const exitWords: Readonly<Record<ExitCode, string>> = {
  0: 'done',
  1: 'done, and something is wrong: a refusal, a fault that was found, an answer other than told',
  2: 'it could not be verified (dmp audit verify alone)',
  64: 'wrong usage: an unknown command or option, a value that will not do; nothing was done',
  69: 'no server or no database answers: try again later',
  70: 'a fault of dmp itself: please report it',
  75: 'stopped on the way: the same command goes on with what is left',
  78: 'a wrong setting, or another database than is asked for',
}
