/**
 * The parts of `dmp push` on which its promises stand: a journal that survives any cut, one push at a time, a pace that
 * gives way, lots and lanes that keep an order, and bodies that are streamed and yet right to the byte.
 */
import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { createWriteStream, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { assetPath } from '../../src/asset-path.ts'
import { LotAssembler } from '../../src/cli/push/assemble-lots.ts'
import { type ContentSource, measure, onePiece } from '../../src/cli/push/content-source.ts'
import { madeOid, madeUuid } from '../../src/cli/push/identifiers.ts'
import type { DocumentItem, Sendable } from '../../src/cli/push/item.ts'
import { Journal } from '../../src/cli/push/journal.ts'
import { Lanes } from '../../src/cli/push/lanes.ts'
import { Pace, retryAfterMs } from '../../src/cli/push/pace.ts'
import { BodyBuilder } from '../../src/cli/push/request-body.ts'
import fc from '../support/draws.ts'
import { defaultAuthor } from '../support/synthetic-cda.ts'

function folder(t: { teardown: (act: () => void) => void }): string {
  const path = mkdtempSync(join(tmpdir(), 'push-parts-'))
  t.teardown(() => rmSync(path, { recursive: true, force: true }))
  return path
}

const server = 'http://127.0.0.1:8080/fhir'

function item(n: number, changes: Partial<DocumentItem> = {}): DocumentItem {
  const sha256 = createHash('sha256').update(String(n)).digest('hex')
  return {
    kind: 'document',
    origin: { file: `/files/${n}.xml` },
    ins: { system: 'urn:oid:1', value: String(n % 3) },
    uniqueId: `urn:oid:1.2.3.${n}`,
    ownIdentifier: true,
    document: { resourceType: 'DocumentReference', status: 'current', content: [] },
    content: { size: 1, sha1Base64: '', sha256, open: () => onePiece(Buffer.from('x')) },
    sender: {},
    activity: undefined,
    ordered: false,
    ...changes,
  }
}

t.test('any-cut-is-survived: a journal cut anywhere is opened, and knows what it wholly says', async (t) => {
  const path = join(folder(t), 'journal')
  const journal = await Journal.open(path, server)
  const items = Array.from({ length: 12 }, (_, n) => item(n))
  await Promise.all(
    items
      .slice(0, 6)
      .map((one) => journal.noteDone([{ item: one, id: `DocumentReference/${one.content.size}` }])),
  )
  await journal.willSend(items.slice(6, 9))
  await journal.noteDone(items.slice(6, 8).map((one) => ({ item: one, id: 'x' })))
  await journal.close()
  const whole = readFileSync(path)
  t.equal(statSync(path).mode & 0o777, 0o600)
  t.notMatch(whole.toString(), /1\.2\.3\.|files/, 'hashes alone')
  let known = 0
  await fc.assert(
    fc.asyncProperty(fc.nat(whole.length), async (cut) => {
      writeFileSync(path, whole.subarray(0, cut))
      const lines = whole.subarray(0, cut).toString().split('\n').slice(0, -1)
      const opened = await Journal.open(path, server)
      try {
        const done = items.filter((one) => opened.know(one).kind === 'done').length
        known += done
        const said = lines.join('').split('"key"').length - 1
        if (done !== said) return false
        await opened.noteDone([{ item: item(99), id: 'y' }])
      } finally {
        await opened.close()
      }
      const again = await Journal.open(path, server)
      const kept = again.know(item(99)).kind
      await again.close()
      return kept === 'done' && readFileSync(path, 'utf8').endsWith('\n')
    }),
    { numRuns: 40 },
  )
  t.ok(known > 40, 'not vacuous')
  writeFileSync(path, whole)
  const opened = await Journal.open(path, server)
  t.same(opened.openLot(items[8] ?? item(0))?.length, 3, 'a lot without an answer goes together again')
  t.equal(opened.openLot(items[6] ?? item(0)), undefined)
  t.same(opened.know(item(0)), { kind: 'done', id: 'DocumentReference/1' })
  t.same(opened.know({ ...item(0), content: item(1).content }), { kind: 'changed', of: 'identifier' })
  t.same(opened.know(item(0, { uniqueId: 'urn:oid:9', content: item(1).content })), { kind: 'new' })
  t.same(opened.know(item(0, { uniqueId: 'urn:oid:9', ownIdentifier: false, content: item(1).content })), {
    kind: 'changed',
    of: 'file',
  })
  const { origin, ins, uniqueId } = item(0)
  const deletion: Sendable = { kind: 'deletion', origin, ins, uniqueId, ordered: true }
  t.same(opened.know(deletion), { kind: 'new' }, 'what was deposited is not what was deleted')
  await t.rejects(Journal.open(path, server), /another push \(process \d+\) uses this journal/)
  await opened.close()
  await t.rejects(Journal.open(path, 'https://other/fhir'), /journal of a push to another server/)
  writeFileSync(path, `${whole.toString().split('\n').slice(0, 3).join('\n')}\nnonsense\n`)
  await t.rejects(Journal.open(path, server), /line 4: this is no line of a journal/)
  writeFileSync(path, whole)
  writeFileSync(`${path}.lock`, '999999999 somewhere-else\n')
  await t.rejects(Journal.open(path, server), /another push/, 'another machine cannot be asked')
  const { hostname } = await import('node:os')
  writeFileSync(`${path}.lock`, `2147483646 ${hostname()}\n`)
  const taken = await Journal.open(path, server)
  await taken.close()
  t.throws(() => statSync(`${path}.lock`), 'of one that was killed, taken over and let go')
})

t.test('a pace gives way, and comes back', async (t) => {
  let now = 0
  const slept: number[] = []
  const pace = new Pace(8, {
    now: () => now,
    sleep: async (milliseconds) => {
      slept.push(milliseconds)
      now += milliseconds
    },
    random: () => 0.5,
  })
  const { signal } = new AbortController()
  for (let i = 0; i < 8; i++) t.ok(await pace.take(signal))
  pace.hindered(10_000)
  for (let i = 0; i < 7; i++) pace.hindered(undefined)
  t.equal(pace.limit, 1, 'halved each time')
  await pace.take(signal)
  t.ok((slept[0] ?? 0) >= 10_000, 'not before it was asked for')
  t.equal(slept.length, 1, 'failures together are one wait')
  pace.succeeded()
  t.equal(pace.fruitless, 0)
  for (let i = 0; i < 60; i++) {
    await pace.take(signal)
    pace.succeeded()
  }
  t.equal(pace.limit, 8)
  const waits: number[] = []
  for (let i = 0; i < 12; i++) {
    await pace.take(signal)
    pace.hindered(undefined)
    waits.push(pace.waiting)
  }
  t.same(waits.slice(0, 3), [375, 750, 1_500], 'longer each time')
  t.ok(Math.max(...waits) <= 30_000 && pace.fruitless > 60_000)
  const stop = new AbortController()
  stop.abort()
  t.equal(await pace.take(stop.signal), false)
  t.same(
    [
      retryAfterMs('7', 0),
      retryAfterMs('Thu, 01 Jan 1970 00:00:09 GMT', 1_000),
      retryAfterMs('soon', 0),
      retryAfterMs(undefined, 0),
    ],
    [7_000, 8_000, undefined, undefined],
  )
})

t.test('lots-lose-nothing: each document goes once, with its own patient, in no lot too large', async (t) => {
  let lots = 0
  fc.assert(
    fc.property(
      fc.array(fc.record({ patient: fc.nat(4), ordered: fc.boolean() }), { maxLength: 60 }),
      fc.integer({ min: 1, max: 7 }),
      (shapes, most) => {
        const all = shapes.map(({ patient, ordered }, n) =>
          item(n, { ins: { system: 's', value: String(patient) }, ordered }),
        )
        const assembler = new LotAssembler(most, () => undefined)
        const made = [...all.flatMap((one) => assembler.add(one)), ...assembler.end()]
        lots += made.length
        const sent = made.flatMap(({ items }) => items)
        const inOrder = (value: string): boolean => {
          const of = (list: readonly Sendable[]) => list.filter(({ ins }) => ins.value === value)
          return of(sent).every((one, i) => one === of(all)[i])
        }
        return (
          sent.length === all.length &&
          new Set(sent).size === all.length &&
          made.every(
            ({ items }) => items.length <= most && new Set(items.map(({ ins }) => ins.value)).size === 1,
          ) &&
          ['0', '1', '2', '3', '4'].every(inOrder)
        )
      },
    ),
  )
  t.ok(lots > 300, 'not vacuous')
  const before = ['a', 'b']
  const assembler = new LotAssembler(5, (one) =>
    one.uniqueId.endsWith('.1') || one.uniqueId.endsWith('.4') ? before : undefined,
  )
  const made = [1, 7, 4].flatMap((n) => assembler.add(item(n)))
  t.same(
    made.map(({ items }) => items.map(({ uniqueId }) => uniqueId)),
    [['urn:oid:1.2.3.1', 'urn:oid:1.2.3.4']],
  )
})

t.test('lanes: nothing of a patient beside what keeps an order; others go on', async (t) => {
  const lanes = new Lanes()
  const lot = (patient: string, ordered: boolean) => ({ patient, ordered, items: [item(0)] as const })
  const [a1, a2, a3, b1] = [lot('a', false), lot('a', true), lot('a', false), lot('b', true)]
  lanes.add([a1, a2, a3, b1])
  t.equal(lanes.next(), a1)
  t.equal(lanes.next(), b1, 'a2 waits for a1, and a3 for a2')
  t.equal(lanes.next(), undefined)
  lanes.done(a1)
  t.equal(lanes.next(), a2)
  t.equal(lanes.next(), undefined)
  lanes.done(a2)
  t.equal(lanes.next(), a3)
  t.same([lanes.running, lanes.waiting], [2, 0])
})

t.test('streamed-is-whole: a body in pieces is the body at once, as long as it said', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 6 }),
      fc.string(),
      async (pieces, text) => {
        const bytes = Buffer.concat(pieces)
        const open = async function* () {
          yield* pieces
        }
        const source: ContentSource = { ...(await measure(open())), open }
        const builder = new BodyBuilder()
        const resource = {
          text,
          mark: '{{00000000-0000-0000-0000-000000000000}}',
          data: builder.data(source),
          more: [builder.data(source)],
        }
        const body = builder.build(resource)
        const parts: Buffer[] = []
        for await (const part of body.pieces()) parts.push(part)
        const sent = Buffer.concat(parts)
        const base64 = bytes.toString('base64')
        return (
          sent.length === body.length &&
          sent.toString() === JSON.stringify({ ...resource, data: base64, more: [base64] })
        )
      },
    ),
    { numRuns: 80 },
  )
  const source = {
    ...(await measure(onePiece(Buffer.from('abc')))),
    open: () => onePiece(Buffer.from('abd')),
  }
  const builder = new BodyBuilder()
  const { pieces } = builder.build({ data: builder.data(source) })
  await t.rejects(
    async () => {
      for await (const _ of pieces());
    },
    { name: 'ContentChanged' },
  )
})

