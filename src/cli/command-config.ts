/** The server's configuration, for a command that works on its database: a fault in it is told in one line. */
import { type Config, ConfigError, readConfig } from '../config/config.ts'
import type { Environment } from '../config/values.ts'
import { CommandError, exitCodes } from './command.ts'

/** @throws CommandError with the exit code of a wrong configuration */
export function commandConfig(environment: Environment): Config {
  try {
    return readConfig(environment)
  } catch (cause) {
    if (!(cause instanceof ConfigError)) throw cause
    throw new CommandError(exitCodes.configuration, cause.message, { cause })
  }
}
