/**
 * ITI-68 over real HTTP, the same over both stores: whole, ranges, HEAD, tags, as a Binary in JSON and XML; streamed, and
 * never with a byte that is not the document's.
 * @see https://profiles.ihe.net/ITI/MHD/ITI-68.html, RFC 9110 §13, §14; docs/decisions/0010
 */
import { createHash, randomBytes } from 'node:crypto'
import { get, type IncomingMessage } from 'node:http'
import t from 'tap'
import { type Payload, payloadAround, payloadOf } from '../../src/http/stream-answer.ts'
import { parseByteRange } from '../../src/interactions/dmp/documents/byte-range.ts'
import { contentDisposition } from '../../src/interactions/dmp/documents/file-name.ts'
import { type TestApp, testApp } from '../support/app.ts'
import { freshUniqueId, provideBundle } from '../support/builders.ts'
import fc from '../support/draws.ts'
import { type Received, verdict } from '../support/http-client.ts'
import { gp, hospital, matricule, nurse } from '../support/personas.ts'
import { openTestRecord } from '../support/record.ts'
import { s3Store } from '../support/s3-store.ts'

const CHUNK = 256 * 1024

function pdf(size: number): Buffer {
  return Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(size - 9)])
}

type World = AsyncDisposable & {
  readonly app: TestApp
  /** One sealed byte behind `plain` bytes of the only large document becomes another. */
  readonly damage: (plain: number) => Promise<void>
}

async function world(kind: string): Promise<World> {
  const s3 = kind === 'S3' ? await s3Store() : undefined
  const app = await testApp(s3?.environment)
  return {
    app,
    async damage(plain) {
      const position = Math.floor(plain / CHUNK)
      if (s3) {
        const [name = ''] = [...s3.objects()].find(([, bytes]) => bytes.length > CHUNK) ?? []
        s3.damage(name, (bytes) => {
          const at = position * (CHUNK + 16) + (plain % CHUNK)
          bytes[at] = (bytes[at] ?? 0) ^ 1
        })
        return
      }
      const turned = `bytes = set_byte(bytes, ${plain % CHUNK}, get_byte(bytes, ${plain % CHUNK}) # 1)`
      await app.query(
        position === 0
          ? `update content set ${turned} where size > ${CHUNK}`
          : `update content_chunk set ${turned} where position = ${position}`,
      )
    },
    async [Symbol.asyncDispose]() {
      await app[Symbol.asyncDispose]()
      await s3?.[Symbol.asyncDispose]()
    },
  }
}

