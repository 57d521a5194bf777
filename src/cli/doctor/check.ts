/** What a check is, and what it may look at. */
import type { Config } from '../../config/config.ts'
import type { Environment } from '../../config/values.ts'
import type { OwnerConnection } from '../../storage/connection/owner-connection.ts'
import type { Finding } from './finding.ts'
import type { Settings } from './read-settings.ts'

export type Installation = {
  readonly env: Environment
  readonly settings: Settings
  /** What the settings say, as far as they can be read: a check names the variables that it relies on. */
  readonly config: Config
  readonly production: boolean
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** The login of the settings; undefined: there is no database to be looked at. */
  readonly login: OwnerConnection | undefined
}

export type Check = {
  readonly name: string
  /** Whether it needs a database that answers. */
  readonly needsDatabase?: true
  /** Where one of these is faulty, it would look at something else than what was meant. */
  readonly reliesOn: readonly string[]
  /** @param signal ends with its time; what is still open then is to be closed */
  readonly look: (installation: Installation, signal: AbortSignal) => Promise<readonly Finding[]>
}
