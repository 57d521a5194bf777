/** The exit codes of a command in order: its own, and those that mean the same everywhere. */
import { type ExitCode, exitCodes, exitWords } from '../exit-codes.ts'

const everywhere: readonly ExitCode[] = [exitCodes.usage]

export function exitMeanings(
  own: Readonly<Record<number, string>>,
): readonly (readonly [ExitCode, string])[] {
  return Object.values(exitCodes).flatMap((code) => {
    const says = own[code] ?? (everywhere.includes(code) ? exitWords[code] : undefined)
    return says === undefined ? [] : [[code, says] as const]
  })
}
