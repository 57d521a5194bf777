/**
 * `dmp audit verify`: reads all traces and says whether they are those that were written; if not, names the first that is
 * not. With the secrets of the server it looks at each seal; with its public keys alone at what is signed.
 * @see docs/audit.md "Verifying"
 */
import { readFileSync } from 'node:fs'
import { checkByKeys, KeySetError } from '../../audit/public-keys.ts'
import { type Verification, type VerifyOptions, verifyTraces } from '../../audit/verify-traces.ts'
import type { Config } from '../../config/config.ts'
import { readKeyRing } from '../../seal/key-ring.ts'
import { type DedicatedConnection, openDedicated } from '../../storage/connection/dedicated-connection.ts'
import type { OwnerConnection } from '../../storage/connection/owner-connection.ts'
import { refuseUnknownKeys } from '../../wiring/refuse-unknown-keys.ts'
import { sealAttests, traceSealKeys } from '../../wiring/trace-chain.ts'
import { type Command, CommandError, type CommandIo, command, exitCodes } from '../command.ts'
import { databaseConfig } from '../command-config.ts'
import { findOwner } from '../owner-database.ts'
import { progressOnStderr } from '../progress.ts'
import { auditVerifyTable } from '../tables/audit.ts'
import { jsonOf, linesOf, progressLine } from './verification-report.ts'

const DAY = /^\d{4}-\d\d-\d\d$/

export const verifyAudit: Command = command(auditVerifyTable, async ({ options }, io) => {
  const what = {
    ...timeOf('--since', options.since, 'since'),
    ...timeOf('--until', options.until, 'until'),
    ...(options.writer === undefined ? {} : { writer: options.writer }),
  }
  // Nothing was signed in such an interval, and nothing would be sound.
  if (what.since !== undefined && what.until !== undefined && what.since >= what.until)
    throw new CommandError(exitCodes.usage, '--since is not before --until')
  const closing: (() => Promise<void>)[] = []
  try {
    const { connection, keys } = await openFor(options['public-keys'], io, closing)
    const verification = await verified(connection, { ...keys, ...what })
    if (options.json) io.out(jsonOf(verification))
    else for (const line of linesOf(verification, keys.sealKeys.length > 0)) io.out(line)
    return verification.faults.length === 0 ? exitCodes.ok : exitCodes.refused
  } catch (cause) {
    if (cause instanceof CommandError && cause.exitCode === exitCodes.usage) throw cause
    io.err(`dmp audit verify: not verified: ${cause instanceof Error ? cause.message : String(cause)}`)
    return exitCodes.notVerified
  } finally {
    for (const close of closing.reverse()) await close()
  }
})

async function verified(connection: DedicatedConnection, options: VerifyOptions): Promise<Verification> {
  const begin = performance.now()
  const progress = progressOnStderr()
  try {
    return await verifyTraces(connection, {
      ...options,
      onProgress: (at) =>
        progress.tell(progressLine(at, performance.now() - begin), { done: at.writers, of: at.ofWriters }),
    })
  } finally {
    progress.end()
  }
}

type Opened = {
  readonly connection: DedicatedConnection
  readonly keys: Pick<VerifyOptions, 'check' | 'sealKeys' | 'beside'>
}

async function openFor(
  publicKeys: string | undefined,
  { env }: CommandIo,
  closing: (() => Promise<void>)[],
): Promise<Opened> {
  const config = publicKeys === undefined ? databaseConfig(env, 'DMP_MASTER_KEY', 'DMP_SEAL_KEY') : undefined
  const owner = await findOwner(config ?? databaseOf(env), closing)
  const [connection, another] = [await openOne(owner, closing), await openOne(owner, closing)]
  const beside = [another]
  if (config) {
    // With another master key everything would seem altered.
    await refuseUnknownKeys(owner, config)
    const { check, since } = await readKeyRing(connection, sealAttests(config))
    if (since === Number.POSITIVE_INFINITY)
      throw new Error(
        'the database holds no key of the seal that this master key vouches for: is it the right one?',
      )
    return { connection, keys: { check, sealKeys: traceSealKeys(config), beside } }
  }
  return { connection, keys: { check: checkOf(publicKeys ?? ''), sealKeys: [], beside } }
}

async function openOne(
  owner: OwnerConnection,
  closing: (() => Promise<void>)[],
): Promise<DedicatedConnection> {
  const connection = await openDedicated({ ...owner, statementTimeoutMs: 0 })
  closing.push(() => connection.close())
  return connection
}

/** Where an auditor's copy lies, without the other settings of a server. */
function databaseOf(env: CommandIo['env']): Pick<Config, 'databaseUrl' | 'dataDir'> {
  return { databaseUrl: env.DATABASE_URL, dataDir: env.DMP_DATA_DIR || '.data' }
}

function checkOf(file: string): VerifyOptions['check'] {
  try {
    return checkByKeys(readFileSync(file, 'utf8'))
  } catch (cause) {
    if (!(cause instanceof KeySetError)) throw cause
    throw new Error(`${file} ${cause.message}`, { cause })
  }
}

function timeOf(
  option: string,
  text: string | undefined,
  name: 'since' | 'until',
): Pick<VerifyOptions, 'since' | 'until'> {
  if (text === undefined) return {}
  const time = DAY.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN
  // A day that the month does not have is read as one of the next.
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text)
    throw new CommandError(exitCodes.usage, `${option} is no day, as 2026-11-01`)
  return { [name]: time }
}
