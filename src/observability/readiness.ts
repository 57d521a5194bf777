/**
 * Whether this server can serve, and if not, why: each thing is looked at by itself, with a time of its own, so that one that
 * does not answer hides no other. What fails in being looked at is the reason that it is there to find.
 *
 * NOT looked at: the content store is not asked (what requests met there counts), nor the issuers of tokens (known keys serve
 * for an hour), nor the replica (the primary answers without it), nor whether what the chain of traces signs is verified:
 * that is `dmp audit verify`.
 */
import { access, constants, statfs } from 'node:fs/promises'
import { type MasterKeys, masterNamed } from '../content/master-key.ts'
import type { ReadinessWord } from '../interactions/readiness-words.ts'
import { mastersInUse } from '../storage/contents/content-keys.ts'
import type { Database } from '../storage/database.ts'
import { readDatabaseReadiness } from '../storage/readiness.ts'
import type { TraceHealth } from './watched-traces.ts'

export type ReadinessParts = {
  readonly db: Pick<Database, 'apart' | 'run'>
  /** How many this server knows. */
  readonly migrations: number
  readonly traces: TraceHealth
  readonly spoolDir: string
  /** What one request may put there. */
  readonly spoolBytes: number
  /** When the certificate that is shown ends, milliseconds since 1970; undefined: no TLS of its own. */
  readonly certificateEnds: () => number | undefined
  /** @throws when nothing can be decided; undefined: nothing is, in this profile */
  readonly matrices: ((now: number) => unknown) | undefined
  /** Undefined: nothing is sealed. */
  readonly keys: MasterKeys | undefined
  readonly isStoreFailing: () => boolean
  readonly isShedding: () => boolean
  /** Milliseconds since 1970. */
  readonly now: () => number
}

const CHECK_MS = 1_500
const DAY = 86_400_000
const EXPIRING_MS = 14 * DAY
/** Names of keys change once in years. */
const KEYS_FRESH_MS = 60_000

type Check = () => Promise<readonly ReadinessWord[]> | readonly ReadinessWord[]

export function readinessLook(parts: ReadinessParts): () => Promise<readonly ReadinessWord[]> {
  const checks: readonly (readonly [Check, ReadinessWord])[] = [
    [() => database(parts), 'database-unreachable'],
    [() => (parts.traces.isFailing() ? ['traces-failing'] : []), 'traces-failing'],
    [() => matrices(parts), 'matrix-absent'],
    [keysOf(parts), 'database-unreachable'],
    [() => certificate(parts), 'certificate-expired'],
    [() => spool(parts), 'spool-full'],
    [() => (parts.isStoreFailing() ? ['content-store-failing'] : []), 'content-store-failing'],
    [() => (parts.isShedding() ? ['overload'] : []), 'overload'],
  ]
  return async () => {
    const found = await Promise.all(checks.map(([check, word]) => within(CHECK_MS, check, word)))
    return [...new Set(found.flat())]
  }
}

/** @returns `word` when the check throws, or does not come to an end */
async function within(
  milliseconds: number,
  check: Check,
  word: ReadinessWord,
): Promise<readonly ReadinessWord[]> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<readonly ReadinessWord[]>((resolve) => {
    timer = setTimeout(() => resolve([word]), milliseconds)
  })
  try {
    return await Promise.race([check(), late])
  } catch {
    // Not ready is the answer to any failure here; the handlers of connections and of tables log the cause.
    return [word]
  } finally {
    clearTimeout(timer)
  }
}

/** Over the connection that traces are written on. */
async function database({ db, migrations }: ReadinessParts): Promise<readonly ReadinessWord[]> {
  const { takesWrites, takesTraces, migrated } = await readDatabaseReadiness(db.apart)
  return [
    ...(takesWrites ? [] : ['database-read-only' as const]),
    ...(takesTraces ? [] : ['traces-refused' as const]),
    ...(migrated >= migrations ? [] : ['database-behind' as const]),
  ]
}

function matrices({ matrices: inForce, now }: ReadinessParts): readonly ReadinessWord[] {
  inForce?.(now())
  return []
}

function keysOf({ db, keys, now }: ReadinessParts): Check {
  let lookedAt = Number.NEGATIVE_INFINITY
  let found: readonly ReadinessWord[] = []
  return async () => {
    if (!keys || Math.abs(now() - lookedAt) < KEYS_FRESH_MS) return found
    const inUse = await mastersInUse(db)
    found = inUse.every((name) => masterNamed(keys, name)) ? [] : ['keys-unknown']
    lookedAt = now()
    return found
  }
}

function certificate({ certificateEnds, now }: ReadinessParts): readonly ReadinessWord[] {
  const left = (certificateEnds() ?? Number.POSITIVE_INFINITY) - now()
  return left <= 0 ? ['certificate-expired'] : left < EXPIRING_MS ? ['certificate-expiring'] : []
}

async function spool({ spoolDir, spoolBytes }: ReadinessParts): Promise<readonly ReadinessWord[]> {
  const [{ bavail, bsize }] = await Promise.all([statfs(spoolDir), access(spoolDir, constants.W_OK)])
  return bavail * bsize < spoolBytes ? ['spool-full'] : []
}
