/**
 * What bounds the server's work, by itself: buckets, the gate and its lines, answers that do not leave, the header fields.
 * Time is given here, so nothing depends on how fast the machine is.
 * @see docs/operations.md "Overload"
 */
import { strict as assert } from 'node:assert'
import { EventEmitter } from 'node:events'
import type { ServerResponse } from 'node:http'
import t from 'tap'
import { ConfigError, readConfig } from '../../src/config/config.ts'
import { Buckets } from '../../src/http/overload/buckets.ts'
import { oneLook } from '../../src/http/overload/one-look.ts'
import { PendingAnswers } from '../../src/http/overload/pending-answers.ts'
import { rateFields } from '../../src/http/overload/rate-fields.ts'
import { requestCost } from '../../src/http/overload/request-cost.ts'
import { type Kind, kinds, RequestGate } from '../../src/http/overload/request-gate.ts'
import { ShedLog } from '../../src/http/overload/shed-log.ts'
import { TokenBucket } from '../../src/http/overload/token-bucket.ts'
import { WaitingLine } from '../../src/http/overload/waiting-line.ts'
import fc from '../support/draws.ts'

t.test('a bucket never gives more than it holds and what time has added, and never less', async (t) => {
  let refusals = 0
  let passes = 0
  const steps = fc.array(
    fc.record({ wait: fc.integer({ min: -500, max: 5_000 }), cost: fc.integer({ min: 1, max: 60 }) }),
    { minLength: 1, maxLength: 60 },
  )
  const rates = fc.record({
    capacity: fc.integer({ min: 1, max: 50 }),
    perSecond: fc.integer({ min: 1, max: 20 }),
  })
  fc.assert(
    fc.property(rates, steps, (rate, all) => {
      let now = 1_000
      let forward = 0
      let taken = 0
      const bucket = new TokenBucket(rate, now)
      for (const { wait, cost } of all) {
        now += wait
        if (wait > 0) forward += wait
        const before = bucket.left(now)
        const seconds = bucket.take(cost, now)
        const price = Math.min(cost, rate.capacity)
        if (seconds === 0) {
          passes++
          taken += price
          // Whoever finds enough is let in, and pays what it costs.
          assert.ok(Math.abs(before - price - bucket.left(now)) < 1e-6 && before >= price)
        } else {
          refusals++
          assert.ok(before < price && bucket.left(now) === before, 'a refusal takes nothing')
          // What it says is when it passes, and not a moment earlier.
          const then = new TokenBucket(rate, 0)
          then.take(rate.capacity, 0)
          assert.ok(then.take(Math.max(price - before, 1e-9), seconds * 1000 + 1e-3) === 0)
        }
        assert.ok(bucket.left(now) >= 0 && bucket.left(now) <= rate.capacity)
        assert.ok(taken <= rate.capacity + (forward / 1000) * rate.perSecond + 1e-6)
        assert.ok(bucket.untilFull(now) <= rate.capacity / rate.perSecond)
      }
    }),
    { numRuns: 300 },
  )
  t.ok(refusals > 100 && passes > 100, 'both happened')
})

t.test('buckets: no more of them than there is room for, and a busy one is not forgotten', async (t) => {
  const buckets = new Buckets({ capacity: 10, perSecond: 1 }, 100)
  buckets.of('busy', 0).take(10, 0)
  for (let n = 0; n < 1_000; n++) {
    buckets.of(`other ${n}`, 0)
    buckets.of('busy', 0)
  }
  t.equal(buckets.size, 100)
  t.equal(buckets.of('busy', 0).left(0), 0)
  t.equal(buckets.find('other 1'), undefined)
})

