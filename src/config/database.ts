/** Where the database is, and a replica of it for reads. */
import { ConfigError, type Environment, flag, secretValue } from './values.ts'

export type DatabaseUrls = {
  /** Undefined: an embedded PostgreSQL. */
  readonly databaseUrl: string | undefined
  /** Undefined: the primary answers everything. */
  readonly databaseReadUrl: string | undefined
  /** Whether the login owns the schema and brings it up to date; else `dmp migrate` has done so, with another login. */
  readonly migrates: boolean
}

const protocols: ReadonlySet<string> = new Set(['postgres:', 'postgresql:'])
/** As the driver reads it: a URL, or where the socket lies. */
const ADDRESS = /^(?:postgres(?:ql)?:\/\/|socket:|\/)/

/** @throws ConfigError without a word of the URLs, which hold passwords */
export function readDatabaseUrls(environment: Environment, profile: 'dmp' | 'fhir'): DatabaseUrls {
  const databaseUrl = urlOf(environment, 'DATABASE_URL')
  if (databaseUrl !== undefined && !ADDRESS.test(databaseUrl))
    throw new ConfigError('DATABASE_URL is no URL that begins with postgres:// or postgresql://')
  const databaseReadUrl = urlOf(environment, 'DATABASE_READ_URL')
  const migrates = flag(environment, 'DMP_MIGRATE', true)
  if (!migrates && !databaseUrl)
    throw new ConfigError('DMP_MIGRATE=false needs DATABASE_URL: the embedded PostgreSQL has no other owner')
  if (databaseReadUrl === undefined) return { databaseUrl, databaseReadUrl, migrates }
  if (profile === 'fhir')
    throw new ConfigError('DATABASE_READ_URL would have no effect with DMP_PROFILE=fhir: leave it out')
  if (!databaseUrl)
    throw new ConfigError('DATABASE_READ_URL needs DATABASE_URL: the embedded PostgreSQL has no replica')
  if (!URL.canParse(databaseReadUrl) || !protocols.has(new URL(databaseReadUrl).protocol))
    throw new ConfigError('DATABASE_READ_URL is no URL that begins with postgres:// or postgresql://')
  if (databaseReadUrl === databaseUrl)
    throw new ConfigError('DATABASE_READ_URL is DATABASE_URL: it is for a replica of it, else leave it out')
  return { databaseUrl, databaseReadUrl, migrates }
}

/** They hold a password, so they may lie in a file. */
function urlOf(environment: Environment, name: string): string | undefined {
  const text = environment[name]
  return text ? secretValue(name, text) || undefined : undefined
}
