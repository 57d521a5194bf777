/**
 * SMART scopes narrowed by a query: what a token does not cover is, on every path, as if it did not exist, and may not be
 * put in; letters of the scope, resource by resource.
 * @see docs/api.md "Tokens"; docs/policy.md V7
 */
import tap from 'tap'
import type { Persona } from '../../src/sandbox/persona.ts'
import type { TestApp } from '../support/app.ts'
import { freshUniqueId, label, provideBundle, publishedDocument } from '../support/builders.ts'
import { type Received, resourceOf, verdict } from '../support/http-client.ts'
import { oneServer } from '../support/one-server.ts'
import { gp, hospital, nurse } from '../support/personas.ts'
import { byIns, foundDocuments, openTestRecord } from '../support/record.ts'

const { testApp, matricule } = oneServer()

const UNKNOWN = '404 not-found inconnu'
const SHORT = '403 forbidden portee-insuffisante'
const letter = 'http://loinc.org|11490-0'
const prescription = 'http://loinc.org|75496-0'

/** Everything of an answer but what is new in each. */
function essence({ status, headers, text }: Received): unknown {
  const { date: _, 'x-request-id': __, ...same } = headers
  return { status, headers: same, text }
}

tap.test('what a narrowed token does not cover is absent', async (t) => {
  await using app: TestApp = await testApp()
  const record = await openTestRecord(app, matricule(61))
  const covered = await record.push({ type: '11490-0' })
  const hidden = await record.push({ type: '75496-0' })
  await record.choose('autorisation', gp.nationalId ?? '')
  await record.choose('autorisation', nurse.nationalId ?? '')
  const invented = `${record.id}.${hidden.documentId.slice(27, 48)}00000`
  const search = `/DocumentReference?${byIns(record.ins)}`
  const also = 'user/Binary.r user/List.r'
  const by = (who: Persona, scope: string) => app.as(who, { scope })

  for (const who of [record.holder, gp]) {
    const whole = by(who, `user/DocumentReference.rs ${also}`)
    t.same(
      foundDocuments(await whole.get(search))
        .map(({ id }) => id)
        .sort(),
      [covered.documentId, hidden.documentId].sort(),
      'without a query, both are there',
    )
    const narrow = by(who, `user/DocumentReference.rs?type=${letter} ${also}`)
    t.same(
      foundDocuments(await narrow.get(search)).map(({ id }) => id),
      [covered.documentId],
    )
    const counted = resourceOf(await narrow.get(`${search}&_total=accurate&_count=0`), 'Bundle')
    t.equal(counted.total, 1, 'nor counted')
    t.same(
      foundDocuments(
        await narrow.get(
          `${search}&identifier=${encodeURIComponent(`urn:ietf:rfc:3986|urn:oid:${hidden.uniqueId}`)}`,
        ),
      ),
      [],
      'nor found by its identifier',
    )
    t.same(foundDocuments(await narrow.get(`${search}&type=${encodeURIComponent(prescription)}`)), [])
    for (const path of [
      `/DocumentReference/${covered.documentId}`,
      `/DocumentReference/${covered.documentId}/_history/1`,
      `/DocumentReference/${covered.documentId}/_history`,
      `/Binary/${covered.binaryId}`,
      `/List/${covered.listId}`,
    ])
      t.equal(verdict(await narrow.get(path)), '200', path)
    for (const [there, nowhere] of [
      [`/DocumentReference/${hidden.documentId}`, `/DocumentReference/${invented}`],
      [`/DocumentReference/${hidden.documentId}/_history/1`, `/DocumentReference/${invented}/_history/1`],
      [`/DocumentReference/${hidden.documentId}/_history`, `/DocumentReference/${invented}/_history`],
      [`/Binary/${hidden.binaryId}`, `/Binary/${invented}`],
      [`/List/${hidden.listId}`, `/List/${invented}`],
      [`/List/${hidden.listId}/_history/1`, `/List/${invented}/_history/1`],
    ] as const) {
      const one = await narrow.get(there)
      t.equal(verdict(one), UNKNOWN, there)
      t.same(essence(one), essence(await narrow.get(nowhere)), `${there} as an id that nobody gave out`)
    }
    const other = by(who, `user/DocumentReference.rs?type=${prescription} ${also}`)
    t.same(
      foundDocuments(await other.get(search)).map(({ id }) => id),
      [hidden.documentId],
    )
    const both = by(
      who,
      `user/DocumentReference.s?type=${letter} user/DocumentReference.rs?type=${prescription} ${also}`,
    )
    t.equal(foundDocuments(await both.get(search)).length, 2, 'scopes add up')
    t.equal(verdict(await both.get(`/DocumentReference/${covered.documentId}`)), UNKNOWN, 'letter by letter')
  }

  const category = foundDocuments(await by(gp, 'user/DocumentReference.rs').get(search)).map(
    ({ category }) => category?.[0]?.coding?.[0],
  )
  t.equal(category.length, 2)
  const ofClass = by(gp, `user/DocumentReference.rs?category=${category[0]?.system}|${category[0]?.code}`)
  t.equal(
    foundDocuments(await ofClass.get(search)).length,
    category.filter((each) => each?.code === category[0]?.code).length,
    'by class',
  )
  const nothing = by(gp, `user/DocumentReference.rs?category=${category[0]?.system}|00 ${also}`)
  t.same(foundDocuments(await nothing.get(search)), [])
  t.equal(verdict(await nothing.get(`/Binary/${covered.binaryId}`)), UNKNOWN)

  const denied = by(nurse, `user/DocumentReference.rs?type=${prescription} ${also}`)
  t.same(foundDocuments(await denied.get(search)), [], 'a scope gives nothing that the matrix denies')
  t.equal(verdict(await denied.get(`/Binary/${hidden.binaryId}`)), UNKNOWN)

  const first = await by(gp, 'user/DocumentReference.rs').get(`${search}&_count=1`)
  const next = resourceOf(first, 'Bundle').link?.find(({ relation }) => relation === 'next')?.url ?? ''
  const onwards = await by(gp, `user/DocumentReference.rs?type=http://loinc.org|11488-4`).get(next)
  t.same(foundDocuments(onwards), [], 'a cursor of a wider token shows no more')

  t.equal(verdict(await by(gp, `user/DocumentReference.rs?type=${letter}&date=ge2020`).get(search)), SHORT)
  t.equal(verdict(await by(gp, `user/DocumentReference.r?type=${letter}`).get(search)), SHORT)
  t.equal(
    verdict(await by(gp, 'user/Binary.r').get(`/Binary/${hidden.binaryId}`)),
    '200',
    'no narrowing was said',
  )
  t.equal(
    verdict(
      await by(gp, `user/DocumentReference.c?type=${letter} user/Binary.r`).get(
        `/Binary/${covered.binaryId}`,
      ),
    ),
    UNKNOWN,
  )
})