for (const kind of ['PostgreSQL', 'S3']) {
  t.test(`${kind}: whole, in parts, as a Binary, byte for byte`, async (t) => {
    await using w = await world(kind)
    const { app } = w
    const record = await openTestRecord(app, matricule(1))
    t.equal((await record.choose('autorisation', gp.nationalId ?? '')).status, 201)
    const bytes = pdf(2 * CHUNK + 12_345)
    const { binaryId } = await record.push({ cda: bytes, contentType: 'application/pdf' })
    const small = await record.push({ cda: pdf(300), contentType: 'application/pdf' })
    const client = app.as(gp)
    const path = `/Binary/${binaryId}`

    const whole = await client.get(path)
    t.equal(whole.status, 200, verdict(whole))
    t.ok(whole.bytes.equals(bytes))
    const digest = createHash('sha256').update(bytes).digest('base64url')
    t.match(whole.headers, {
      'content-type': 'application/pdf',
      'content-length': String(bytes.length),
      'accept-ranges': 'bytes',
      'content-disposition': 'attachment; filename="document.pdf"',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      etag: `"${digest}"`,
    })
    const head = await client.request('HEAD', path)
    t.same([head.status, head.bytes.length, head.headers['content-length']], [200, 0, String(bytes.length)])
    t.same(ofContent(head.headers), ofContent(whole.headers), 'HEAD says what GET says')
    const ofHead = await client.request('HEAD', path, { headers: { range: 'bytes=0-1' } })
    t.equal(ofHead.status, 200, 'a range is asked of a GET alone')

    for (const [range, start, end] of [
      ['bytes=0-0', 0, 1],
      ['bytes=0-', 0, bytes.length],
      ['bytes=-5', bytes.length - 5, bytes.length],
      [`bytes=${CHUNK - 2}-${CHUNK + 1}`, CHUNK - 2, CHUNK + 2],
      [`bytes=10-${bytes.length + 999}`, 10, bytes.length],
    ] as const) {
      const part = await client.get(path, { range })
      t.equal(part.status, 206, range)
      t.equal(part.headers['content-range'], `bytes ${start}-${end - 1}/${bytes.length}`)
      t.equal(part.headers['content-length'], String(end - start))
      t.ok(part.bytes.equals(bytes.subarray(start, end)))
    }
    for (const range of ['bytes=0-1,5-6', 'bytes=5-2', 'lines=1-2', 'bytes=', 'bytes=a-b', 'bytes=--1'])
      t.equal((await client.get(path, { range })).status, 200, `${range} is not for us`)
    for (const range of [`bytes=${bytes.length}-`, 'bytes=-0', 'bytes=999999999999999-']) {
      const refused = await client.get(path, { range })
      t.equal(verdict(refused), '416 invalid plage-impossible', range)
      t.equal(refused.headers['content-range'], `bytes */${bytes.length}`)
    }
    const range = 'bytes=1-2'
    t.equal((await client.get(path, { range, 'if-range': `"${digest}"` })).status, 206)
    t.equal((await client.get(path, { range, 'if-range': '"another"' })).status, 200)
    t.equal((await client.get(path, { range, 'if-range': `W/"${digest}"` })).status, 200)
    t.equal((await client.get(path, { range, 'if-range': new Date().toUTCString() })).status, 200)
    const known = await client.get(path, { range: 'bytes=99999999-', 'if-none-match': `"${digest}"` })
    t.same([known.status, known.bytes.length], [304, 0], 'what is known is told before any range')

    const json = await client.get(path, { accept: 'application/fhir+json' })
    t.equal(json.headers['content-length'], String(json.bytes.length))
    const binary = JSON.parse(json.text)
    t.same(Object.keys(binary), ['resourceType', 'id', 'meta', 'contentType', 'securityContext', 'data'])
    t.ok(Buffer.from(binary.data, 'base64').equals(bytes))
    t.equal(binary.data.length, Math.ceil(bytes.length / 3) * 4)
    for (const accept of ['application/fhir+xml', 'application/fhir+xml, */*;q=0.1']) {
      const xml = await client.get(`${path}?_pretty=true`, { accept })
      t.equal(xml.headers['content-length'], String(xml.bytes.length))
      t.ok(Buffer.from(/<data value="([^"]*)"/.exec(xml.text)?.[1] ?? '', 'base64').equals(bytes))
    }
    const headOfJson = await client.request('HEAD', path, { headers: { accept: 'application/fhir+json' } })
    t.equal(headOfJson.headers['content-length'], String(json.bytes.length))
    t.equal((await client.get(`/Binary/${small.binaryId}`)).status, 200)

    // V7: a document that is not theirs has no range, no length, no tag.
    const none = `/Binary/${binaryId.slice(0, 27)}${'0'.repeat(26)}`
    for (const asked of [{}, { range: 'bytes=0-1' }, { range: 'bytes=99999999999-' }]) {
      const hidden = await app.as(nurse).get(path, asked)
      const absent = await app.as(nurse).get(none, asked)
      t.equal(verdict(hidden), verdict(absent))
      t.notOk(hidden.headers['content-range'])
    }
  })

  t.test(
    `${kind}: a changed byte is 500 before anything is sent, or the end of the connection`,
    async (t) => {
      await using w = await world(kind)
      const { app } = w
      const record = await openTestRecord(app, matricule(2))
      await record.choose('autorisation', gp.nationalId ?? '')
      const bytes = pdf(3 * CHUNK)
      const { binaryId } = await record.push({ cda: bytes, contentType: 'application/pdf' })
      const path = `/Binary/${binaryId}`
      await w.damage(2 * CHUNK + 7)
      const cut = await rawGet(`${app.base}${path}`, await app.token(gp))
      t.equal(cut.status, 200)
      t.ok(cut.broken, 'the client sees that it has not got all of it')
      t.ok(cut.bytes.length <= 2 * CHUNK && bytes.subarray(0, cut.bytes.length).equals(cut.bytes))
      t.ok((await app.as(gp).get(path, { range: 'bytes=0-99' })).bytes.equals(bytes.subarray(0, 100)))
      t.match(app.log(), /unable to authenticate.*an answer broke off/)
      await w.damage(0)
      const refused = await app.as(gp).get(path)
      t.match(verdict(refused), /^500 exception interne/)
      t.ok(refused.headers['x-request-id'])
      t.equal((await app.as(gp).get(path, { accept: 'application/fhir+json' })).status, 500)
      t.equal((await app.as(gp).get('/metadata')).status, 200, 'the server goes on')
      await w.damage(0)
      await w.damage(2 * CHUNK + 7)
      t.ok((await app.as(gp).get(path)).bytes.equals(bytes))
    },
  )
}