t.test('identifiers made of content are of the right form, and other for other content', async (t) => {
  t.match(madeUuid('a', 'b'), /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  t.match(madeOid('a'), /^urn:oid:2\.25\.[1-9]\d{10,38}$/)
  t.not(madeUuid('ab', 'c'), madeUuid('a', 'bc'))
  t.equal(madeUuid('é'), madeUuid('é'))
})

const LARGE = 20_000_000
const AT_ONCE = 8
const linux = process.platform === 'linux' ? false : 'the memory of a process is read in /proc'

t.test('eight documents of 20 MB at once are never whole in memory', { skip: linux }, async (t) => {
  const documents = folder(t)
  const author = { ps: defaultAuthor }
  const said = {
    author,
    facility: 'SA01',
    setting: 'ETABLISSEMENT',
    type: '11490-0',
    title: 'x',
    date: '2026-11-20',
  }
  writeFileSync(
    join(documents, 'push.json'),
    JSON.stringify({ ...said, patient: { ins: '279035121518989' } }),
  )
  for (let i = 0; i < AT_ONCE; i++) {
    const out = createWriteStream(join(documents, `${i}.pdf`))
    out.write(`%PDF-1.7 ${i}\n`)
    for (let written = 0; written < LARGE; written += 100_000) out.write(randomBytes(100_000))
    await new Promise<void>((resolve) => out.end(() => resolve()))
  }
  let bytes = 0
  let together = 0
  let most = 0
  const waiting: (() => void)[] = []
  const sink = createServer((request, answer) => {
    most = Math.max(most, ++together)
    request.on('data', (piece: Buffer) => {
      bytes += piece.length
    })
    request.on('end', () => {
      // All of them are held until the last has come.
      waiting.push(() => {
        together--
        const entry = { response: { status: '201 Created', location: 'DocumentReference/a.b/_history/1' } }
        answer
          .writeHead(200, { 'content-type': 'application/fhir+json' })
          .end(JSON.stringify({ resourceType: 'Bundle', entry: [entry] }))
      })
      if (waiting.length === AT_ONCE) for (const go of waiting) go()
    })
  })
  await new Promise<void>((resolve) => sink.listen(0, '127.0.0.1', resolve))
  t.teardown(() => sink.close())
  const address = sink.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const child = spawn(
    process.execPath,
    [
      assetPath('cli.js'),
      'push',
      '--token',
      'x',
      '--max-bytes',
      '30000000',
      '--concurrency',
      String(AT_ONCE),
      documents,
    ],
    {
      env: { PATH: process.env.PATH, DMP_URL: `http://127.0.0.1:${port}/fhir` },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  let said2 = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said2 += text
  })
  let [first, peak] = [Number.POSITIVE_INFINITY, 0]
  const timer = setInterval(() => {
    const rss = residentBytes(child.pid)
    if (rss === undefined) return
    if (bytes === 0) first = rss
    peak = Math.max(peak, rss)
  }, 20)
  const code = await new Promise((resolve) => child.once('close', resolve))
  clearInterval(timer)
  t.equal(code, 0)
  t.match(said2, /8 sent/)
  t.equal(most, AT_ONCE, 'at once')
  t.ok(bytes > (AT_ONCE * LARGE * 4) / 3, `${bytes} bytes came`)
  const growth = Math.round((peak - first) / 2 ** 20)
  t.ok(growth < 80, `it grew by ${growth} MB while it sent ${Math.round(bytes / 2 ** 20)} MB`)
  t.comment(`resident: ${Math.round(first / 2 ** 20)} MB before, ${Math.round(peak / 2 ** 20)} MB at most`)
})

function residentBytes(pid: number | undefined): number | undefined {
  try {
    const kib = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kib === undefined ? undefined : Number(kib) * 1_024
  } catch {
    // It has ended.
    return undefined
  }
}
