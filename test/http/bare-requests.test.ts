/**
 * What a client writes on a bare connection: requests that may be read in two ways, and bodies that are sent once they are asked for.
 * @see https://www.rfc-editor.org/rfc/rfc9112, https://www.rfc-editor.org/rfc/rfc9110#section-10.1.1
 */
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { type TestApp, testApp } from '../support/app.ts'
import { patient } from '../support/builders.ts'
import { administration, gp, hospital, matricule } from '../support/personas.ts'
import { byIns, openTestRecord } from '../support/record.ts'
import { until } from '../support/until.ts'

const MAX_BODY = 100_000

function bare(app: TestApp) {
  const socket = connect(Number(new URL(app.base).port), '127.0.0.1')
  let text = ''
  let isClosed = false
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1')
  })
  socket.on('error', () => undefined)
  socket.once('close', () => {
    isClosed = true
  })
  return {
    write: (words: string) => socket.write(words, 'latin1'),
    /** Status lines until now. */
    statuses: () => [...text.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => Number(status)),
    text: () => text,
    isClosed: () => isClosed,
    end: () => socket.destroy(),
  }
}

t.test(
  'what another server on the way may understand otherwise is refused, and the connection ends',
  async (t) => {
    await using app = await testApp()
    const search = 'POST /fhir/DocumentReference/_search HTTP/1.1\r\n'
    const table: readonly (readonly [head: string, status: number])[] = [
      ['GET /fhir/metadata HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 400],
      ['GET /fhir/metadata HTTP/1.1\r\nhost: a\r\nHOST: a\r\n\r\n', 400],
      [`${search}Host: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`, 501],
      [`${search}Host: a\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 501],
    ]
    for (const [head, status] of table) {
      const one = bare(app)
      one.write(head)
      await until('the end', () => one.isClosed())
      t.same(one.statuses(), [status], head)
      t.match(one.text(), /"resourceType":"OperationOutcome"/)
    }
    t.equal(await app.traces(), 0)
    const well = bare(app)
    well.write('GET /fhir/metadata HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n')
    await until('an answer', () => well.statuses().length > 0)
    t.same(well.statuses(), [200])
    well.end()
  },
)

t.test('a body that waits to be asked for is asked for once its request is admitted', async (t) => {
  await using app = await testApp({ DMP_MAX_BODY_BYTES: String(MAX_BODY) })
  const record = await openTestRecord(app, matricule(1))
  const token = await app.token(hospital)
  const begin = (path: string, length: number, as: string, type = 'application/fhir+json') => {
    const one = bare(app)
    one.write(
      `POST ${path} HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nAuthorization: Bearer ${as}\r\nContent-Type: ${type}\r\nContent-Length: ${length}\r\n\r\n`,
    )
    return one
  }
  const refused = [
    [begin('/fhir/', 50, 'no token'), 401],
    [begin('/fhir/', MAX_BODY + 1, token), 413],
    [begin('/fhir/', 50, await app.token(gp, { scope: 'user/Patient.r' })), 403],
    [begin('/fhir/nothing', 50, 'no token'), 401],
  ] as const
  for (const [one, status] of refused) {
    await until('the end', () => one.isClosed())
    t.same(one.statuses(), [status], 'at once: the body is not asked for')
  }
  const form = byIns(record.ins)
  const admitted = [
    [begin('/fhir/DocumentReference/_search', form.length, await app.token(gp), FORM), form, 403],
    [begin('/fhir/Patient/$ouvrir', 2, await app.token(administration)), '{}', 400],
    [begin('/fhir/nothing', 2, token), '{}', 404],
  ] as const
  for (const [one, body, status] of admitted) {
    await until('the word to go on', () => one.statuses().length > 0)
    t.same(one.statuses(), [100])
    one.write(body)
    await until('an answer', () => one.statuses().length > 1)
    t.same(one.statuses(), [100, status])
    if (status === 403) {
      one.write('GET /fhir/metadata HTTP/1.1\r\nHost: a\r\n\r\n')
      await until('another answer', () => one.statuses().length > 2)
      t.same(one.statuses(), [100, status, 200], 'the connection goes on')
    }
    one.end()
  }
})

const FORM = 'application/x-www-form-urlencoded'

t.test('a packed body is refused as such, and not read as if it were none', async (t) => {
  await using app = await testApp()
  const token = await app.token(administration)
  const person = JSON.stringify(patient(matricule(1)))
  const open = (body: string | Buffer, coding: string) =>
    fetch(`${app.base}/Patient/$ouvrir`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/fhir+json',
        'content-encoding': coding,
      },
      body: Buffer.from(body),
    })
  for (const [body, coding] of [
    [gzipSync(person), 'gzip'],
    [person, 'gzip'],
    [person, 'br, identity'],
  ] as const) {
    const answer = await open(body, coding)
    t.equal(answer.status, 415)
    t.equal(answer.headers.get('accept-encoding'), 'identity')
    t.match(await answer.text(), /"non-pris-en-charge".*Content-Encoding/)
  }
  t.equal((await open(person, 'identity')).status, 201)
})
