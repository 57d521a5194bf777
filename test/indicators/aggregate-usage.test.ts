/**
 * Counts of usage: counted as traces come in, in whatever order, by several processes of which some fail, they are what the
 * traces say, and what counting anew from the start says.
 * @see docs/indicators.md
 */

import t, { type Test } from 'tap'
import { timeOfUuid, type Uuid } from '../../src/fhir/id.ts'
import { DELAY_HOURS, delayPlace } from '../../src/indicators/delays.ts'
import { monthOf } from '../../src/indicators/month.ts'
import { aggregateContinually } from '../../src/jobs/aggregate-continually.ts'
import { aggregateUsage } from '../../src/jobs/aggregate-usage.ts'
import type { ConnectionSettings } from '../../src/storage/connection/connection-settings.ts'
import { type Database, openDatabase } from '../../src/storage/database.ts'
import type { StoredTrace } from '../../src/storage/traces/trace-columns.ts'
import { readCountedUntil } from '../../src/storage/usage/usage-counts.ts'
import { resetUsage } from '../../src/storage/usage/usage-reset.ts'
import { testDatabase } from '../support/database.ts'
import fc from '../support/draws.ts'
import { until } from '../support/until.ts'
import { idAt, type MadeDocument, named, traceOf, UsageWorld } from './usage-world.ts'

const HOUR = 3_600_000
const START = Date.parse('2026-09-29T00:00:00Z')
const NOW = Date.parse('2027-06-01T00:00:00Z')
const GP = 'ps:899700000005'
const NURSE = 'ps:899700000104'
const HOSPITAL = 'st:1750000001'

function opened(settings: ConnectionSettings, t: Test): Database & AsyncDisposable {
  const db = openDatabase(settings, (error) => t.fail(error.message))
  return { ...db, [Symbol.asyncDispose]: () => db.close() }
}

const patients: readonly Uuid[] = [idAt(1), idAt(2)]

function madeDocument(patient: number, at: number, kind: number): MadeDocument {
  const authors = [[GP, HOSPITAL], [HOSPITAL], ['patient'], [NURSE]][kind % 4] ?? []
  const created = kind % 3 === 0 ? undefined : at - (kind % 3 === 1 ? HOUR : 30 * HOUR)
  return {
    patientKey: patients[patient] ?? idAt(1),
    id: idAt(at),
    type: kind % 2 ? 'http://loinc.org|11490-0' : 'http://loinc.org|34133-9',
    authors,
    facility: kind % 5 ? 'https://example.org|SA01' : '',
    created,
  }
}

type Counts = Record<string, number>

async function storedCounts(world: UsageWorld): Promise<Counts> {
  const rows = await world.query<{ key: string; count: number }>(
    `select measure || ' ' || to_char(month, 'YYYY-MM') || ' ' || array_to_string(stratum, ',') as key,
      count::integer as count from usage_count where count <> 0`,
  )
  return Object.fromEntries(rows.map(({ key, count }) => [key, count]))
}

/** The same by a second, slow writing: over all traces at once, in the order of time. */
function oracle(traces: readonly StoredTrace[], documents: readonly MadeDocument[]): Counts {
  const counts: Counts = {}
  const add = (key: string): void => {
    counts[key] = (counts[key] ?? 0) + 1
  }
  const last = (text: string): string => text.split('|').at(-1) ?? ''
  for (const trace of traces) {
    const month = monthOf(trace.recorded)
    const who = trace.profession || trace.actor
    if (trace.status >= 500) continue
    if (trace.status >= 400)
      add(`refus ${month} ${trace.error},${trace.error === 'autorisation-absente' ? trace.rules[0] : ''}`)
    else if (trace.interaction === 'retrieve-document') add(`ouverture ${month} ${trace.mode},${who}`)
    else if (trace.interaction === 'search-document-references')
      add(`recherche ${month} ${trace.mode},${who}`)
  }
  for (const document of documents) {
    const at = timeOfUuid(document.id)
    const month = monthOf(at)
    const names = (trace: StoredTrace): boolean =>
      trace.status < 400 && trace.entities.some((entity) => entity.startsWith(named(document).slice(0, -1)))
    const { authors, created, facility, type } = document
    if (traces.some((trace) => names(trace) && trace.status === 201)) {
      const kind = authors.includes('patient')
        ? 'patient'
        : authors.some((author) => author.startsWith('ps:'))
          ? 'professionnel'
          : 'structure'
      const onTime = created === undefined ? 'inconnu' : at - created < 24 * HOUR ? 'sous-24h' : 'plus-tard'
      add(`origine ${month} ${kind},${last(facility)}`)
      add(`type ${month} ${last(type)},${onTime}`)
    }
    const readings = traces
      .filter((trace) => trace.interaction === 'retrieve-document' && names(trace))
      .filter((trace) => !authors.includes(trace.person || trace.organization))
      .map(({ recorded }) => recorded)
    if (readings.length > 0) add(`delai ${month} ${delayPlace(Math.max(0, Math.min(...readings) - at))}`)
  }
  return counts
}