tap.test('a narrowed token changes what it covers', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, matricule(63))
  const covered = await record.push({ type: '11490-0' })
  const hidden = await record.push({ type: '75496-0' })
  await record.choose('autorisation', gp.nationalId ?? '')
  const invented = `${record.id}.${hidden.documentId.slice(27, 48)}00000`
  const mask = (id: string, scope: string) =>
    app.as(gp, { scope }).request('PATCH', `/DocumentReference/${id}`, {
      body: [{ op: 'replace', path: '/securityLabel/0', value: label('MASQUE_PS') }],
      headers: { 'content-type': 'application/json-patch+json' },
    })
  const narrow = `user/DocumentReference.u?type=${letter}`
  const refused = await mask(hidden.documentId, narrow)
  t.equal(verdict(refused), UNKNOWN)
  t.same(essence(refused), essence(await mask(invented, narrow)), 'as an id that nobody gave out')
  t.equal(verdict(await mask(covered.documentId, narrow)), '200')
  t.equal(
    verdict(await mask(hidden.documentId, 'user/DocumentReference.u')),
    '200',
    'by a token that covers it',
  )
  t.equal(
    verdict(
      await mask(hidden.documentId, `user/DocumentReference.rs user/DocumentReference.u?type=${letter}`),
    ),
    UNKNOWN,
  )
})

tap.test('a narrowed token puts in what it covers', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, matricule(62))
  const scope = `system/DocumentReference.c?type=${letter}`
  const client = app.as(hospital, { scope })
  const { ins } = record
  const before = await app.stored()
  const refused = await client.post('', provideBundle({ ins, uniqueId: freshUniqueId(), type: '75496-0' }))
  t.equal(verdict(refused), `${SHORT} @ Bundle.entry[1].resource.type`)
  t.equal(
    verdict(
      await client.post(
        '/DocumentReference',
        publishedDocument({ ins, uniqueId: freshUniqueId(), type: '75496-0' }),
      ),
    ),
    `${SHORT} @ DocumentReference.type`,
  )
  t.match(refused.headers['www-authenticate'], /insufficient_scope/)
  t.same(await app.stored(), before, 'and nothing of it is stored')
  t.equal(
    verdict(await client.post('', provideBundle({ ins, uniqueId: freshUniqueId(), type: '11490-0' }))),
    '200',
  )
  t.equal(
    verdict(
      await client.post(
        '/DocumentReference',
        publishedDocument({ ins, uniqueId: freshUniqueId(), type: '11490-0' }),
      ),
    ),
    '201',
  )
  t.equal((await app.stored()).document, (before.document ?? 0) + 2)
})