t.test('the line: in order, and past those that are gone', async (_t) => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 400 }), (isGone) => {
      const line = new WaitingLine()
      const nothing = (): void => undefined
      for (const [n, gone] of isGone.entries()) line.push({ since: n, start: nothing, refuse: nothing, gone })
      const seen: number[] = []
      for (let first = line.first(); first; first = line.first()) {
        seen.push(first.since)
        line.shift()
      }
      assert.deepEqual(
        seen,
        [...isGone.entries()].filter(([, gone]) => !gone).map(([n]) => n),
      )
      assert.equal(line.length, 0)
    }),
  )
})

/** A gate with a clock of its own, and who came in or was refused, by name. */
function gate(atOnce: number, maxWaitMs = 1_000) {
  const clock = { now: 0 }
  const told: string[] = []
  const made = new RequestGate({ atOnce, maxWaitMs }, () => clock.now)
  t.teardown(() => made.close())
  const wait = (name: string, kind: Kind) =>
    made.wait(
      kind,
      () => told.push(`${name} in`),
      () => told.push(`${name} refused`),
    )
  return { gate: made, clock, told, wait }
}

t.test('the gate: who comes first goes first; urgent ones before all; writes have half', async (t) => {
  const { gate: g, clock, told, wait } = gate(4)
  for (let n = 0; n < 2; n++) t.ok(g.take('write'))
  t.notOk(g.take('write'), 'half of four')
  t.notOk(g.take('received'), 'a write as any other')
  for (let n = 0; n < 2; n++) t.ok(g.take('read'))
  t.notOk(g.take('read'))
  t.ok(g.take('urgent'), 'a quarter more that nobody else gets')
  t.notOk(g.take('urgent'))
  wait('r1', 'read')
  clock.now = 1
  wait('w1', 'write')
  clock.now = 2
  wait('r2', 'read')
  wait('u1', 'urgent')
  t.equal(g.waiting, 4)
  g.give('urgent')
  t.same(told, ['u1 in'])
  g.give('urgent')
  t.same(told, ['u1 in'], 'the reserve is nobody else’s')
  g.give('read')
  t.same(told, ['u1 in', 'r1 in'])
  g.give('read')
  t.same(told, ['u1 in', 'r1 in', 'r2 in'], 'a read passes a write that waits for writes')
  t.notOk(g.take('read'), 'nobody passes those that wait')
  g.give('write')
  t.same(told, ['u1 in', 'r1 in', 'r2 in', 'w1 in'])
})

t.test(
  'the gate: of reads and writes the one that came first; before both a body that came late',
  async (t) => {
    const { gate: g, clock, told, wait } = gate(4)
    for (let n = 0; n < 4; n++) g.take('read')
    for (const [name, kind] of [
      ['w1', 'write'],
      ['r1', 'read'],
      ['r2', 'read'],
      ['w2', 'write'],
      ['b1', 'received'],
    ] as const) {
      clock.now++
      wait(name, kind)
    }
    for (let n = 0; n < 4; n++) g.give('read')
    t.same(told, ['b1 in', 'w1 in', 'r1 in', 'r2 in'])
    g.give('read')
    t.same(told.slice(4), [], 'writes have their half')
    g.give('write')
    t.same(told.slice(4), ['w2 in'])
  },
)

t.test('the gate: a burst may wait, a standing queue may not', async (t) => {
  const { gate: g, clock, told, wait } = gate(4)
  for (let n = 0; n < 4; n++) g.take(n < 2 ? 'write' : 'read')
  wait('r1', 'read')
  clock.now = 700
  g.look()
  t.same(told, [], 'it waits')
  wait('r2', 'read')
  wait('w1', 'write')
  wait('b1', 'received')
  clock.now = 1_001
  g.look()
  const late = ['w1 refused', 'r1 refused', 'r2 refused']
  t.same(told, late, 'the line has not been empty for as long: a fifth is allowed, to writes too')
  clock.now = 1_100
  for (let n = 0; n < 4; n++) t.ok(wait(`s${n}`, 'read'))
  clock.now = 1_150
  t.ok(wait('s4', 'read'), 'its first has hardly waited: it moves fast')
  clock.now = 1_151
  t.notOk(wait('s5', 'read'), 'one for each place')
  t.notOk(wait('w2', 'write'), 'a write is refused as a read is, before its body')
  clock.now = 1_351
  g.look()
  t.equal(told.length, 8, 'those have waited a fifth')
  clock.now = 1_701
  g.look()
  t.same(told.slice(8), ['b1 refused'], 'a body that is in waits as long as a burst may')
  clock.now = 2_352
  for (let n = 0; n < 32; n++) t.ok(wait(`b${n}`, 'read'), 'nobody was refused for as long: a burst again')
  clock.now = 2_600
  g.look()
  t.same(told.slice(9), [])
})

