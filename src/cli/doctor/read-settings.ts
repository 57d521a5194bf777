/**
 * All faults of the settings at once: the server ends at the first one. What is faulty is left out (or, where production
 * demands it, put in place of), and the rest is read again, until nothing is faulty; what that gives is for looking at the
 * rest of the installation, never for serving.
 */
import { generateKeyPairSync } from 'node:crypto'
import { type Config, ConfigError, readConfig } from '../../config/config.ts'
import type { Environment } from '../../config/values.ts'

export type SettingsFault = { readonly variables: readonly string[]; readonly message: string }

export type Settings = {
  readonly config: Config
  readonly faults: readonly SettingsFault[]
  /** Variables whose values are not those that the operator meant. */
  readonly doubtful: ReadonlySet<string>
  /** Variables that the settings were read from: what is set beside them has no effect. */
  readonly read: ReadonlySet<string>
}

/** More faults than there are variables there cannot be. */
const MOST = 100
const VARIABLE = /\b(?:[A-Z]+_[A-Z_]+|PORT|HOST)\b/g

export function readSettings(given: Environment): Settings {
  const read = new Set<string>()
  const environment: Record<string, string | undefined> = { ...given }
  const watched = new Proxy(environment, {
    get: (target, name) => {
      if (typeof name === 'string') read.add(name)
      return typeof name === 'string' ? target[name] : undefined
    },
  })
  const faults: SettingsFault[] = []
  const doubtful = new Set<string>()
  for (let turn = 0; turn < MOST; turn++) {
    try {
      return { config: readConfig(watched), faults, doubtful, read }
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      const named = [...new Set(error.message.match(VARIABLE) ?? [])].filter((name) => name !== 'NODE_ENV')
      const [first] = named
      // What is missing because it was left out above has been told.
      if (first === undefined || !doubtful.has(first))
        faults.push({ variables: named, message: error.message })
      const held = named.filter((name) => environment[name])
      const isMissing = /\bneeded\b|\bis missing\b/.test(error.message)
      for (const name of isMissing ? named.slice(0, 1) : held) {
        doubtful.add(name)
        environment[name] = undefined
      }
      const stopgap = first !== undefined && isMissing ? stopgaps[first]?.() : undefined
      if (isMissing && stopgap) {
        Object.assign(environment, stopgap)
        for (const name of named) doubtful.add(name)
      } else if (held.length === 0) break
    }
  }
  return { config: readConfig({}), faults, doubtful: allDoubtful(read, doubtful), read }
}

/** Nothing could be read at all: every check that relies on a setting is left out. */
function allDoubtful(read: ReadonlySet<string>, doubtful: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...read, ...doubtful])
}

/** What stands in place of a setting that production demands, so that the faults behind it are found too. */
const stopgaps: Readonly<Record<string, () => Record<string, string>>> = {
  DMP_ISSUERS: () => ({
    DMP_ISSUERS: '[{"issuer":"https://issuer.invalid","jwksUri":"https://issuer.invalid/jwks"}]',
  }),
  DMP_PUBLIC_URL: () => ({ DMP_PUBLIC_URL: 'https://dmp.invalid' }),
  DMP_AUDIENCE: () => ({ DMP_AUDIENCE: 'https://dmp.invalid/fhir' }),
  DATABASE_URL: () => ({ DATABASE_URL: 'postgres://database.invalid/dmp' }),
  DMP_MASTER_KEY: () => ({ DMP_MASTER_KEY: 'in place of a key that is missing' }),
  DMP_SEAL_KEY: () => ({
    DMP_SEAL_KEY: generateKeyPairSync('ec', { namedCurve: 'P-256' })
      .privateKey.export({ type: 'pkcs8', format: 'pem' })
      .toString(),
  }),
  DMP_TLS_KEY: () => ({
    HOST: '127.0.0.1',
    DMP_TRUSTED_PROXY: '127.0.0.1',
    DMP_CLIENT_CERT_HEADER: 'Client-Cert',
  }),
  DMP_NOTICE_SMTP_URL: () => ({ DMP_NOTICE_FROM: '', DMP_NOTICE_SITE: '' }),
  DMP_NOTICE_WEBHOOK: () => ({ DMP_NOTICE_WEBHOOK_SECRET: '' }),
  DMP_NOTICE_FROM: () => ({ DMP_NOTICE_SMTP_URL: '', DMP_NOTICE_SITE: '' }),
  DMP_NOTICE_WEBHOOK_SECRET: () => ({ DMP_NOTICE_WEBHOOK: '' }),
  DMP_ADMIN_TOKEN: () => ({ DMP_ADMIN_PORT: '' }),
  AWS_ACCESS_KEY_ID: () => ({ DMP_CONTENT_STORE: '' }),
  AWS_SECRET_ACCESS_KEY: () => ({ DMP_CONTENT_STORE: '' }),
}
