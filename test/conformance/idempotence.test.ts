/**
 * D1: the same push twice, at once, after an answer that was lost, after a crash: one document, one folder, one set, and
 * answers that are true. Over ITI-65 with several documents, folders and replacements, ITI-105 and ITI-106.
 * @see docs/policy.md D1, D2
 */
import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Bundle } from '@medplum/fhirtypes'
import pg from 'pg'
import t from 'tap'
import { requestToken } from '../../src/cli/request-token.ts'
import { type TestApp, testApp } from '../support/app.ts'
import { freshUniqueId, patient, publishedDocument } from '../support/builders.ts'
import { testDatabase } from '../support/database.ts'
import fc from '../support/draws.ts'
import { httpClient, type Received, resourceOf, verdict } from '../support/http-client.ts'
import { document, fhirDocument, lotOf } from '../support/lots.ts'
import { administration, hospital, hospitalId, matricule } from '../support/personas.ts'
import { openTestRecord, type TestRecord } from '../support/record.ts'
import { serverProcess } from '../support/server-process.ts'
import { defaultAuthor, syntheticCda } from '../support/synthetic-cda.ts'
import { until } from '../support/until.ts'

const ins = matricule(1)
const own = { structure: hospitalId }
const AT_ONCE = 32

const placesOf = (answer: Received): string[] =>
  (resourceOf(answer, 'Bundle').entry ?? []).map(({ response }) => response?.location ?? '')
const isMaking = (answer: Received): boolean => answer.text.includes('201 Created')

/** Three documents, one that replaces, one into a folder that is there, and a folder of its own. */
async function richLot(app: TestApp, record: TestRecord): Promise<{ lot: Bundle; at: string }> {
  const replaced = await record.push({ ...own })
  const first = await app
    .as(hospital)
    .post('', lotOf({ ins, documents: [{ ...own }], folders: [{ items: [document(0)] }] }))
  const [, kept = '', , at = ''] = placesOf(first)
  const bundleId = freshUniqueId()
  const lot = lotOf({
    ins,
    documents: [
      { ...own, text: 'un', uniqueId: freshUniqueId() },
      {
        ...own,
        text: 'deux',
        uniqueId: freshUniqueId(),
        relatesTo: [
          { code: 'replaces', target: { reference: `DocumentReference/${replaced.documentId}` } },
          { code: 'appends', target: { reference: document(0) } },
        ],
      },
      { uniqueId: bundleId, bundle: fhirDocument(ins, bundleId, { author: defaultAuthor }) },
    ],
    folders: [
      { uniqueId: freshUniqueId(), items: [document(0), document(1)] },
      { url: at, items: [kept.replace(/\/_history.*/, ''), document(2)] },
    ],
  })
  return { lot, at }
}

t.test('32 at once, on two servers: one is made, and all say where', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, ins)
  const twin = await app.twin()
  const { lot } = await richLot(app, record)
  const before = await app.stored()
  const answers = await Promise.all(
    Array.from({ length: AT_ONCE }, (_, i) => (i % 2 ? app : twin).as(hospital).post('', lot)),
  )
  t.same([...new Set(answers.map(verdict))], ['200'])
  t.equal(answers.filter(isMaking).length, 1, 'one of them made it')
  t.equal(new Set(answers.map((answer) => JSON.stringify(placesOf(answer)))).size, 1, 'one place')
  const after = await app.stored()
  const more = (table: string): number => (after[table] ?? 0) - (before[table] ?? 0)
  t.same(
    ['document', 'content', 'resource', 'business_identifier', 'resource_version'].map(more),
    // Two Lists; three documents, the set, the new folder; the replaced one's version.
    [3, 3, 2, 5, 1],
  )
  const [items] = await app.query<{ count: number }>('select count(*)::integer as count from folder_item')
  t.equal(items?.count, 4, 'one item before, two in the new folder, one more')
  const again = await app.as(hospital).post('', lot)
  t.equal(isMaking(again), false)
  t.same(await app.stored(), after)
})