/** What one step of a run does: mostly leaving a trace, sometimes a checkpoint, sometimes counting. */
type Step =
  | {
      readonly do: 'trace'
      readonly kind: number
      readonly of: number
      readonly hours: number
      readonly writer: number
    }
  | { readonly do: 'void'; readonly writer: number }
  | { readonly do: 'checkpoint'; readonly writer: number }
  | { readonly do: 'count'; readonly batch: number }
  | { readonly do: 'count twice at once'; readonly batch: number }
  | { readonly do: 'fail to count'; readonly batch: number }

const writer = fc.integer({ min: 1, max: 3 })
const trace = fc.record({
  do: fc.constant('trace' as const),
  kind: fc.nat(9),
  of: fc.nat(5),
  hours: fc.nat(2_000),
  writer,
})
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: trace },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('void' as const), writer }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('checkpoint' as const), writer }) },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constantFrom('count' as const, 'count twice at once' as const, 'fail to count' as const),
        batch: fc.integer({ min: 1, max: 7 }),
      }),
    },
  ),
  { minLength: 20, maxLength: 70 },
)

/** Ends each transaction by giving it up, when all its statements have been run. */
function failing(db: Database): Database {
  return {
    ...db,
    transaction: (work) =>
      db.transaction(async (transaction) => {
        await work(transaction)
        throw new Error('killed')
      }),
  }
}

function traceFor(step: Extract<Step, { do: 'trace' }>, document: MadeDocument): StoredTrace {
  const deposited = timeOfUuid(document.id)
  const at = deposited + step.hours * HOUR
  const patient_key = document.patientKey
  const entities = [named(document), `Binary/${'0'.repeat(26)}/1`]
  switch (step.kind) {
    case 0:
      return traceOf({
        patient_key,
        recorded: deposited,
        interaction: 'publish-document',
        status: 201,
        entities,
      })
    case 1:
      return traceOf({
        patient_key,
        recorded: deposited + 1 + step.hours,
        interaction: 'publish-document',
        entities,
      })
    case 2:
      return traceOf({ patient_key, recorded: at, status: 403, error: 'autorisation-absente', rules: ['A1'] })
    case 3:
      return traceOf({ patient_key, recorded: at, status: 404, error: 'inconnu', rules: ['F10', 'A1'] })
    case 4:
      return traceOf({
        patient_key,
        recorded: at,
        interaction: 'search-document-references',
        mode: 'centre_15',
      })
    case 5:
      return traceOf({ patient_key, recorded: at, person: NURSE, profession: '60', entities })
    case 6:
      return traceOf({
        patient_key,
        recorded: at,
        actor: 'PATIENT',
        person: 'patient',
        profession: '',
        entities,
      })
    case 7:
      return traceOf({ patient_key, recorded: at, actor: 'STRUCTURE', person: '', profession: '', entities })
    case 8:
      return traceOf({ patient_key, recorded: at, status: 500, error: 'interne', entities })
    default:
      return traceOf({ patient_key, recorded: at, mode: 'bris_de_glace', entities })
  }
}

