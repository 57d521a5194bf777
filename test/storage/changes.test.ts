/**
 * The order of commits (decision 0014): who follows a record from answer to answer is given every version once, whatever
 * transactions were under way. And which lists a scope shows (V7), against an oracle.
 */

import t from 'tap'
import type { Uuid } from '../../src/fhir/id.ts'
import { type DocumentScope, holds } from '../../src/policy/document-scope.ts'
import { type Database, openDatabase, type Transaction } from '../../src/storage/database.ts'
import { writeDocument } from '../../src/storage/documents/change-document.ts'
import { addToFolder } from '../../src/storage/documents/folders.ts'
import { noteChanges } from '../../src/storage/documents/note-changes.ts'
import { readChanges } from '../../src/storage/documents/read-changes.ts'
import { listsNaming, readSeenLists } from '../../src/storage/documents/search-lists.ts'
import type { NewDocument } from '../../src/storage/documents/store-documents.ts'
import { sql } from '../../src/storage/sql.ts'
import { testDatabase } from '../support/database.ts'
import fc from '../support/draws.ts'
import { documentWith, insertDocument, insertList, newUuid, store } from '../support/stored-documents.ts'
import { until } from '../support/until.ts'

const everything: DocumentScope = {
  types: 'every',
  onlyOwn: false,
  masked: 'all',
  invisiblePatient: true,
  invisibleLegal: 'shown',
  withdrawn: true,
  self: [],
}

async function withDatabase(work: (db: Database) => Promise<void>): Promise<void> {
  await using test = await testDatabase()
  const db = openDatabase(test.server, (error) => t.fail(error.message))
  try {
    await work(db)
  } finally {
    await db.close()
  }
}

/** A client that remembers where it has been: page after page, then where to go on. */
class Follower {
  readonly got: string[] = []
  readonly #db: Database
  readonly #patientKey: Uuid
  readonly #scope: DocumentScope
  #since: number | undefined

  constructor(db: Database, patientKey: Uuid, scope = everything) {
    this.#db = db
    this.#patientKey = patientKey
    this.#scope = scope
  }

  async look(): Promise<number> {
    const found: string[] = []
    let next = this.#since
    let after: Parameters<typeof readChanges>[1]['after']
    for (let first = true; ; first = false) {
      const page = await readChanges(this.#db, {
        patientKey: this.#patientKey,
        scope: this.#scope,
        since: this.#since,
        within: undefined,
        after,
        limit: 3,
      })
      const [newest] = page.changes
      if (first && newest) next = newest.at + 1
      found.push(...page.changes.map(({ id, version }) => `${id}/${version}`))
      const last = page.changes.at(-1)
      if (!page.more || !last) break
      after = [last.at, last.id, last.version]
    }
    this.#since = next
    this.got.push(...found)
    return found.length
  }
}

async function deposit(
  db: Database,
  row: NewDocument,
  hold: (transaction: Transaction) => Promise<void> = async () => {},
): Promise<void> {
  await db.transaction(async (transaction) => {
    await hold(transaction)
    transaction.beforeCommit(
      insertDocument(transaction, row),
      noteChanges(transaction, row.patientKey, [{ id: row.id, version: 1 }], row.lastUpdated),
    )
  })
}

async function change(db: Database, row: NewDocument, version: number, now: number): Promise<void> {
  await db.transaction(async (transaction) => {
    const {
      patientKey,
      id,
      status,
      archived,
      masked,
      invisiblePatient,
      invisibleLegal,
      securityLabel,
      body,
    } = row
    const flags = { status, archived, masked, invisiblePatient, invisibleLegal, securityLabel, body }
    const next = { patientKey, id, replaces: version - 1, lastUpdated: now, ...flags }
    if (!(await writeDocument(transaction, next))) throw new Error('overtaken')
    await noteChanges(transaction, patientKey, [{ id, version }], now)
  })
}

const lockWaits = sql`select l.pid from pg_locks l join pg_stat_activity a on a.pid = l.pid
  where not l.granted and a.datname = current_database()`
