/** The benchmark measures what it says: its letters are admissible, its client and its figures are right. */
import { createServer, type Server } from 'node:net'
import t from 'tap'
import { closedLoop } from '../../scripts/bench/closed-loop.ts'
import { UsageError } from '../../scripts/bench/command-line.ts'
import { ratioOf, takeTurns } from '../../scripts/bench/contest.ts'
import { quantile } from '../../scripts/bench/durations.ts'
import { HttpConnection, httpRequest } from '../../scripts/bench/http-connection.ts'
import { benchmarks, national, readOptions } from '../../scripts/bench/options.ts'
import { letter, matricule, submission, TEST_INS } from '../../scripts/bench/synthetic-letter.ts'
import { parseCda } from '../../src/dmp/cda/parse-cda.ts'
import { parseIns } from '../../src/dmp/identity/ins.ts'
import fc from '../support/draws.ts'

t.test('a letter is a CDA of about 20 KB, of the patient and the id asked for', async (t) => {
  for (const n of [0, 7, 99]) {
    const ins = matricule(n)
    t.ok(parseIns(TEST_INS, ins, true), 'a matricule with the right key')
    const bytes = Buffer.from(letter(ins, `1.2.3.${n}`))
    t.ok(bytes.length > 18_000 && bytes.length < 22_000, `${bytes.length} bytes`)
    const parsed = parseCda(bytes)
    if ('fault' in parsed) throw new Error(parsed.fault.reason)
    t.same(parsed.header.patient.ins, [{ system: TEST_INS, value: ins }])
    t.equal(parsed.header.id.root, `1.2.3.${n}`)
  }
  t.not(submission(matricule(1), '1.1'), submission(matricule(1), '1.2'), 'ids of its own')
})

t.test('an answer is read however it arrives in pieces', async (t) => {
  let cut = 0
  await fc.assert(
    fc.asyncProperty(
      fc.string({ maxLength: 300 }),
      fc.array(fc.nat(400), { maxLength: 6 }),
      async (text, places) => {
        const body = Buffer.from(text)
        const head = `HTTP/1.1 201 Created\r\nContent-Length: ${body.length}\r\nETag: "1"\r\n\r\n`
        const whole = Buffer.concat([Buffer.from(head), body])
        const inner = new Set(places.map((p) => 1 + (p % (whole.length - 1))))
        const ends = [...inner, whole.length].sort((a, b) => a - b)
        const pieces = ends.map((end, i) => whole.subarray(ends[i - 1] ?? 0, end))
        if (pieces.length > 2) cut++
        const { server, port } = await answering(pieces)
        const connection = await HttpConnection.open(port)
        const answer = await connection.send(httpRequest('GET', '/', {}))
        connection.close()
        await new Promise((resolve) => server.close(resolve))
        return answer.status === 201 && answer.body.equals(body)
      },
    ),
    { numRuns: 30 },
  )
  t.ok(cut > 5, 'some answers came in pieces')
})

t.test('an answer without a length, and a closed connection, are errors', async (t) => {
  for (const text of ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', '']) {
    const { server, port } = await answering([Buffer.from(text)], true)
    const connection = await HttpConnection.open(port)
    await t.rejects(connection.send(httpRequest('GET', '/', {})))
    connection.close()
    await new Promise((resolve) => server.close(resolve))
  }
})

t.test('a closed loop does each piece once, and ends with the first that fails', async (t) => {
  const done: number[] = []
  const result = await closedLoop({ workers: 3, pieces: 20 }, async (_, piece) => {
    done.push(piece)
    await new Promise((resolve) => setImmediate(resolve))
  })
  t.same(
    done.sort((a, b) => a - b),
    Array.from({ length: 20 }, (_, i) => i),
  )
  t.equal(result.pieces, 20)
  t.ok(result.p50 <= result.p99)
  await t.rejects(closedLoop({ workers: 2, pieces: 9 }, async () => Promise.reject(new Error('no'))))
  const short = await closedLoop({ workers: 3, milliseconds: 0 }, async () => undefined)
  t.ok(short.pieces >= 1, 'of no time at all there is a figure too')
  t.equal(quantile([1, 2, 3, 4], 0.5), 3)
  t.equal(quantile([1, 2, 3, 4], 0.99), 4)
})

t.test('the command line', async (t) => {
  const of = (...args: string[]): string[] => [...readOptions(args).chosen]
  t.same(of('read', '--rounds', '3'), ['read'])
  t.match(readOptions(['read', '--rounds', '3']), { rounds: 3, seconds: 2, connections: 32 })
  t.same(of(), national)
  t.same(of('search', 'fhir-crud'), ['search', 'fhir-crud'])
  t.match(readOptions(['mixed', '--rate', '2000', '--seconds', '600']), { rate: 2_000, seconds: 600 })
  t.match(readOptions(['--report', 'a', '--report', 'b', '--into', 'c']), { report: ['a', 'b'], into: 'c' })
  t.same(of('all'), benchmarks)
  t.match(readOptions(['fhir-import', '--resources', '1000000', '--seed', '7', '--data', 'x']), {
    resources: 1_000_000,
    seed: 7,
    data: 'x',
  })
  const wrong = [
    ['write'],
    ['read', 'all'],
    ['--rate', '0'],
    ['--rounds', '0'],
    ['--seconds', 'x'],
    ['--nothing'],
    ['--resources', '5'],
  ]
  for (const args of wrong) t.throws(() => readOptions(args), UsageError)
})

t.test('sides take turns; ratios are those of the same round', async (t) => {
  const order: string[] = []
  const side = (name: string, speeds: number[]) => ({
    name,
    pid: process.pid,
    load: async () => {
      order.push(name)
      const perSecond = speeds.shift() ?? 0
      return { pieces: 1, seconds: 1, perSecond, p50: 0, p99: 0, p999: 0, most: 0 }
    },
  })
  const sides = [side('a', [10, 100, 30]), side('b', [20, 400, 10])]
  const [a, b] = await takeTurns(sides, process.pid, { rounds: 3, seconds: 0 })
  t.equal(order.join(''), 'ababab')
  if (!a || !b) throw new Error('no result')
  t.same(ratioOf(a, b), { median: 0.5, least: 0.25, most: 3 })
})

/** A server that answers each request with these pieces, then hangs up if asked to. */
async function answering(
  pieces: readonly Buffer[],
  hangUp = false,
): Promise<{ server: Server; port: number }> {
  const server = createServer((socket) => {
    socket.setNoDelay(true)
    socket.once('data', async () => {
      for (const piece of pieces) {
        socket.write(piece)
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
      if (hangUp) socket.end()
    })
    socket.on('error', () => socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('No port')
  return { server, port: address.port }
}
