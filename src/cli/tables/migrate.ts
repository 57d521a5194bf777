/** `dmp migrate` */
import type { CommandTable } from '../command-table.ts'
import { jsonOption, needsInstallation } from './settings.ts'

export const migrateTable = {
  name: 'migrate',
  group: 'operators',
  summary: 'brings the database up to date, as its owner',
  about: `Applies the migrations that the database lacks, grants the server’s role what it may do, and makes
the partitions of traces for this month and the next three. Run twice, it finds nothing to do.
Servers may go on meanwhile.`,
  options: jsonOption,
  variables: {
    DATABASE_URL: 'the database, with the login that owns its schema, or file:/path that holds the URL',
    DMP_PROFILE: 'dmp or fhir: a database belongs to the profile that made it (dmp)',
  },
  examples: [
    {
      line: 'DATABASE_URL=file:/run/secrets/owner_url dmp migrate',
      says: 'before servers of a new release start, and daily',
      notRun: needsInstallation,
    },
  ],
  ends: {
    0: 'up to date',
    1: 'refused: a migration was altered, or the login does not own the schema',
    69: 'the database cannot be reached',
    78: 'it belongs to the other profile',
  },
  more: 'docs/operations.md "Database roles", "Upgrade"',
} as const satisfies CommandTable