t.test('the gate: asked for twice what can be done, it lets in of reads and writes alike', async (t) => {
  const { gate: g, clock } = gate(8)
  const inWork: { readonly kind: Kind; readonly until: number }[] = []
  const counts = { read: { asked: 0, letIn: 0 }, write: { asked: 0, letIn: 0 } }
  let longest = 0
  const start = (kind: 'read' | 'write'): void => {
    counts[kind].letIn++
    inWork.push({ kind, until: clock.now + 10 })
  }
  for (let n = 0; n < 40_000; n++) {
    // Eight places of 10 ms are 800 a second; 1,600 are asked for, every twentieth a write.
    clock.now = n / 1.6
    while (inWork[0] && inWork[0].until <= clock.now) g.give(inWork.shift()?.kind ?? 'read')
    const kind = n % 20 === 7 ? 'write' : 'read'
    const asked = clock.now
    counts[kind].asked++
    const later = (): void => {
      longest = Math.max(longest, clock.now < 2_000 ? 0 : clock.now - asked)
      start(kind)
    }
    if (g.take(kind)) start(kind)
    else g.wait(kind, later, () => undefined)
    if (n % 16 === 0) g.look()
  }
  const part = ({ asked, letIn }: { asked: number; letIn: number }): number => letIn / asked
  t.ok(Math.abs(part(counts.read) - 0.5) < 0.03, `${part(counts.read)} of the reads`)
  t.ok(Math.abs(part(counts.write) - part(counts.read)) < 0.1, `${part(counts.write)} of the writes`)
  t.ok(longest > 0 && longest <= 50, `as long as four of them work: ${longest} ms`)
})

t.test('the gate: lines have an end, and who leaves is passed over', async (t) => {
  const { gate: g, told, wait } = gate(4)
  for (let n = 0; n < 4; n++) g.take('read')
  const places = Array.from({ length: 32 }, (_, n) => wait(`r${n}`, 'read'))
  t.ok(places.every(Boolean))
  t.equal(wait('one too many', 'read'), undefined)
  for (const place of places.slice(0, 31)) place?.leave()
  g.give('read')
  t.same(told, ['r31 in'])
  t.equal(g.waiting, 0)
})

t.test('the gate never has more in work than it may, and forgets nobody', async (t) => {
  const told = { started: 0, refused: 0 }
  const step = fc.record({
    kind: fc.constantFrom(...kinds),
    does: fc.constantFrom('ask', 'ask', 'ask', 'ask', 'give', 'pass time'),
  })
  const course = fc.array(step, { minLength: 50, maxLength: 300 })
  fc.assert(
    fc.property(course, fc.integer({ min: 4, max: 12 }), (steps, atOnce) => {
      const clock = { now: 0 }
      const g = new RequestGate({ atOnce, maxWaitMs: 100 }, () => clock.now)
      const inWork: Kind[] = []
      const asked = { all: 0, letIn: 0, refused: 0 }
      const letIn = (kind: Kind): void => {
        asked.letIn++
        inWork.push(kind)
      }
      const ask = (kind: Kind): void => {
        asked.all++
        if (g.take(kind)) {
          letIn(kind)
          return
        }
        const started = (): void => {
          told.started++
          letIn(kind)
        }
        if (!g.wait(kind, started, () => void asked.refused++)) asked.refused++
      }
      const give = (): void => {
        const kind = inWork.shift()
        if (kind) g.give(kind)
      }
      for (const { kind, does } of steps) {
        if (does === 'ask') ask(kind)
        else if (does === 'give') give()
        else {
          clock.now += 60
          g.look()
        }
        assert.equal(g.inWork, inWork.length)
        assert.ok(g.inWork <= atOnce + Math.ceil(atOnce / 4))
        const writes = inWork.filter((each) => each === 'write' || each === 'received')
        assert.ok(writes.length <= Math.ceil(atOnce / 2))
      }
      while (inWork.length > 0) give()
      assert.deepEqual({ waiting: g.waiting, inWork: g.inWork }, { waiting: 0, inWork: 0 })
      assert.equal(asked.letIn + asked.refused, asked.all)
      told.refused += asked.refused
      g.close()
    }),
    { numRuns: 200 },
  )
  t.ok(told.started > 500 && told.refused > 500, 'both happened')
})