t.test('32 at once by ITI-105, and by ITI-106', async (t) => {
  await using app = await testApp()
  await openTestRecord(app, ins)
  const uniqueId = freshUniqueId()
  const cda = syntheticCda({ ins, uniqueId })
  const published = publishedDocument({ ins, uniqueId: freshUniqueId(), ...own })
  const parameters = {
    resourceType: 'Parameters',
    parameter: [
      {
        name: 'document',
        resource: { resourceType: 'Binary', contentType: 'text/xml', data: cda.toString('base64') },
      },
    ],
  }
  for (const [path, body] of [
    ['/DocumentReference', published],
    ['/DocumentReference/$generate-metadata', parameters],
  ] as const) {
    const { document: before } = await app.stored()
    const answers = await Promise.all(
      Array.from({ length: AT_ONCE }, () => app.as(hospital).post(path, body)),
    )
    t.same(answers.map(({ status }) => status).sort(), [...Array(AT_ONCE - 1).fill(200), 201], path)
    t.equal(new Set(answers.map(({ headers }) => headers.location)).size, 1, 'one place')
    t.equal((await app.stored()).document, (before ?? 0) + 1)
  }
})

t.test(
  'lots that share documents, at once: each document once, no deadlock, every answer true',
  async (t) => {
    await using app = await testApp()
    await openTestRecord(app, ins)
    const ids = Array.from({ length: 5 }, freshUniqueId)
    let shared = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uniqueArray(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 4 }), {
          minLength: 8,
          maxLength: 16,
        }),
        async (lots) => {
          const answers = await Promise.all(
            lots.map((numbers) =>
              app.as(hospital).post(
                '',
                lotOf({
                  ins,
                  documents: numbers.map((n) => ({ uniqueId: ids[n] ?? '', text: `n° ${n}` })),
                }),
              ),
            ),
          )
          const places = new Map<number, Set<string>>()
          for (const [i, answer] of answers.entries()) {
            if (answer.status !== 200) throw new Error(verdict(answer))
            for (const [j, n] of (lots[i] ?? []).entries()) {
              if (places.has(n)) shared++
              places.set(n, (places.get(n) ?? new Set()).add(placesOf(answer)[1 + 2 * j] ?? ''))
            }
          }
          return [...places.values()].every((each) => each.size === 1)
        },
      ),
      { numRuns: 6 },
    )
    t.ok(shared > 20, 'lots did share documents')
    t.equal((await app.stored()).document, ids.length)
  },
)

t.test('two who add to one folder at once: both are in it', async (t) => {
  await using app = await testApp()
  await openTestRecord(app, ins)
  const first = await app
    .as(hospital)
    .post('', lotOf({ ins, documents: [{ ...own }], folders: [{ items: [document(0)] }] }))
  const [, kept = '', , at = ''] = placesOf(first)
  const item = kept.replace(/\/_history.*/, '')
  const answers = await Promise.all(
    Array.from({ length: 8 }, () =>
      app
        .as(hospital)
        .post(
          '',
          lotOf({ ins, documents: [{ ...own }], folders: [{ url: at, items: [item, document(0)] }] }),
        ),
    ),
  )
  // Who comes after another must name what that one put in: nobody takes it out unknowing.
  const said = new Set(answers.map(verdict))
  said.delete('200')
  said.delete('422 not-supported classeur-retrait @ Bundle.entry[3].resource.entry')
  t.same([...said], [])
  const done = answers.filter(({ status }) => status === 200).length
  t.ok(done >= 1)
  const [items] = await app.query<{ count: number }>('select count(*)::integer as count from folder_item')
  t.equal(items?.count, 1 + done)
  t.equal((await app.stored()).document, 1 + done, 'and those who were refused left nothing')
})

/** Sends a body and goes away after that, without waiting for the answer. */
function sendAndLeave(
  url: string,
  token: string,
  body: string,
  stays: () => Promise<unknown>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/fhir+json',
        'content-length': Buffer.byteLength(body),
      },
    })
    sent.on('error', () => resolve())
    sent.on('close', () => resolve())
    sent.end(body, () => {
      stays().then(() => sent.destroy(), reject)
    })
  })
}

