/**
 * `dmp doctor`: looks at an installation with the settings of its servers, and says of each finding what to do. It changes
 * nothing, but for one object that it puts into the store of contents and removes.
 * @see docs/cli.md "dmp doctor"
 */
import { runningEmbeddedPostgres } from '../embedded-postgres/running.ts'
import { type Command, CommandError, command, exitCodes } from './command.ts'
import type { Installation } from './doctor/check.ts'
import { checks, database } from './doctor/checks.ts'
import { examine } from './doctor/examine.ts'
import { readSettings } from './doctor/read-settings.ts'
import { asJson, told } from './doctor/report.ts'
import { nearest } from './nearest.ts'
import { doctorTable } from './tables/doctor.ts'
import { languageOf } from './terminal/language.ts'

type Environment = Readonly<Record<string, string | undefined>>

export const doctor: Command = command(doctorTable, async ({ options }, io) => {
  const names = checks.map(({ name }) => name)
  const unknown = options.only.find((name) => !names.includes(name))
  if (unknown !== undefined) {
    const meant = nearest(unknown, names)
    throw new CommandError(
      exitCodes.usage,
      `--only is not one of ${names.join(', ')}${meant === undefined ? '' : `; did you mean ${meant}?`}`,
    )
  }
  const wanted = options.only.length === 0 ? checks : checks.filter(({ name }) => options.only.includes(name))
  const found = await examine(installationOf(io.env), database, wanted)
  io.out(
    options.json
      ? asJson(found, Date.now())
      : told(found, options.langue ?? languageOf(io.env), options.quiet, io.paint),
  )
  return found.some(({ verdict }) => verdict === 'fault') ? exitCodes.refused : exitCodes.ok
})

/** @param now the clock, which a test may have stand elsewhere */
export function installationOf(env: Environment, now: () => number = Date.now): Installation {
  const settings = readSettings(env)
  const { config } = settings
  return {
    env,
    settings,
    config,
    production: env.NODE_ENV === 'production',
    now,
    login:
      config.databaseUrl === undefined
        ? runningEmbeddedPostgres(config.dataDir)
        : { connectionString: config.databaseUrl },
  }
}
