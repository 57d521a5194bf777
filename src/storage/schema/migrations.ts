/**
 * The migrations as files: `NNNN_name.sql`, numbered from 0001 without a gap, forward only, never edited once merged.
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export type Migration = { readonly name: string; readonly sql: string }
export type NumberedMigration = Migration & { readonly number: number; readonly checksum: string }

export class MigrationError extends Error {
  override readonly name = 'MigrationError'
}

const FILE_NAME = /^(\d{4})_[a-z0-9_]+\.sql$/

/** Other files of the folder are left aside: `schema.sql`, the golden dump, is one. */
export function loadMigrations(folder: string): Migration[] {
  const names = readdirSync(folder).filter((name) => FILE_NAME.test(name))
  if (names.length === 0) throw new MigrationError(`No migration in ${folder}: run \`npm run build\``)
  return names.sort().map((name) => ({ name, sql: readFileSync(join(folder, name), 'utf8') }))
}

export function numberMigrations(migrations: readonly Migration[]): NumberedMigration[] {
  return migrations.map(({ name, sql }, index) => {
    const number = Number(FILE_NAME.exec(name)?.[1])
    if (number !== index + 1) {
      throw new MigrationError(`Migration ${name} should be numbered ${String(index + 1).padStart(4, '0')}`)
    }
    return { name, sql, number, checksum: checksumOf(sql) }
  })
}

/** Line ends do not count: git may change them on its way to another machine. */
function checksumOf(sql: string): string {
  return createHash('sha256').update(sql.replaceAll('\r\n', '\n')).digest('hex')
}
