/** Where an operator keeps imported tables. @see docs/operations.md "The habilitation matrix" */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { ConfigError } from './values.ts'

/** @throws ConfigError */
export function readTablesDir(path: string | undefined): string | undefined {
  if (!path) return undefined
  // A folder that is mistyped would leave an imported matrix out, and nobody would know.
  if (!existsSync(join(path, 'habilitation')))
    throw new ConfigError('DMP_TABLES_DIR: no folder habilitation in it (dmp habilitation import makes it)')
  return resolve(path)
}