const pause = (milliseconds: number): Promise<void> => new Promise((done) => setTimeout(done, milliseconds))

t.test('a transaction that commits late, with an early time, is not missed', async (t) => {
  await withDatabase(async (db) => {
    const patientKey = newUuid()
    const slow = documentWith({ patientKey, lastUpdated: Date.now() })
    await pause(5)
    const quick = documentWith({ patientKey, lastUpdated: Date.now() })
    let release = (): void => undefined
    const held = new Promise<void>((done) => {
      release = done
    })
    const late = deposit(db, slow, () => held)
    const follower = new Follower(db, patientKey)
    await deposit(db, quick)
    t.equal(await follower.look(), 1, 'the quick one, which came later and is there already')
    release()
    await late
    t.equal(await follower.look(), 1, 'the slow one, whose meta.lastUpdated is earlier')
    t.equal(await follower.look(), 0, 'and nothing twice')
    t.strictSame(follower.got, [`${quick.id}/1`, `${slow.id}/1`])
  })
})

t.test('a transaction that holds the clock is waited for, and a reader waits for nobody', async (t) => {
  await withDatabase(async (db) => {
    const patientKey = newUuid()
    const slow = documentWith({ patientKey, lastUpdated: Date.now() })
    const quick = documentWith({ patientKey, lastUpdated: Date.now() })
    let release = (): void => undefined
    const held = new Promise<void>((done) => {
      release = done
    })
    let holds = false
    const late = db.transaction(async (transaction) => {
      await insertDocument(transaction, slow)
      await noteChanges(transaction, patientKey, [{ id: slow.id, version: 1 }], slow.lastUpdated)
      holds = true
      await held
    })
    await until('the first holds the clock', () => holds)
    const behind = deposit(db, quick)
    const follower = new Follower(db, patientKey)
    await until('the second waits', async () => (await db.run(lockWaits)).length > 0)
    t.equal(await follower.look(), 0, 'neither is there, and the answer is')
    release()
    await Promise.all([late, behind])
    t.equal(await follower.look(), 2)
    t.strictSame(follower.got, [`${quick.id}/1`, `${slow.id}/1`], 'in the order of commits')
  })
})

t.test('property: two clients that follow a record miss nothing and are given nothing twice', async (t) => {
  await withDatabase(async (db) => {
    let looks = 0
    let useful = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ wait: fc.nat(6), early: fc.nat(50), changes: fc.nat(2) }), {
          minLength: 3,
          maxLength: 12,
        }),
        async (writers) => {
          const patientKey = newUuid()
          const written: string[] = []
          let writing = writers.length
          const write = async ({ wait, early, changes }: (typeof writers)[number]): Promise<void> => {
            const row = documentWith({ patientKey, id: newUuid(), lastUpdated: Date.now() - early })
            await deposit(db, row, () => pause(wait))
            written.push(`${row.id}/1`)
            for (let version = 2; version < 2 + changes; version++) {
              await change(db, row, version, Date.now() - early)
              written.push(`${row.id}/${version}`)
            }
            writing--
          }
          const followers = [new Follower(db, patientKey), new Follower(db, patientKey)]
          const follow = async (follower: Follower, rest: number): Promise<void> => {
            while (writing > 0) {
              looks++
              if ((await follower.look()) > 0) useful++
              await pause(rest)
            }
            await follower.look()
          }
          await Promise.all([...writers.map(write), ...followers.map((follower, i) => follow(follower, i))])
          return followers.every(({ got }) => [...got].sort().join() === [...written].sort().join())
        },
      ),
      { numRuns: 25 },
    )
    t.ok(looks > 100 && useful > 40, `not vacuous: ${looks} looks, ${useful} of them found something`)
  })
})

