import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import t from 'tap'
import { SetAside } from '../../src/content/set-aside.ts'
import { parseJson } from '../../src/fhir/json.ts'
import { streamBody } from '../../src/http/stream-body.ts'
import { stringifyXml } from '../../src/xml/stringify-xml.ts'
import { testApp } from '../support/app.ts'
import { freshUniqueId, provideBundle, publishedDocument } from '../support/builders.ts'
import { type Received, verdict } from '../support/http-client.ts'
import { gp, hospital, knownIns } from '../support/personas.ts'
import { openTestRecord, pushed } from '../support/record.ts'
import { testRegistry } from '../support/registry.ts'
import { syntheticCda } from '../support/synthetic-cda.ts'
import { until } from '../support/until.ts'

const MEGABYTE = 1024 * 1024
const spoolDir = mkdtempSync(join(tmpdir(), 'dmp-spool-'))
t.teardown(() => rmSync(spoolDir, { recursive: true }))
const app = await testApp({ DMP_SPOOL_DIR: spoolDir })
t.teardown(() => app[Symbol.asyncDispose]())
const ins = knownIns
const record = await openTestRecord(app, ins)
await record.choose('autorisation', gp.nationalId ?? '')

/** Not the same twice, and nowhere the same. */
function pdf(size: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(size)
  let state = seed
  for (let i = 0; i + 4 <= size; i += 4) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    bytes.writeUInt32LE(state, i)
  }
  bytes.write('%PDF-1.7\n')
  return bytes
}

function bundleOf(content: Buffer, contentType: string, uniqueId = freshUniqueId()) {
  const bundle = provideBundle({ ins, uniqueId, cda: content, contentType })
  return { uniqueId, bundle }
}

async function readBack(answer: Received, uniqueId: string): Promise<Buffer> {
  const { binaryId } = pushed(answer, uniqueId)
  const read = await app.as(gp).get(`/Binary/${binaryId}`, { accept: '*/*' })
  if (read.status !== 200) throw new Error(verdict(read))
  return read.bytes
}

const openSpools = (): string[] =>
  readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`)
      return target.includes('dmp-spool-') ? [target] : []
    } catch {
      // Closed since it was listed.
      return []
    }
  })

async function untilNoSpool(): Promise<readonly string[]> {
  await until('no spool is open', () => openSpools().length === 0)
  return [...openSpools(), ...readdirSync(spoolDir)]
}

t.test('20 MB by ITI-65 in JSON, byte for byte', async (t) => {
  const content = pdf(20 * MEGABYTE)
  const { bundle, uniqueId } = bundleOf(content, 'application/pdf')
  const answer = await app.as(hospital).post('', bundle)
  t.equal(verdict(answer), '200')
  t.ok((await readBack(answer, uniqueId)).equals(content))
  const again = await app.as(hospital).post('', bundle)
  t.equal(verdict(again), '200', 'sent again')
  t.same(await untilNoSpool(), [], 'nothing is left on the disk')
})

t.test('in XML too, with line ends and a reference for a letter', async (t) => {
  const content = pdf(3 * MEGABYTE, 2)
  const { bundle, uniqueId } = bundleOf(content, 'application/pdf')
  const parsed = parseJson(JSON.stringify(bundle))
  const xml = stringifyXml(parsed as Parameters<typeof stringifyXml>[0], testRegistry())
  const data = content.toString('base64')
  const lines = data
    .replace(/(.{76})/g, '$1\n')
    .replace('A', '&#65;')
    .replace('+', '&#x2b;')
  t.ok(xml.includes(data))
  const headers = { 'content-type': 'application/fhir+xml' }
  const answer = await app.as(hospital).request('POST', '', { body: xml.replace(data, lines), headers })
  t.equal(verdict(answer), '200')
  t.ok((await readBack(answer, uniqueId)).equals(content))
})

t.test('by ITI-105, its data escaped as JSON may be', async (t) => {
  const content = pdf(2 * MEGABYTE, 3)
  const uniqueId = freshUniqueId()
  const document = publishedDocument({ ins, uniqueId, cda: content, contentType: 'application/pdf' })
  const body = JSON.stringify(document).replaceAll('/9', '\\/9').replace('data":"', 'data":"\\r\\n ')
  const answer = await app.as(hospital).request('POST', '/DocumentReference', { body })
  t.equal(verdict(answer), '201')
  const stored = await app.query<{ body: string }>(
    'select d.body from document d where d.body::text like $1',
    [`%urn:oid:${uniqueId}"%`],
  )
  t.equal(stored.length, 1)
  t.match(JSON.parse(stored[0]?.body ?? '{}'), {
    content: [
      { attachment: { size: content.length, hash: createHash('sha1').update(content).digest('base64') } },
    ],
  })
  t.notOk(stored[0]?.body.includes('"data"'), 'neither the data nor its placeholder is stored')
})

