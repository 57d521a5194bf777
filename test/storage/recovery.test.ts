/**
 * What docs/operations.md "Backup and restore" says, done for real: a base backup while the server works, an archive of the
 * log, a restore to a point in time; and a replica that is made the primary. After both the documents that were answered before
 * are there, those after the point are not, `dmp audit verify` is sound, and a server goes on with it.
 * @see https://www.postgresql.org/docs/current/continuous-archiving.html
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { commandLine } from '../../src/cli/command-line.ts'
import { testApp } from '../support/app.ts'
import { SERVER_VARIABLE } from '../support/database.ts'
import { resourceOf, verdict } from '../support/http-client.ts'
import { gp, knownIns } from '../support/personas.ts'
import { openTestRecord } from '../support/record.ts'
import {
  baseBackup,
  restore,
  type StreamingPostgres,
  startPrimary,
  startReplica,
  urlOf,
  type Workplace,
  workplace,
} from '../support/streaming-postgres.ts'
import { makeTemplate } from '../support/template-database.ts'

t.setTimeout(300_000)

const secret = 'a master key of this test, long enough'
let place: Workplace
let primary: StreamingPostgres

t.before(async () => {
  place = await workplace()
  primary = await startPrimary(place)
  process.env[SERVER_VARIABLE] = JSON.stringify(await makeTemplate(primary.address))
})
t.teardown(async () => {
  await primary?.stop()
  place?.[Symbol.dispose]()
})

/** Until the segment in which the log was is in the archive. */
async function archived(): Promise<void> {
  const [closed] = await primary.ask<{ file: string }>(
    'select pg_walfile_name(pg_current_wal_insert_lsn()) as file, pg_switch_wal()',
  )
  for (let tried = 0; tried < 6_000; tried++) {
    const [done] = await primary.ask<{ last: string | null }>(
      'select a.last_archived_wal as last from pg_stat_archiver a',
    )
    if ((done?.last ?? '') >= (closed?.file ?? '-')) return
    await sleep(20)
  }
  throw new Error('The log is not archived')
}

/** `dmp audit verify`, with the settings of the server. */
async function verified(url: string): Promise<{ readonly code: number; readonly told: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'dmp-recovery-'))
  const lines: string[] = []
  const tell = (line: string): void => void lines.push(line)
  try {
    const env = { DATABASE_URL: url, DMP_MASTER_KEY: secret, DMP_DATA_DIR: folder }
    return {
      code: await commandLine(['audit', 'verify'], { out: tell, err: tell, env }),
      told: lines.join(' '),
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

t.test('a restore to a point in time, and a replica that takes over', async (t) => {
  let database = ''
  let other: StreamingPostgres | undefined
  await using app = await testApp({ DMP_MASTER_KEY: secret }, (server) => {
    database = server.database
    return { ...server, ...(other ? { host: other.address.host, password: other.address.password } : {}) }
  })
  const record = await openTestRecord(app, knownIns)
  t.equal(verdict(await record.choose('autorisation', gp.nationalId ?? '')), '201')
  const first = await record.push()
  const copy = await baseBackup(place, primary, 'restored')
  const second = await record.push()
  await primary.ask(`select pg_create_restore_point('before the third')`)
  const third = await record.push()
  await archived()

  await using restored = await restore(place, copy, { recovery_target_name: 'before the third' })
  const sound = await verified(urlOf(restored.address, database))
  t.equal(sound.code, 0, sound.told)
  other = restored
  const there = await app.twin()
  const found = async (at: Pick<typeof app, 'as'>): Promise<string[]> => {
    const answer = await at.as(gp).get(`/DocumentReference?patient=${record.id}`)
    return (resourceOf(answer, 'Bundle').entry ?? []).flatMap(({ resource }) => resource?.id ?? []).sort()
  }
  t.same(
    await found(there),
    [first.documentId, second.documentId].sort(),
    'what was answered before, nothing after',
  )
  const bytes = await there.as(gp).get(`/Binary/${second.binaryId}`, { accept: 'text/xml' })
  t.equal(bytes.status, 200, 'contents open with the master key that was kept apart')
  const gone = await there.as(gp).get(`/DocumentReference/${third.documentId}`)
  t.equal(gone.status, 404)

  const replica = await startReplica(place, primary, await baseBackup(place, primary, 'standby'))
  try {
    const fourth = await record.push()
    for (let tried = 0; tried < 6_000; tried++) {
      const [row] = await replica.ask<{ count: number }>(
        'select count(*)::integer as count from document',
        database,
      )
      if ((row?.count ?? 0) === 4) break
      await sleep(20)
    }
    await replica.ask('select pg_promote(true)')
    other = replica
    const after = await app.twin()
    const all = [first, second, third, fourth].map(({ documentId }) => documentId).sort()
    t.same(await found(after), all)
    const masked = await after.as(record.holder).get(`/AuditEvent?patient=${record.id}&_count=1`)
    t.equal(masked.status, 200, 'it writes traces there')
    const again = await verified(urlOf(replica.address, database))
    t.equal(again.code, 0, again.told)
  } finally {
    t.teardown(() => replica.stop())
  }
})