t.test(
  'counted-once: in any order, by several, some of whom fail; and anew from the start the same',
  async (t) => {
    await using database = await testDatabase()
    await using world = await UsageWorld.of(database.owner)
    await using db = opened(database.server, t)
    await using owner = opened({ ...database.owner, statementTimeoutMs: 30_000 }, t)
    let deposits = 0
    let readings = 0
    let corrected = 0
    await fc.assert(
      fc.asyncProperty(steps, async (run) => {
        for (const table of ['audit', 'audit_checkpoint', 'document', 'usage_count', 'usage_cursor'])
          await world.query(`delete from ${table}`)
        await world.query('delete from usage_first_reading')
        const documents = Array.from({ length: 6 }, (_, i) => madeDocument(i % 2, START + i * 17 * HOUR, i))
        for (const document of documents) await world.insertDocument(document)
        const fresh = new UsageChains(world)
        const seen: StoredTrace[] = []
        for (const step of run) {
          if (step.do === 'trace') {
            const document = documents[step.of]
            if (!document) continue
            const made = traceFor(step, document)
            // A document is deposited once.
            if (
              step.kind === 0 &&
              seen.some((each) => each.recorded === made.recorded && each.status === 201)
            )
              continue
            seen.push(made)
            await fresh.insert(step.writer, made)
          } else if (step.do === 'void') fresh.skip(step.writer)
          else if (step.do === 'checkpoint') await fresh.checkpoint(step.writer)
          else if (step.do === 'count') await aggregateUsage(db, NOW, { batch: step.batch })
          else if (step.do === 'fail to count')
            await aggregateUsage(failing(db), NOW, { batch: step.batch }).catch((error: unknown) => {
              if (!(error instanceof Error) || error.message !== 'killed') throw error
            })
          else {
            const { batch } = step
            await Promise.all([1, 2].map(() => aggregateUsage(db, NOW, { batch })))
          }
        }
        const before = await storedCounts(world)
        for (const one of [1, 2, 3]) await fresh.checkpoint(one)
        await aggregateUsage(db, NOW)
        const expected = oracle(seen, documents)
        const after = await storedCounts(world)
        t.strictSame(sorted(after), sorted(expected), 'as the traces say')
        deposits += sum(after, 'type')
        readings += sum(after, 'delai')
        if (
          Object.keys(before).some((key) => key.startsWith('delai') && (after[key] ?? 0) < (before[key] ?? 0))
        )
          corrected++
        await owner.transaction((transaction) =>
          resetUsage(transaction, Number.NEGATIVE_INFINITY, DELAY_HOURS),
        )
        t.strictSame(await storedCounts(world), {}, 'taken back')
        await aggregateUsage(db, NOW, { batch: 3 })
        t.strictSame(sorted(await storedCounts(world)), sorted(expected), 'anew')
      }),
      { numRuns: 30 },
    )
    t.ok(deposits > 30, `${deposits} deposits`)
    t.ok(readings > 20, `${readings} first readings`)
    t.ok(corrected > 0, `${corrected} times an earlier reading came later`)
  },
)

/** Chains that begin anew with each run, under numbers of their own. */
class UsageChains {
  static #runs = 0
  readonly #base = ++UsageChains.#runs * 10
  readonly #world: UsageWorld
  constructor(world: UsageWorld) {
    this.#world = world
  }
  insert(one: number, made: StoredTrace): Promise<number> {
    return this.#world.insertTrace(this.#base + one, made)
  }
  skip(one: number): void {
    this.#world.skip(this.#base + one)
  }
  checkpoint(one: number): Promise<void> {
    return this.#world.checkpoint(this.#base + one)
  }
}

function sorted(counts: Counts): [string, number][] {
  return Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1))
}

function sum(counts: Counts, measure: string): number {
  return Object.entries(counts).reduce(
    (all, [key, count]) => (key.startsWith(measure) ? all + count : all),
    0,
  )
}

