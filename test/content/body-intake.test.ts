import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { BodyIntake } from '../../src/content/body-intake.ts'
import { CHUNK_BYTES, openChunk } from '../../src/content/chunk-cipher.ts'
import { ContentSink } from '../../src/content/content-sink.ts'
import { receiveContent } from '../../src/content/receive-content.ts'
import type { ReceivedContent } from '../../src/content/received-content.ts'
import { SetAside } from '../../src/content/set-aside.ts'
import { prepareSpool, SpoolFile } from '../../src/content/spool-file.ts'
import { FhirError } from '../../src/fhir/fhir-error.ts'
import {
  isJsonObject,
  JsonSyntaxError,
  type JsonValue,
  parseJson,
  stringifyJson,
} from '../../src/fhir/json.ts'
import { parseXml } from '../../src/xml/parse-xml.ts'
import { XmlError } from '../../src/xml/xml-fault.ts'
import fc from '../support/draws.ts'
import { testRegistry } from '../support/registry.ts'

const folder = mkdtempSync(join(tmpdir(), 'dmp-intake-'))
t.teardown(() => rmSync(folder, { recursive: true }))
const PATHS = ['entry.resource.data', 'entry.resource.content.attachment.data']
const LIMIT = 2 * 1024 * 1024

const pieces = (body: Buffer, sizes: readonly number[]): Buffer[] => {
  const cut: Buffer[] = []
  for (let at = 0, i = 0; at < body.length; i++) {
    const size = Math.max(1, sizes[i % sizes.length] ?? 1)
    cut.push(body.subarray(at, at + size))
    at += size
  }
  return cut
}

type Taken = { readonly rest: string; readonly setAside: SetAside }

async function take(
  format: 'json' | 'xml',
  body: Buffer,
  sizes: readonly number[],
  short?: number,
): Promise<Taken> {
  const setAside = new SetAside(folder, LIMIT)
  const intake = new BodyIntake(format, PATHS, setAside, short)
  const rest: Buffer[] = []
  for (const piece of pieces(body, sizes)) rest.push(...(await intake.take(piece)))
  rest.push(...(await intake.end()))
  return { rest: Buffer.concat(rest).toString('utf8'), setAside }
}

async function bytesOf(content: ReceivedContent): Promise<Buffer> {
  const all: Buffer[] = []
  for await (const chunk of content.plain()) all.push(chunk)
  return Buffer.concat(all)
}

/** The base64 of a content, or `fault` for what is none: what the server understands by a string in a watched place. */
async function contentOf(text: string, setAside: SetAside | undefined): Promise<string> {
  try {
    const content = receiveContent(text, LIMIT, '', setAside)
    return (await bytesOf(content)).toString('base64')
  } catch (error) {
    if (error instanceof FhirError) return 'fault'
    throw error
  }
}

async function meaning(value: JsonValue, setAside?: SetAside, path = ''): Promise<JsonValue> {
  if (typeof value === 'string') return PATHS.includes(path) ? contentOf(value, setAside) : value
  if (Array.isArray(value)) return Promise.all(value.map((item) => meaning(item, setAside, path)))
  if (!isJsonObject(value)) return value
  const inner = (key: string): string => (path === '' ? key : `${path}.${key}`)
  const entries = Object.entries(value).map(
    async ([key, item]) => [key, await meaning(item, setAside, inner(key))] as const,
  )
  return Object.fromEntries(await Promise.all(entries))
}

type Parse = (text: string) => JsonValue
const definitions = testRegistry()
const parsers: Readonly<Record<'json' | 'xml', Parse>> = {
  json: (text) => parseJson(text),
  xml: (text) => parseXml(text, definitions, { maxDepth: 64 }),
}

/** What a body says, or that it cannot be read. */
async function said(format: 'json' | 'xml', text: string, setAside?: SetAside): Promise<string> {
  let value: JsonValue
  try {
    value = parsers[format](text)
  } catch (error) {
    if (error instanceof JsonSyntaxError || error instanceof XmlError) return 'unreadable'
    throw error
  }
  return stringifyJson(await meaning(value, setAside))
}

const base64 = fc
  .uint8Array({ minLength: 0, maxLength: 90 })
  .map((bytes) => Buffer.from(bytes).toString('base64'))
/** As JSON or XML may spell it, and what is wrong in many ways. */
const spelt = (spellings: readonly string[]) =>
  fc
    .tuple(
      base64,
      fc.array(fc.tuple(fc.nat(200), fc.constantFrom(...spellings)), { maxLength: 3 }),
      fc.boolean(),
    )
    .map(([text, changes, isClean]) =>
      isClean
        ? text
        : changes.reduce((changed, [at, spelling]) => {
            const i = at % (changed.length + 1)
            return changed.slice(0, i) + spelling + changed.slice(i)
          }, text),
    )