t.test('what is hidden shifts nothing that is told', async (t) => {
  await withDatabase(async (db) => {
    const patientKey = newUuid()
    const scope: DocumentScope = { ...everything, masked: 'none' }
    const follower = new Follower(db, patientKey, scope)
    const at = Date.now()
    const seen = documentWith({ patientKey, lastUpdated: at })
    await deposit(db, seen)
    await follower.look()
    await deposit(db, documentWith({ patientKey, masked: true, lastUpdated: at }))
    t.equal(await follower.look(), 0)
    const [change] = (
      await readChanges(db, {
        patientKey,
        scope,
        since: undefined,
        within: undefined,
        after: undefined,
        limit: 9,
      })
    ).changes
    t.equal(change?.id, seen.id, 'the newest there is')
    // Masked since: its past is hidden too.
    await db.run(sql`update document d set masked = true where d.id = ${seen.id}::uuid`)
    const none = await readChanges(db, {
      patientKey,
      scope,
      since: undefined,
      within: undefined,
      after: undefined,
      limit: 9,
    })
    t.strictSame(none.changes, [])
  })
})

t.test('property: the lists that a scope shows are those of the rule, searched or read', async (t) => {
  await withDatabase(async (db) => {
    let shown = 0
    let hidden = 0
    const places = fc.array(fc.nat(4), { maxLength: 3 })
    const record = fc.record({
      masked: fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
      archived: fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
      folders: fc.array(fc.array(fc.nat(4), { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 }),
      sets: fc.array(fc.record({ documents: places, folders: fc.array(fc.nat(2), { maxLength: 2 }) }), {
        maxLength: 4,
      }),
      scope: fc.record({ masked: fc.constantFrom('all', 'none'), withdrawn: fc.boolean() }),
    })
    await fc.assert(
      fc.asyncProperty(record, async ({ masked, archived, folders, sets, scope: narrowed }) => {
        const patientKey = newUuid()
        const scope: DocumentScope = { ...everything, ...narrowed }
        const rows = masked.map((each, i) =>
          documentWith({ patientKey, id: newUuid(), masked: each, archived: archived[i] ?? false }),
        )
        await store(db, rows)
        const seen = (i: number): boolean => {
          const row = rows[i]
          return row !== undefined && holds(scope, row)
        }
        const list = { patientKey, lastUpdated: 0, body: '{}' }
        const index = { status: 'current', archived: false, date: 0, tokens: [], strings: [] }
        const expected = new Map<Uuid, boolean>()
        const naming = new Map<Uuid, readonly number[]>()
        const folderIds: Uuid[] = []
        await db.transaction(async (transaction) => {
          for (const items of folders) {
            const id = newUuid()
            folderIds.push(id)
            await insertList(transaction, {
              ...list,
              id,
              index: { ...index, folder: true, documents: [], folders: [] },
            })
            const named = items.flatMap((i) => rows[i]?.id ?? [])
            await addToFolder(transaction, { patientKey, id }, [...new Set(named)], 0)
            expected.set(id, items.some(seen))
            naming.set(id, items.filter(seen))
          }
          for (const { documents, folders: named } of sets) {
            const id = newUuid()
            const places = named.filter((i) => i < folders.length)
            await insertList(transaction, {
              ...list,
              id,
              index: {
                ...index,
                folder: false,
                documents: documents.flatMap((i) => rows[i]?.id ?? []),
                folders: places.flatMap((i) => folderIds[i] ?? []),
              },
            })
            const all = documents.length + places.length > 0
            expected.set(id, all && documents.every(seen) && places.every((i) => folders[i]?.some(seen)))
            naming.set(id, documents)
          }
        })
        for (const [id, visible] of expected) {
          visible ? shown++ : hidden++
          if (((await readSeenLists(db, patientKey, scope, [id])).length === 1) !== visible) return false
        }
        for (const [i, row] of rows.entries()) {
          const found = (await listsNaming(db, patientKey, scope, [row.id], 50)).map(({ id }) => id).sort()
          const wanted = [...expected]
            .filter(([id, visible]) => visible && naming.get(id)?.includes(i))
            .map(([id]) => id)
          if (seen(i) && found.join() !== wanted.sort().join()) return false
          if (!seen(i) && found.length > 0) return false
        }
        return true
      }),
      { numRuns: 60 },
    )
    t.ok(shown > 40 && hidden > 40, `not vacuous: ${shown} shown, ${hidden} hidden`)
  })
})