t.test('a request that is over at once gives its place to the next in the same breath', async (t) => {
  const { gate: g } = gate(4)
  for (let n = 0; n < 4; n++) g.take('read')
  let done = 0
  for (let n = 0; n < 32; n++)
    g.wait(
      'read',
      () => {
        done++
        g.give('read')
      },
      () => t.fail('nobody waits too long'),
    )
  g.give('read')
  t.equal(done, 32)
  t.equal(g.inWork, 3)
})

class Fake extends EventEmitter {
  readonly socket = {
    destroyed: false,
    writableLength: 0,
    bytesWritten: 0,
    destroy: () => {
      this.socket.destroyed = true
    },
  }
  readonly req = { socket: this.socket }
  writableFinished = false
}

function fakeAnswer(waiting: number): { readonly fake: Fake; readonly response: ServerResponse } {
  const fake = new Fake()
  fake.socket.writableLength = waiting
  fake.socket.bytesWritten = waiting
  return { fake, response: fake as unknown as ServerResponse }
}

t.test(
  'answers: a client that takes nothing is cut off; one that is slow is not, nor a slow server',
  async (t) => {
    let now = 0
    let cut = 0
    const pending = new PendingAnswers(
      () => now,
      () => cut++,
    )
    const [still, slow, starved, done, gone] = Array.from({ length: 5 }, () => fakeAnswer(100_000))
    if (!still || !slow || !starved || !done || !gone) throw new Error('five')
    for (const { response } of [still, slow, starved, done, gone]) pending.add(response)
    done.fake.writableFinished = true
    gone.fake.socket.destroyed = true
    starved.fake.socket.writableLength = 0
    for (now = 0; now <= 61_000; now += 1_000) {
      slow.fake.socket.bytesWritten += 5_000
      pending.look()
    }
    t.ok(still.fake.socket.destroyed)
    t.notOk(slow.fake.socket.destroyed)
    t.notOk(starved.fake.socket.destroyed, 'the server has given it nothing to take')
    t.equal(cut, 1)
    t.equal(pending.size, 2)
  },
)

t.test('answers: together they keep no more than they may, the oldest going first', async (t) => {
  let now = 0
  const pending = new PendingAnswers(
    () => now,
    () => undefined,
  )
  const mebibytes = 16 * 1024 * 1024
  const all = Array.from({ length: 6 }, () => fakeAnswer(mebibytes))
  const isCut = (): boolean[] => all.map(({ fake }) => fake.socket.destroyed)
  for (const { response } of all) {
    pending.add(response)
    pending.look()
    now += 200
  }
  t.same(isCut(), Array(6).fill(false), 'too young')
  now = 2_300
  pending.look()
  t.same(isCut(), [true, true, false, false, false, false])
})