t.test('S3 down: 503 with Retry-After, nothing is kept; back again, the same push is new', async (t) => {
  await using s3 = await s3Store()
  await using app = await testApp(s3.environment)
  const record = await openTestRecord(app, matricule(3))
  await record.choose('autorisation', gp.nationalId ?? '')
  const before = await app.stored()
  s3.fails = 'down'
  const { post } = app.as(hospital)
  const lot = provideBundle({
    ins: record.ins,
    uniqueId: freshUniqueId(),
    cda: pdf(500),
    contentType: 'application/pdf',
  })
  const refused = await post('', lot)
  t.equal(verdict(refused), '503 transient indisponible')
  t.equal(refused.headers['retry-after'], '2')
  t.same(await app.stored(), before)
  s3.fails = undefined
  t.equal((await post('', lot)).status, 200)
  t.equal((await post('', lot)).status, 200, 'and once more, it is there')
  t.equal(s3.objects().size, 1, 'the first attempt had sent nothing, the third sends nothing')
})

function ofContent(headers: Received['headers']): Record<string, string> {
  const { date: _, connection: __, 'keep-alive': ___, 'x-request-id': ____, ...rest } = headers
  return rest
}

function rawGet(
  url: string,
  token: string,
): Promise<{ status: number | undefined; bytes: Buffer; broken: boolean }> {
  return new Promise((done, failed) => {
    const request = get(
      url,
      { headers: { authorization: `Bearer ${token}` } },
      (response: IncomingMessage) => {
        const pieces: Buffer[] = []
        response.on('data', (piece: Buffer) => pieces.push(piece))
        const end = (broken: boolean) => () =>
          done({ status: response.statusCode, bytes: Buffer.concat(pieces), broken })
        response.once('end', end(false))
        response.once('error', end(true))
      },
    )
    request.once('error', failed)
  })
}

async function drained(payload: Payload): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of payload.stream()) pieces.push(Buffer.from(piece))
  return Buffer.concat(pieces)
}

t.test('bytes put into a text as base64, however they are cut', async (t) => {
  let odd = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 10 })),
      fc.string(),
      fc.string(),
      async (cuts, a, b) => {
        const bytes = Buffer.concat(cuts)
        if (cuts.some((cut) => cut.length % 3 !== 0)) odd++
        async function* chunks(): AsyncIterable<Buffer> {
          for (const cut of cuts) yield Buffer.from(cut)
        }
        const mark = '\u0000mark\u0000'
        const payload = payloadAround(a + mark + b, {
          mark,
          bytes: { length: bytes.length, chunks: chunks() },
        })
        const sent = await drained(payload)
        return sent.equals(Buffer.from(a + bytes.toString('base64') + b)) && sent.length === payload.length
      },
    ),
  )
  t.ok(odd > 20)
})

t.test('no more is fetched than the client takes', async (t) => {
  let fetched = 0
  async function* chunks(): AsyncIterable<Buffer> {
    for (; fetched < 100; fetched++) yield Buffer.alloc(CHUNK)
  }
  const stream = payloadOf({ length: 100 * CHUNK, chunks: chunks() }).stream()
  const read = stream[Symbol.asyncIterator]()
  await read.next()
  await new Promise((resolve) => setTimeout(resolve, 20))
  t.ok(fetched <= 3, `${fetched} chunks for one`)
  await read.return?.()
  t.ok(stream.destroyed)
})

t.test('parse-byte-range ≡ the definition', async (t) => {
  const size = fc.integer({ min: 1, max: 50 })
  const number = fc.option(fc.nat(60), { nil: undefined })
  const seen = { part: 0, unsatisfiable: 0, none: 0 }
  fc.assert(
    fc.property(size, number, number, (size, first, last) => {
      const parsed = parseByteRange(`bytes=${first ?? ''}-${last ?? ''}`, size)
      const all = Array.from({ length: size }, (_, i) => i)
      const wanted =
        first !== undefined
          ? all.filter((i) => i >= first && i <= (last ?? Number.POSITIVE_INFINITY))
          : all.slice(last ? -last : size)
      if (
        (first === undefined && last === undefined) ||
        (first !== undefined && last !== undefined && last < first)
      ) {
        seen.none++
        return parsed === undefined
      }
      if (wanted.length === 0) {
        seen.unsatisfiable++
        return parsed === 'unsatisfiable'
      }
      seen.part++
      return (
        typeof parsed === 'object' &&
        parsed.start === wanted[0] &&
        parsed.end - parsed.start === wanted.length
      )
    }),
    { numRuns: 500 },
  )
  for (const [name, times] of Object.entries(seen)) t.ok(times > 5, name)
  t.equal(parseByteRange(undefined, 5), undefined)
})

t.test('a file name says nothing but its kind, whatever the type', async (t) => {
  t.equal(contentDisposition('text/xml; charset=utf-8'), 'attachment; filename="document.xml"')
  t.equal(contentDisposition('x/"\r\ny'), 'attachment; filename="document.bin"')
  t.equal(contentDisposition('constructor'), 'attachment; filename="document.bin"')
})