t.test('what was removed with its time stays counted, and what was read since is counted anew', async (t) => {
  await using database = await testDatabase()
  await using world = await UsageWorld.of(database.owner)
  await using db = opened(database.server, t)
  await using owner = opened({ ...database.owner, statementTimeoutMs: 30_000 }, t)
  const [early, late] = [0, 1].map((i) => madeDocument(0, START + i * 30 * 24 * HOUR, 1))
  if (!early || !late) throw new Error('no documents')
  for (const document of [early, late]) await world.insertDocument(document)
  const since = Date.parse('2026-10-01T00:00:00Z')
  const deposit = (document: MadeDocument): StoredTrace =>
    traceOf({
      patient_key: document.patientKey,
      recorded: timeOfUuid(document.id),
      interaction: 'publish-document',
      status: 201,
      entities: [named(document)],
    })
  const reading = (document: MadeDocument, at: number): StoredTrace =>
    traceOf({ patient_key: document.patientKey, recorded: at, person: NURSE, entities: [named(document)] })
  const kept = [deposit(late), reading(early, since + HOUR), reading(late, since + 800 * HOUR)]
  for (const each of [deposit(early), ...kept]) await world.insertTrace(1, each)
  await world.checkpoint(1)
  await aggregateUsage(db, NOW)
  const before = await storedCounts(world)
  t.equal(sum(before, 'delai'), 2)
  await world.query(
    `delete from audit where id < '019993d6-0000-7000-8000-000000000000' or status = 201 and false`,
  )
  await world.query(`delete from audit a using document d where a.seq = 1 and a.writer = 1`)
  await owner.transaction((transaction) => resetUsage(transaction, since, DELAY_HOURS))
  const reset = await storedCounts(world)
  t.equal(sum(reset, 'type'), 1, 'the month whose traces are gone')
  t.equal(sum(reset, 'delai'), 0, 'both readings were after it')
  await aggregateUsage(db, NOW)
  t.strictSame(sorted(await storedCounts(world)), sorted(before))
})

t.test('up to when all is counted: behind no trace that is there', async (t) => {
  await using database = await testDatabase()
  await using world = await UsageWorld.of(database.owner)
  await using db = opened(database.server, t)
  t.equal(await readCountedUntil(db), Number.NEGATIVE_INFINITY)
  await aggregateUsage(db, NOW)
  t.equal(await readCountedUntil(db), NOW - HOUR, 'nothing is there; what begins now is not')
  const at = NOW - 50 * HOUR
  await world.insertTrace(1, traceOf({ recorded: at }))
  await world.insertTrace(2, traceOf({ recorded: at + HOUR }))
  await aggregateUsage(db, NOW)
  t.equal(await readCountedUntil(db), at, 'one that is under no checkpoint yet')
  await world.checkpoint(1)
  await aggregateUsage(db, NOW)
  t.equal(await readCountedUntil(db), at + HOUR)
  await world.checkpoint(2, { final: true })
  await aggregateUsage(db, NOW)
  t.equal(await readCountedUntil(db), NOW - HOUR)
})

t.test('rests after each batch, and goes on until all is counted or it is stopped', async (t) => {
  await using database = await testDatabase()
  await using world = await UsageWorld.of(database.owner)
  await using db = opened(database.server, t)
  const document = madeDocument(0, START, 1)
  const cursor = async (): Promise<number> => {
    const [row] = await world.query<{ seq: number }>('select seq from usage_cursor')
    return row?.seq ?? 0
  }
  const opening = (at: number): StoredTrace =>
    traceOf({ patient_key: document.patientKey, recorded: at, person: NURSE })
  for (let i = 0; i < 7; i++) await world.insertTrace(1, opening(START + i))
  await world.checkpoint(1)
  const stopping = new AbortController()
  const rested: number[] = []
  const rest = async (took: number): Promise<void> => {
    rested.push(took)
    if (rested.length === 2) stopping.abort()
  }
  t.equal(await aggregateUsage(db, NOW, { batch: 3, rest, signal: stopping.signal }), 6, 'two batches')
  t.equal(await aggregateUsage(db, NOW, { batch: 3, rest }), 1, 'and what is left')
  t.equal(rested.length, 3)
  t.ok(rested.every((took) => took > 0))
  t.equal(sum(await storedCounts(world), 'ouverture'), 7)

  for (let i = 0; i < 1_600; i++) world.skip(1)
  await world.insertTrace(1, opening(START + 8))
  await world.checkpoint(1)
  // Stopped as soon as a batch is counted, however late whoever looks would see it.
  let stopped: Promise<void> | undefined
  const untilCounted: Database = {
    ...db,
    async transaction(work) {
      const done = await db.transaction(work)
      if ((await cursor()) > 7) stopped ??= first.stop()
      return done
    },
  }
  const first = aggregateContinually(
    untilCounted,
    () => NOW,
    (error) => t.fail(String(error)),
  )
  await until('a batch is counted', () => stopped !== undefined)
  await stopped
  t.equal((await cursor()) % 500, 7, 'stopped between two batches')
  const second = aggregateContinually(
    db,
    () => NOW,
    (error) => t.fail(String(error)),
  )
  await until('all is counted', async () => sum(await storedCounts(world), 'ouverture') === 8)
  await second.stop()
})
