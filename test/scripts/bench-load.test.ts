/** The load generator and its arithmetic: wrong answers are seen, stalls are charged, figures are what they say. */
import { createServer, type Server, type Socket } from 'node:net'
import t from 'tap'
import { drawn, nationalShares } from '../../scripts/bench/dmp/mix.ts'
import { resultOf } from '../../scripts/bench/dmp/pgbench.ts'
import { Durations, quantile } from '../../scripts/bench/durations.ts'
import { atFixedRate } from '../../scripts/bench/fixed-rate.ts'
import { closedHttpLoop, type Shot, withLoadConnections } from '../../scripts/bench/http-load.ts'
import { type Expected, LoadConnection, type WrongAnswer } from '../../scripts/bench/load-connection.ts'
import { type Sample, slopeOf } from '../../scripts/bench/resident-series.ts'
import fc from '../support/draws.ts'
import { until } from '../support/until.ts'

const request = Buffer.from('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
const answer = (body: string, status = '200 OK', length = Buffer.byteLength(body)): Buffer =>
  Buffer.from(`HTTP/1.1 ${status}\r\nContent-Type: a/b\r\nContent-Length: ${length}\r\n\r\n${body}`)
const right: Expected = { status: 200, bytes: 5, begins: Buffer.from('he') }
const shot: Shot = { kind: 'one', request, expected: right }

t.test('quantiles are those of the sorted times', async (t) => {
  let many = 0
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 9_000 }),
      (times) => {
        if (times.length > 4_096) many++
        const durations = new Durations()
        for (const time of times) durations.add(time)
        const sorted = [...times].sort((a, b) => a - b)
        const { p50, p99, most } = durations.quantiles()
        return (
          durations.count === times.length &&
          p50 === quantile(sorted, 0.5) &&
          p99 === quantile(sorted, 0.99) &&
          most === sorted.at(-1)
        )
      },
    ),
    { numRuns: 40, examples: [[Array.from({ length: 9_000 }, (_, n) => (n * 7919) % 9_001)]] },
  )
  t.ok(many > 0, 'more times than fit at first')
  t.ok(Number.isNaN(new Durations().quantiles().p50), 'of nothing there is none')
})

