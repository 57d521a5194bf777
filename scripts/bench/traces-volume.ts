/**
 * A table of many traces: a patient's page of it, insertion into it against insertion into an empty one (in turn, through
 * the server's own writer of traces), and a verification of all of it.
 */

import { verifyTraces } from '../../src/audit/verify-traces.ts'
import type { Uuid } from '../../src/fhir/id.ts'
import { readKeyRing } from '../../src/seal/key-ring.ts'
import { openDedicated } from '../../src/storage/connection/dedicated-connection.ts'
import { openDatabase } from '../../src/storage/database.ts'
import { searchTraces } from '../../src/storage/traces/search-traces.ts'
import { every } from '../../src/storage/traces/trace-condition.ts'
import { sealAttests, traceSealKeys } from '../../src/wiring/trace-chain.ts'
import { closedLoop, type LoadResult } from './closed-loop.ts'
import { type ContestResult, contest, type Side } from './contest.ts'
import { kindOf, madeUpPatients, madeUpTrace, nationalMix } from './made-up-traces.ts'
import type { Options } from './options.ts'
import { table, verdict } from './report.ts'
import type { TracesDatabase, Writing } from './traces-database.ts'
import { withWriting } from './traces-database.ts'

const PAGE = 50
const PAGES = 2_000
const WARM_UP_MS = 1_000
const TARGETS = { page: 10, insertion: 0.9, verify: 200_000 }

export type VolumeOfTraces = {
  readonly traces: number
  readonly page: LoadResult
  readonly insertion: ContestResult
  readonly verified: { readonly rows: number; readonly seconds: number; readonly perSecond: number }
}

export async function measurePage(
  { server }: TracesDatabase,
  patients: readonly Uuid[],
  pages = PAGES,
): Promise<LoadResult> {
  const db = openDatabase(server, fail)
  try {
    const page = async (): Promise<void> => {
      const patientKey = patients[Math.floor(Math.random() * patients.length)]
      if (!patientKey) throw new Error('No patient')
      const asked = { patientKey, reach: 'all', condition: every } as const
      const { traces } = await searchTraces(db, asked, {
        order: 'newest first',
        after: undefined,
        count: PAGE,
      })
      if (traces.length === 0) throw new Error('A patient without traces')
    }
    await closedLoop({ workers: 1, pieces: Math.ceil(pages / 10) }, page)
    return await closedLoop({ workers: 1, pieces: pages }, page)
  } finally {
    await db.close()
  }
}

export type Insertion = {
  /** With many traces. */
  readonly full: TracesDatabase
  /** With none, at first. */
  readonly empty: TracesDatabase
  readonly patients: readonly Uuid[]
  readonly postmasterPid: number
  readonly options: Options
}

export async function measureInsertion({
  full,
  empty,
  patients,
  postmasterPid,
  options,
}: Insertion): Promise<ContestResult> {
  const others = madeUpPatients(patients.length, Date.now())
  return withWriting(full, (own) =>
    withWriting(empty, async (other) => {
      const sides = {
        server: side('into many', own, patients, options),
        baseline: side('into none', other, others, options),
      }
      for (const { load } of [sides.server, sides.baseline])
        await load(Math.min(WARM_UP_MS, options.seconds * 1000))
      return contest(sides, postmasterPid, options)
    }),
  )
}

function side(name: string, { chain, traces }: Writing, patients: readonly Uuid[], options: Options): Side {
  const write = async (_: number, n: number): Promise<void> => {
    const patientKey = patients[Math.floor(Math.random() * patients.length)]
    if (!patientKey) throw new Error('No patient')
    await traces.write(madeUpTrace({ kind: kindOf(nationalMix, n), patientKey, at: Date.now(), chain }))
  }
  const load = (milliseconds: number): Promise<LoadResult> =>
    closedLoop({ workers: options.connections, milliseconds }, write)
  return { name, pid: process.pid, load }
}

export async function measureVerification({
  server,
  keys,
}: TracesDatabase): Promise<VolumeOfTraces['verified']> {
  const open = () => openDedicated({ ...server, statementTimeoutMs: 0 })
  // As `dmp audit verify` does.
  const [connection, another] = [await open(), await open()]
  try {
    const { check } = await readKeyRing(connection, sealAttests(keys))
    const begin = performance.now()
    const keysOf = { check, sealKeys: traceSealKeys(keys), beside: [another] }
    const { rows, faults, more } = await verifyTraces(connection, keysOf)
    const seconds = (performance.now() - begin) / 1000
    const [first] = faults
    if (first) throw new Error(`${faults.length + more} faults, the first: ${JSON.stringify(first)}`)
    return { rows, seconds, perSecond: rows / seconds }
  } finally {
    await connection.close()
    await another.close()
  }
}

export function tellVolume({ traces, page, insertion, verified }: VolumeOfTraces): void {
  const said = (isMet: boolean): string => (isMet ? 'met' : 'NOT met')
  console.log(`\na table of ${traces.toLocaleString('en-US')} traces`)
  console.log(
    `page of ${PAGE}, of a patient, newest first: p50 ${page.p50.toFixed(2)} ms, p99 ${page.p99.toFixed(2)} ms: ` +
      `target ${TARGETS.page} ms ${said(page.p99 <= TARGETS.page)}`,
  )
  console.log(table([{ side: insertion.server }, { side: insertion.baseline }]))
  console.log(`insertion: ${verdict(insertion.ratio, TARGETS.insertion)}`)
  console.log(
    `verification: ${verified.rows.toLocaleString('en-US')} traces in ${verified.seconds.toFixed(1)} s, ` +
      `${Math.round(verified.perSecond).toLocaleString('en-US')}/s: target ${TARGETS.verify} ${said(verified.perSecond >= TARGETS.verify)}`,
  )
}

function fail(error: Error): void {
  console.error(error)
}