t.test('a CDA of level 1 with 14 MB inside, and what contradicts it', async (t) => {
  const inside = pdf(14 * MEGABYTE, 4)
  const level1 = (uniqueId: string, mediaType: string) =>
    Buffer.from(
      syntheticCda({ ins, uniqueId })
        .toString('utf8')
        .replace('1.2.250.1.213.1.1.1.29', '1.3.6.1.4.1.19376.1.2.20')
        .replace(
          /<structuredBody>[\s\S]*<\/structuredBody>/,
          `<nonXMLBody><text mediaType="${mediaType}" representation="B64">${inside.toString('base64')}</text></nonXMLBody>`,
        ),
    )
  const uniqueId = freshUniqueId()
  const content = level1(uniqueId, 'application/pdf')
  t.ok(content.length > 18 * MEGABYTE)
  const right = await app.as(hospital).post('', bundleOf(content, 'text/xml', uniqueId).bundle)
  t.equal(verdict(right), '200')
  t.ok((await readBack(right, uniqueId)).equals(content))
  const other = freshUniqueId()
  const attachment = 'Bundle.entry[1].resource.content[0].attachment'
  t.equal(
    verdict(await app.as(hospital).post('', bundleOf(level1(other, 'image/jpeg'), 'text/xml', other).bundle)),
    `422 invalid contenu-inattendu D6 @ ${attachment}`,
    'the file inside is no JPEG',
  )
  const wrong = await app.as(hospital).post('', bundleOf(content, 'text/xml').bundle)
  t.match(
    verdict(wrong),
    /422 business-rule cda-contredit D6 @ Bundle\.entry\[1\]\.resource\.masterIdentifier/,
  )
  const { bundle } = bundleOf(Buffer.concat([content, Buffer.from('<')]), 'text/xml', other)
  t.equal(verdict(await app.as(hospital).post('', bundle)), `422 structure cda-illisible D6 @ ${attachment}`)
})

t.test('what a large content is refused for is what a small one is refused for', async (t) => {
  const post = async (change: (data: string) => string) => {
    const { bundle } = bundleOf(pdf(2_100_000, 5), 'application/pdf')
    const body = JSON.stringify(bundle).replace(/("data":")([^"]+)/, (_, key, data) => key + change(data))
    return verdict(await app.as(hospital).request('POST', '', { body }))
  }
  const data = 'Bundle.entry[2].resource.data'
  t.equal(await post((text) => text.slice(0, -1)), `422 value valeur-invalide @ ${data}`)
  t.equal(await post((text) => text.replaceAll('+', '-')), `422 value valeur-invalide @ ${data}`)
  t.equal(await post((text) => `${text}é`), `422 value valeur-invalide @ ${data}`)
  t.equal(await post((text) => `${text}\\x`), '400 structure json-invalide')
  t.equal(
    await post((text) => text.repeat(11).slice(0, 29_000_000)),
    `413 too-long trop-long @ ${data}`,
    'larger than a document may be',
  )
  t.match(await post((text) => text.repeat(20)), /^413 too-long trop-long$/, 'larger than a body may be')
  const text = bundleOf(Buffer.from(`${'texte '.repeat(200_000)}\u0000`), 'text/plain').bundle
  t.equal(
    verdict(await app.as(hospital).post('', text)),
    '422 invalid contenu-inattendu @ Bundle.entry[1].resource.content[0].attachment.contentType',
    'text up to its last chunk, and not there',
  )
  t.same(await untilNoSpool(), [])
})