const jsonText = spelt([
  ' ',
  '\\n',
  '\\r\\n',
  '\\/\\/\\/\\/',
  '\\u0041\\u002b\\u002F\\u0030',
  'QUJD',
  '-',
  '=',
  '\\"',
  '\\\\',
  '\\u00',
  '\\x',
  '\n',
  'é',
  '{',
  '\\u00a0',
])
const xmlText = spelt([
  ' ',
  '\n',
  '&#10;',
  '&#x2b;&#43;&#x2F;&#65;',
  'QUJD',
  '-',
  '=',
  '&amp;',
  '&#0;',
  '<',
  'é',
  '&#x',
  "'",
  '&quot;',
  '>',
])

const jsonBody = fc
  .record({
    data: jsonText,
    inline: jsonText,
    elsewhere: jsonText,
    noise: fc.json({ maxDepth: 3 }),
    order: fc.boolean(),
    key: fc.constantFrom('data', 'd\\u0061ta', 'date', 'value'),
  })
  .map(({ data, inline, elsewhere, noise, order, key }) => {
    const binary = order
      ? `{"resourceType":"Binary","data" : "${data}","x":${noise}}`
      : `{"x":${noise},"${key}":"${data}"}`
    const document = `{"content":[{"attachment":{"data":"${inline}","title":"a\\\\"}}],"photo":{"data":"${elsewhere}"}}`
    return `{"entry":[{"resource":${binary}},{"resource":${document}}],"data":"${elsewhere}"}`
  })
const xmlBody = fc
  .record({
    data: xmlText,
    inline: xmlText,
    elsewhere: xmlText,
    prefixed: fc.boolean(),
    quote: fc.constantFrom('"', "'"),
  })
  .map(({ data, inline, elsewhere, prefixed, quote }) => {
    const p = prefixed ? 'f:' : ''
    const xmlns = prefixed ? 'xmlns:f' : 'xmlns'
    const tag = (name: string, inside: string) => `<${p}${name}>${inside}</${p}${name}>`
    const one = (name: string, value: string) => `<${p}${name} id='a>' value = ${quote}${value}${quote} />`
    const binary = tag(
      'Binary',
      `${one('contentType', 'a/b')}<!-- <data value="QUJD"/> -->${one('data', data)}`,
    )
    const attachment = tag('attachment', one('data', inline))
    const photo = tag('photo', one('data', elsewhere))
    const practitioner = tag('contained', tag('Practitioner', photo))
    const document = tag(
      'DocumentReference',
      `${practitioner}${one('status', 'current')}${tag('content', attachment)}`,
    )
    const entry = (resource: string) => tag('entry', tag('resource', resource))
    return `<?xml version="1.0"?><${p}Bundle ${xmlns}="http://hl7.org/fhir">${one('type', 'batch')}${entry(binary)}\n${entry(document)}</${p}Bundle>`
  })

const damage = fc.option(fc.tuple(fc.nat(), fc.constantFrom('', '"', '\\', '<', '{', '>', '&')), { freq: 3 })

for (const [format, bodies] of [
  ['json', jsonBody],
  ['xml', xmlBody],
] as const) {
  t.test(
    `${format}: a body says the same with its contents set aside, wherever its pieces end`,
    async (t) => {
      const seen = { setAside: 0, fault: 0, unreadable: 0, damaged: 0 }
      await fc.assert(
        fc.asyncProperty(
          bodies,
          damage,
          fc.array(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 6 }),
          fc.integer({ min: 1, max: 40 }),
          async (whole, hurt, sizes, short) => {
            const at = hurt ? hurt[0] % whole.length : 0
            const text = hurt ? whole.slice(0, at) + hurt[1] + whole.slice(at + 1) : whole
            const { rest, setAside } = await take(format, Buffer.from(text), sizes, short)
            const expected = await said(format, text)
            const got = await said(format, rest, setAside)
            if (rest !== text) seen.setAside++
            if (rest !== text && expected.includes('"fault"')) seen.fault++
            if (rest !== text && expected === 'unreadable') seen.unreadable++
            if (hurt) seen.damaged++
            await setAside.discard()
            t.equal(got, expected, text)
            return got === expected
          },
        ),
        { numRuns: 1500 },
      )
      for (const [what, count] of Object.entries(seen)) t.ok(count > 20, `not vacuous: ${what} ${count}`)
    },
  )
}