t.test('the fields say what there is, rounded down', async (t) => {
  const of = rateFields('client', { capacity: 50_000, perSecond: 5_000 }, 10)
  t.same(of(50_000), { policy: '"client";q=50000;w=10', limit: '"client";r=50000;t=1' })
  t.equal(of(49_999).limit, '"client";r=49500;t=1')
  t.equal(of(49_500.5).limit, '"client";r=49500;t=1')
  t.equal(of(0.9).limit, '"client";r=0;t=10')
  t.equal(rateFields('client', { capacity: 10, perSecond: 1 }, 10)(8.5).limit, '"client";r=8;t=2')
  const item = /^"[a-z]+";r=\d+;t=\d+$/
  fc.assert(
    fc.property(fc.double({ min: 0, max: 50_000, noNaN: true }), (left) => {
      const { limit } = of(left)
      assert.match(limit, item)
      assert.ok(Number(/r=(\d+)/.exec(limit)?.[1]) <= left)
    }),
  )
})

t.test('what a request costs follows from what is asked alone', async (t) => {
  const asked = { contentLength: undefined, transferEncoding: undefined }
  const read = { interaction: 'read-document-reference', need: { type: 'DocumentReference', letter: 'r' } }
  const search = { interaction: 'search-lists', need: { type: 'List', letter: 's' } }
  const push = { interaction: 'provide-documents', need: { type: 'DocumentReference', letter: 'c' } }
  const cost = (route: object | undefined, more: object = {}): number =>
    requestCost({ ...asked, ...more, route: route as Parameters<typeof requestCost>[0]['route'] })
  t.equal(cost(read), 1)
  t.equal(cost(undefined), 1)
  t.equal(cost(search), 5)
  t.equal(cost(push, { contentLength: '28672' }), 18)
  t.equal(cost(push, { contentLength: '2867200' }), 365)
  t.equal(cost(push, { transferEncoding: 'chunked' }), 143, 'who does not say pays for a mebibyte')
  t.equal(cost({ ...search, interaction: 'export-traces' }), 100)
})

t.test('many who ask the same are given one answer, and nobody waits for long', async (t) => {
  let asked = 0
  let answer: (ready: boolean) => void = () => undefined
  const look = oneLook(
    () => {
      asked++
      return new Promise<boolean>((resolve) => {
        answer = resolve
      })
    },
    20,
    false,
  )
  const all = Promise.all(Array.from({ length: 100 }, look))
  answer(true)
  t.ok((await all).every(Boolean))
  t.equal(asked, 1)
  t.equal(await look(), false, 'no answer is a no')
  t.equal(asked, 2)
})

t.test('the log has one line for many', async (t) => {
  const lines: unknown[] = []
  const log = new ShedLog((counts) => lines.push(counts))
  for (let n = 0; n < 1_000; n++) log.count(n % 2 ? 'waited' : 'line-full')
  t.same(lines, [])
  log.flush()
  log.flush()
  t.same(lines, [{ waited: 500, 'line-full': 500 }])
})

t.test('the settings: defaults, workers share a rate, 0 is no limit, nonsense stops the start', async (t) => {
  const of = (environment: Record<string, string>) => readConfig(environment).overload
  t.same(of({}), {
    atOnce: 64,
    maxWaitMs: 1000,
    connections: 4096,
    clientRate: { perSecond: 5000, seconds: 10 },
  })
  t.same(of({ DMP_WORKERS: '4', DMP_RATE_LIMIT: '100' }).clientRate, { perSecond: 25, seconds: 10 })
  t.equal(of({ DMP_RATE_LIMIT: '0' }).clientRate, undefined)
  for (const [name, value] of [
    ['DMP_RATE_LIMIT', '-1'],
    ['DMP_MAX_REQUESTS_AT_ONCE', '3'],
    ['DMP_MAX_WAIT_MS', 'long'],
    ['DMP_MAX_CONNECTIONS', '1'],
  ] as const)
    t.throws(() => of({ [name]: value }), { name: ConfigError.name, message: new RegExp(name) })
})
