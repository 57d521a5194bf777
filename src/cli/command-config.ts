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

/**
 * For a command that serves nobody: of what production demands of a server (address, issuers, certificates, keys) it needs
 * the database, and what it names.
 * @param needed without them production's own values would be made up, or looked for in the sandbox's folder
 */
export function databaseConfig(environment: Environment, ...needed: readonly string[]): Config {
  if (environment.NODE_ENV === 'production')
    for (const name of ['DATABASE_URL', ...needed])
      if (!environment[name])
        throw new CommandError(
          exitCodes.configuration,
          `${name} is needed in production: that of the servers`,
        )
  return commandConfig({ ...environment, NODE_ENV: '', HOST: '127.0.0.1' })
}