t.test('an answer that nobody heard: sent again, it is the same', async (t) => {
  await using app = await testApp()
  await openTestRecord(app, ins)
  let made = 0
  let repeated = 0
  const before = await app.stored()
  for (let i = 0; i < 20; i++) {
    const lot = lotOf({
      ins,
      documents: [{ uniqueId: freshUniqueId() }, { uniqueId: freshUniqueId() }],
      folders: [{ items: [document(0)] }],
    })
    const token = await app.token(hospital)
    const { document: there = 0 } = await app.stored()
    const isWritten = async (): Promise<boolean> => ((await app.stored()).document ?? 0) > there
    // Some leave at any moment, some when it is written at the latest moment that can be seen.
    const stays = i < 14 ? () => sleep(i * 3) : () => until('it is written', isWritten, 5)
    await sendAndLeave(app.base, token, JSON.stringify(lot), stays)
    const answer = await app.as(hospital).post('', lot)
    if (answer.status !== 200) return t.fail(verdict(answer))
    if (isMaking(answer)) made++
    else repeated++
  }
  t.comment(`${made} made by the second request, ${repeated} by the one whose answer was lost`)
  t.ok(repeated > 0, 'some answers were lost after the lot was written')
  const after = await app.stored()
  t.equal((after.document ?? 0) - (before.document ?? 0), 40)
  t.equal((after.resource ?? 0) - (before.resource ?? 0), 40)
})

t.test(
  'kill -9 amid pushes: a lot is there wholly or not at all, and once',
  { timeout: 300_000 },
  async (t) => {
    await using database = await testDatabase()
    await using server = await serverProcess(database)
    await server.start()
    const open = await requestToken(server.base, administration)
    const opened = await httpClient(server.base, async () => `Bearer ${open}`).post(
      '/Patient/$ouvrir',
      patient(ins),
    )
    t.equal(opened.status, 201)
    const token = await requestToken(server.base, hospital)
    const client = httpClient(server.base, async () => `Bearer ${token}`)
    const owner = new pg.Client(database.owner)
    await owner.connect()
    const sizes = async (): Promise<number[]> => {
      const { rows } = await owner.query<{ size: number }>(
        'select cardinality(l.documents) as size from document_list l where not l.folder',
      )
      return rows.map(({ size }) => size)
    }
    const lots = Array.from({ length: 24 }, () =>
      lotOf({
        ins,
        documents: Array.from({ length: 4 }, () => ({ uniqueId: freshUniqueId() })),
        folders: [{ uniqueId: freshUniqueId(), items: [document(0), document(3)] }],
      }),
    )
    let killed = 0
    for (const wait of [15, 60, 150]) {
      const pushes = Promise.allSettled(lots.map((lot) => client.post('', lot)))
      await sleep(wait)
      await server.kill()
      const lost = (await pushes).filter(({ status }) => status === 'rejected').length
      if (lost > 0) killed++
      const { rows } = await owner.query<{ count: number }>('select count(*)::integer as count from document')
      const sets = await sizes()
      t.equal(
        rows[0]?.count,
        4 * sets.length,
        `${sets.length} lots, each with all its documents; ${lost} answers lost`,
      )
      await server.start()
    }
    t.ok(killed > 0, 'some pushes were cut off')
    // One after the other: whether so many at once are served in time is not what is tested.
    const answers: Received[] = []
    for (const lot of lots) answers.push(await client.post('', lot))
    t.same([...new Set(answers.map(verdict))], ['200'])
    const again: Received[] = []
    for (const lot of lots) again.push(await client.post('', lot))
    t.equal(again.filter(isMaking).length, 0)
    t.same(again.map(placesOf), answers.map(placesOf), 'the same places')
    t.same(await sizes(), Array(lots.length).fill(4))
    const { rows } = await owner.query(
      `select (select count(*)::integer from document) as documents, (select count(*)::integer from folder_item) as items,
      (select count(*)::integer from business_identifier where type = 'document') as identifiers`,
    )
    t.same(rows[0], { documents: 96, items: 48, identifiers: 96 })
    await owner.end()
  },
)