t.test('without a length, in small pieces; and a client that goes away', async (t) => {
  const content = pdf(2 * MEGABYTE, 6)
  const { bundle, uniqueId } = bundleOf(content, 'application/pdf')
  const body = Buffer.from(JSON.stringify(bundle))
  const token = await app.token(hospital)
  const port = Number(new URL(app.base).port)
  const open = async () => {
    const socket = connect({ port, host: '127.0.0.1' })
    await once(socket, 'connect')
    socket.write(
      `POST /fhir/ HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\nconnection: close\r\n` +
        'content-type: application/fhir+json\r\ntransfer-encoding: chunked\r\n\r\n',
    )
    return socket
  }
  const send = (socket: Awaited<ReturnType<typeof open>>, upTo: number) => {
    for (let at = 0; at < upTo; at += 7001) {
      const piece = body.subarray(at, Math.min(at + 7001, upTo))
      socket.write(`${piece.length.toString(16)}\r\n`)
      socket.write(piece)
      socket.write('\r\n')
    }
  }
  const gone = await open()
  send(gone, 1_500_000)
  // Linux says of a file that is open and has no name that it is deleted.
  const unnamed = () => openSpools().filter((file) => file.endsWith(' (deleted)'))
  await until('some of it is on the disk', () => unnamed().length > 0)
  t.equal(unnamed().length, 1, 'some of it is on the disk')
  t.same(readdirSync(spoolDir), [], 'without a name')
  gone.destroy()
  t.same(await untilNoSpool(), [], 'and gone with the client')

  const socket = await open()
  let answer = ''
  socket.on('data', (chunk) => {
    answer += chunk.toString('latin1')
  })
  send(socket, body.length)
  socket.write('0\r\n\r\n')
  await once(socket, 'close')
  t.match(answer, /^HTTP\/1\.1 200 /)
  t.ok(answer.includes('transaction-response'), uniqueId)
})

t.test('many at once: each is answered, and each has its own bytes', async (t) => {
  const contents = Array.from({ length: 8 }, (_, i) => pdf(3 * MEGABYTE + i, 10 + i))
  const got = await Promise.all(
    contents.map(async (content) => {
      const { bundle, uniqueId } = bundleOf(content, 'application/pdf')
      return readBack(await app.as(hospital).post('', bundle), uniqueId)
    }),
  )
  for (const [i, bytes] of got.entries()) t.ok(contents[i] && bytes.equals(contents[i]), String(i))
  t.same(await untilNoSpool(), [])
})

t.test(
  'what stays of a body in memory counts, once; what is set aside counts for its first chunk',
  async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'dmp-stream-'))
    t.teardown(() => rmSync(folder, { recursive: true }))
    const read = async (body: string, maxBytes: number) => {
      const setAside = new SetAside(folder, 20 * MEGABYTE)
      let asked = 0
      const stream = streamBody(Readable.from(chunksOf(Buffer.from(body))), {
        format: 'json',
        paths: ['entry.resource.data'],
        setAside,
        maxBytes,
        free: MEGABYTE,
        makeRoom: async () => {
          asked++
        },
      })
      try {
        const parts: Buffer[] = []
        for await (const part of stream) parts.push(part)
        return { asked, length: Buffer.concat(parts).length }
      } finally {
        await setAside.discard()
      }
    }
    function* chunksOf(bytes: Buffer) {
      for (let at = 0; at < bytes.length; at += 60_000) yield bytes.subarray(at, at + 60_000)
    }
    const data = pdf(3 * MEGABYTE, 30).toString('base64')
    const small = pdf(300_000, 31).toString('base64')
    const entry = (text: string) => `{"resource":{"data":"${text}"}}`
    t.match(await read(`{"entry":[${entry(data)}]}`, 9e6), { asked: 0, length: 88 })
    const kept = await read(`{"entry":[${Array.from({ length: 6 }, () => entry(small)).join(',')}]}`, 9e6)
    t.equal(kept.asked, 1, 'six first chunks')
    t.ok(kept.length < 1000)
    const story = await read(`{"text":"${data}","data":"${data}"}`, 9e6)
    t.same(story, { asked: 1, length: 2 * data.length + 21 }, 'no place of a content: it stays')
    await t.rejects(read(`{"entry":[${entry(data)}]}`, 3e6), /too-long/)
  },
)

t.test('a folder that takes no file stops the start, by a line that names the setting', async (t) => {
  const start = testApp({ DMP_SPOOL_DIR: '/dev/null/spool' })
  await t.rejects(start, { name: 'ConfigError', message: /^DMP_SPOOL_DIR: the folder cannot be/ })
})
