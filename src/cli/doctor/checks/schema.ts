/** Migrations: complete and unchanged; the profile that made the database; nothing in the schema that is not ours. */
import { assetPath } from '../../../asset-path.ts'
import { readSchemaFacts } from '../../../storage/inspection/schema-facts.ts'
import { pendingOf } from '../../../storage/schema/migrate.ts'
import { loadMigrations, MigrationError, numberMigrations } from '../../../storage/schema/migrations.ts'
import type { Check } from '../check.ts'
import { withLogin } from '../connect.ts'
import { type Finding, fault, ok, warning } from '../finding.ts'

const MIGRATE = [
  'lancer `dmp migrate` avec le login propriétaire (ou démarrer un serveur sans DMP_MIGRATE=false)',
  'run `dmp migrate` with the login that owns it (or start a server without DMP_MIGRATE=false)',
] as const

export const schema: Check = {
  name: 'migrations',
  needsDatabase: true,
  reliesOn: ['DATABASE_URL', 'DMP_DATA_DIR', 'DMP_PROFILE'],
  async look({ login, config }) {
    const known = numberMigrations(loadMigrations(assetPath('migrations')))
    const { applied, profile, foreign } = await withLogin(login, readSchemaFacts)
    if (!applied)
      return [
        fault(
          'migrations-none',
          ["la base n'a pas encore de tables", 'the database has no tables yet'],
          MIGRATE,
        ),
      ]
    const found: Finding[] = foreign.map((name) =>
      warning(
        'schema-foreign',
        [`${name} n'est pas de ce serveur`, `${name} is not of this server`],
        [
          'le retirer du schéma public, ou savoir pourquoi il y est',
          'take it out of the schema public, or know why it is there',
        ],
      ),
    )
    try {
      const pending = pendingOf(known, applied)
      found.push(
        ...pending.map(({ name }) =>
          fault(
            'migration-missing',
            [`la migration ${name} n'est pas appliquée`, `migration ${name} is not applied`],
            MIGRATE,
          ),
        ),
      )
    } catch (error) {
      if (!(error instanceof MigrationError)) throw error
      found.push(
        fault(
          /newer/.test(error.message) ? 'migrations-newer' : 'migration-altered',
          [`les migrations ne concordent pas : ${error.message}`, error.message],
          [
            'installer la version du serveur qui a migré cette base, ou rétablir le fichier de migration',
            'install the release that has migrated this database, or restore the file of the migration',
          ],
        ),
      )
    }
    if (profile !== undefined && profile !== config.profile)
      found.push(
        fault(
          'profile-other',
          [
            `la base est du profil ${profile}, les réglages du profil ${config.profile}`,
            `the database is of the profile ${profile}, the settings of the profile ${config.profile}`,
          ],
          ['une base pour chaque profil', 'a database for each profile'],
        ),
      )
    if (found.some(({ verdict }) => verdict === 'fault')) return found
    return [
      ok(
        'migrations-complete',
        `${applied.length} migrations appliquées, inchangées`,
        `${applied.length} migrations are applied, unchanged`,
      ),
      ...found,
    ]
  },
}