t.test('an answer is right or wrong however it arrives in pieces', async (t) => {
  const cases: [string, Buffer, number | undefined][] = [
    ['as it must be', answer('hello'), undefined],
    ['another status', answer('hello', '503 No'), 503],
    ['another length', answer('hello!'), 200],
    ['no length', Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'), 200],
    ['another beginning', answer('jello'), 200],
    ['more than was told of', answer('hello and more', '200 OK', 5), 200],
    ['less, then the end', answer('hel', '200 OK', 5), 0],
  ]
  for (const [name, bytes, status] of cases) {
    for (const piece of name.startsWith('more') ? [bytes.length] : [1, 7, 40, bytes.length]) {
      const { server, port } = await answering(async (socket) => {
        for (let at = 0; at < bytes.length; at += piece) {
          socket.write(bytes.subarray(at, at + piece))
          if (piece < bytes.length) await new Promise((resolve) => setImmediate(resolve))
        }
        if (name.endsWith('the end')) socket.end()
      })
      const connection = await LoadConnection.open(port)
      const wrong = await new Promise<WrongAnswer | undefined>((done) =>
        connection.send(request, right, done),
      )
      t.equal(wrong?.status, status, `${name}, ${piece} bytes at a time: ${wrong?.message ?? 'right'}`)
      connection.close()
      server.close()
    }
  }
})

t.test('what comes behind an answer is told at the next request', async (t) => {
  const { server, port } = await answering((socket) => {
    socket.write(answer('hello'))
    setTimeout(() => socket.write('more'), 5)
  })
  const connection = await LoadConnection.open(port)
  const asked = (): Promise<WrongAnswer | undefined> =>
    new Promise((done) => connection.send(request, right, done))
  t.equal(await asked(), undefined)
  await until('what came behind is noticed', () => !connection.isOpen)
  t.match((await asked())?.message, /closed/)
  server.close()
})

t.test('within bounds, and exactly', async (t) => {
  const { server, port } = await answering((socket) => void socket.write(answer('hello')))
  const connection = await LoadConnection.open(port)
  const asked = (bytes: Expected['bytes']): Promise<WrongAnswer | undefined> =>
    new Promise((done) => connection.send(request, { ...right, bytes }, done))
  t.equal(await asked([1, 5]), undefined)
  t.equal(await asked([5, 9]), undefined)
  t.match((await asked([6, 9]))?.message, /a body of 5 bytes/)
  t.match((await asked(5))?.message, /closed/, 'a connection is not used again behind a wrong answer')
  server.close()
})

t.test('a closed loop asks so often, and ends with the first wrong answer', async (t) => {
  let asked = 0
  const { server, port } = await answering(
    (socket) => void socket.write(answer(++asked > 50 ? 'jello' : 'hello')),
  )
  await withLoadConnections(port, 3, async (connections) => {
    const result = await closedHttpLoop(connections, () => shot, { pieces: 50 })
    t.equal(result.pieces, 50)
    t.equal(asked, 50)
    t.ok(result.p50 <= result.p99 && result.p99 <= result.most)
    await t.rejects(
      closedHttpLoop(connections, () => shot, { pieces: 9 }),
      /begins otherwise/,
    )
  })
  asked = 0
  await withLoadConnections(port, 3, async (connections) => {
    const { pieces } = await closedHttpLoop(connections, () => shot, { milliseconds: 0 })
    t.ok(pieces >= 1, 'of no time at all there is a figure too')
  })
  server.close()
})

t.test('at a fixed rate a stall is charged with all who would have come', async (t) => {
  const [rate, seconds, stall] = [200, 1, 400]
  const begin = performance.now()
  // The server does not answer for a while, in the middle.
  const { server, port } = await answering(async (socket) => {
    const into = performance.now() - begin
    if (into > 300 && into < 300 + stall)
      await new Promise((resolve) => setTimeout(resolve, 300 + stall - into))
    socket.write(answer('hello'))
  })
  const result = await atFixedRate(port, 2, () => shot, { perSecond: rate, seconds })
  server.close()
  t.equal(result.asked, rate * seconds)
  t.equal(result.answered, rate * seconds, JSON.stringify(result))
  t.same(result.wrong, {})
  // Two connections wait; yet the eighty requests of 400 ms were late, by 200 ms in the middle.
  t.ok(result.p99 > stall * 0.7, `p99 ${result.p99}`)
  t.ok(result.p50 < result.p99 && result.most < performance.now() - begin, JSON.stringify(result))
  t.equal(result.kinds.one?.answered, result.answered)
})

t.test('at a fixed rate wrong answers are counted by what they were, and the rest goes on', async (t) => {
  let asked = 0
  const { server, port } = await answering(
    (socket) => void socket.write(++asked % 10 === 0 ? answer('hello', '503 No') : answer('hello')),
  )
  let acknowledged = 0
  const counted = { ...shot, answered: () => void acknowledged++ }
  const result = await atFixedRate(port, 4, () => counted, { perSecond: 500, seconds: 0.4 })
  server.close()
  t.same(result.wrong, { 503: 20 })
  t.equal(result.answered, 180)
  t.equal(acknowledged, 180)
  t.match(result.firstWrong, /503 instead of 200/)
})

t.test('a line through memory', async (t) => {
  const line = (seconds: number, slope: number): Sample[] =>
    Array.from({ length: seconds + 1 }, (_, s) => ({
      seconds: s,
      megabytes: 200 + (slope * s) / 60 + ((s * 7) % 5),
    }))
  t.equal(slopeOf(line(59, 10)), undefined, 'less than a minute says nothing')
  for (const slope of [0, 0.5, 30, -4])
    t.ok(Math.abs((slopeOf(line(600, slope)) ?? 99) - slope) < 0.2, `${slope}`)
  const warming = line(600, 0).map(({ seconds, megabytes }) => ({
    seconds,
    megabytes: seconds < 150 ? seconds : megabytes,
  }))
  t.ok(Math.abs(slopeOf(warming) ?? 99) < 0.2, 'what grows while it warms up is not a leak')
})

t.test('a mix is exact in each hundred, and the same in each run', async (t) => {
  const shots = Object.fromEntries(
    Object.keys(nationalShares).map((kind) => [kind, () => ({ ...shot, kind })]),
  )
  const kindsOf = (count: number): string[] => {
    const next = drawn<Record<string, number>>(nationalShares, shots)
    return Array.from({ length: count }, () => next().kind)
  }
  const kinds = kindsOf(300)
  for (const begin of [0, 100, 200]) {
    const counts: Record<string, number> = {}
    for (const kind of kinds.slice(begin, begin + 100)) counts[kind] = (counts[kind] ?? 0) + 1
    t.same(counts, nationalShares)
  }
  t.same(kindsOf(300), kinds)
  t.notSame(kinds.slice(0, 100), kinds.slice(100, 200), 'in another order each time')
  t.ok(new Set(kinds.slice(0, 20)).size >= 3, 'mixed')
  const { read, search, td02, retrieve, push } = nationalShares
  t.same([read + search, td02, retrieve, push], [60, 25, 10, 5], 'as issue 7 has it')
  t.throws(() => drawn({ read: 99 }, { read: () => shot }), /99/)
})

t.test('what pgbench prints', async (t) => {
  const printed = (failed: number, tps: string): string => `transaction type: x.sql
number of transactions actually processed: 51640
number of failed transactions: ${failed} (0.000%)
latency average = 0.619 ms
initial connection time = 42.911 ms
tps = ${tps} (without initial connection time)
`
  const result = resultOf(printed(0, '25820.1'))
  t.match(result, { pieces: 51_640, perSecond: 25_820.1, p50: 0.619 })
  t.equal(result.seconds.toFixed(3), '2.000')
  t.throws(() => resultOf(printed(3, '1')), /failed transactions: 3/)
  t.throws(() => resultOf('pgbench: error'), /error/)
})

/** Does so with each request, one at a time on a connection. */
async function answering(answer: (socket: Socket) => unknown): Promise<{ server: Server; port: number }> {
  const server = createServer((socket) => {
    socket.setNoDelay(true)
    socket.on('data', () => answer(socket))
    socket.on('error', () => socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('No port')
  return { server, port: address.port }
}