t.test('contents of every size come back as they were, sealed and plain, and leave no file', async (t) => {
  const sizes = [
    49_150,
    49_153,
    CHUNK_BYTES - 1,
    CHUNK_BYTES,
    CHUNK_BYTES + 1,
    3 * CHUNK_BYTES,
    3 * CHUNK_BYTES + 7,
  ]
  for (const size of sizes) {
    const bytes = Buffer.from(Array.from({ length: size }, (_, i) => (i * 31 + (i >> 8)) & 0xff))
    const body = Buffer.from(`{"entry":[{"resource":{"data":"${bytes.toString('base64')}"}}]}`)
    const { rest, setAside } = await take('json', body, [65_536, 1000])
    t.ok(rest.length < 200, `${size}: the body is short`)
    t.same(readdirSync(folder), [], 'no file has a name')
    const content = setAside.find(/"data":"([^"]+)"/.exec(rest)?.[1] ?? '')
    if (typeof content !== 'object') return t.fail(`${size}: ${content}`)
    t.equal(content.size, size)
    t.equal(content.chunkCount, Math.ceil(size / CHUNK_BYTES))
    t.same(content.sha1Base64, createHash('sha1').update(bytes).digest('base64'))
    t.ok(content.sha256.equals(createHash('sha256').update(bytes).digest()))
    t.ok(content.first.equals(bytes.subarray(0, CHUNK_BYTES)))
    t.ok((await bytesOf(content)).equals(bytes))
    for (let again = 0; again < 2; again++) {
      let position = 0
      const opened: Buffer[] = []
      for await (const chunk of content.sealed())
        opened.push(openChunk(content.key, position, ++position === content.chunkCount, chunk))
      t.ok(Buffer.concat(opened).equals(bytes), 'sealed')
    }
    await setAside.discard()
    await setAside.discard()
    if (content.chunkCount > 1) await t.rejects(bytesOf(content), /closed/)
  }
})

t.test('pieces are given back once what they had went aside, and no others', async (t) => {
  const size = 64 * 1024
  const filled = (text: string): Buffer => Buffer.allocUnsafeSlow(size).fill(text)
  const head = filled(' ')
  head.write('{"entry":{"resource":{"data":"', size - 30)
  const aside = [head, filled('QUJD'), filled('QUJD'), filled('QUJD')]
  const stays = [filled('"}}} '), filled(' ')]
  const shared = Buffer.concat([filled('QUJD'), filled('QUJD')]).subarray(0, size)
  const setAside = new SetAside(folder, LIMIT)
  const intake = new BodyIntake('json', PATHS, setAside)
  const rest: Buffer[] = []
  for (const piece of [...aside, shared, ...stays]) rest.push(...(await intake.take(piece)))
  t.same(
    [...aside, ...stays].map(({ length }) => length),
    [0, 0, 0, 0, 0, size],
    'the first and the last of the content too: what stays of them is a copy',
  )
  t.equal(shared.length, size, 'nothing of what others have')
  const body = Buffer.concat(rest).toString()
  t.match(body, /"resource":\{"data":"[^"]{40,60}"\}\}\} "/)
  t.ok(body.length > 3 * size && body.length < 3 * size + 100, 'and all that stays is there')
  await setAside.discard()
})

t.test('a content larger than allowed is not kept, and is told as such', async (t) => {
  const data = Buffer.alloc(LIMIT + 1).toString('base64')
  const { rest, setAside } = await take(
    'json',
    Buffer.from(`{"entry":{"resource":{"data":"${data}"}}}`),
    [65_536],
  )
  const placeholder = /"data":"([^"]+)"/.exec(rest)?.[1] ?? ''
  t.equal(setAside.find(placeholder), 'too-large')
  t.equal(setAside.find(`${placeholder} QUJD`), 'not-base64', 'what begins as one and goes on')
  t.equal(setAside.find('QUJD'), undefined)
  const other = new SetAside(folder, LIMIT)
  t.equal(other.find(placeholder), undefined, 'the placeholder of another request')
  t.throws(() => setAside.assertAbsent(`{"data":"${placeholder}"}`), /placeholder/)
  t.doesNotThrow(() => other.assertAbsent(placeholder))
  await setAside.discard()
})

t.test('what a killed process left is removed at the start, and nothing else', async (t) => {
  const old = mkdtempSync(join(tmpdir(), 'dmp-spool-test-'))
  t.teardown(() => rmSync(old, { recursive: true }))
  writeFileSync(join(old, `dmp-spool-${'a'.repeat(24)}`), 'sealed')
  writeFileSync(join(old, 'other'), 'kept')
  await prepareSpool(old)
  t.same(readdirSync(old), ['other'])
  await prepareSpool(join(old, 'new'))
  t.same(readdirSync(join(old, 'new')), [])
})

t.test('a folder that takes no file stops the start: large deposits would all be refused', async (t) => {
  await t.rejects(prepareSpool('/dev/null/spool'))
  // Where root cannot make a file either.
  if (existsSync('/proc/self')) await t.rejects(prepareSpool('/proc'))
})

t.test('a disk that takes nothing is a 503, never a content that is cut off', async (t) => {
  const sink = new ContentSink(new SpoolFile(join(folder, 'absent'), () => 'x'.repeat(16)), LIMIT)
  await t.rejects(sink.write(Buffer.alloc(CHUNK_BYTES + 1)), /transient/)
})
