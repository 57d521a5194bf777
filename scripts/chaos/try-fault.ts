/** One fault under load, from a server that is well to one that is well again, and what was found. */
import { setTimeout as sleep } from 'node:timers/promises'
import { checkDocuments } from './check-documents.ts'
import { checkChains, checkSigning, checkTraces } from './check-traces.ts'
import type { Fault } from './fault.ts'
import { Load } from './load.ts'
import type { Run } from './open-run.ts'
import { hasAllWorkers, workersOf } from './other-faults.ts'
import { type Place, STATEMENT_TIMEOUT_MS } from './place.ts'
import { BROKEN, countOf, type Figures, OK, type Seen, workKinds } from './witness.ts'

export type Found = Figures & {
  readonly fault: string
  /** What was promised and not held; empty: all was. */
  readonly broken: readonly string[]
  readonly acknowledged: number
  readonly documents: number
  readonly faultMs: number
}

export type Pace = {
  /** Of load before the fault. */
  readonly beforeMs: number
  /** Of a server that is well again; in it nothing may fail. */
  readonly wellMs: number
  /** Of each client between two requests. */
  readonly thinkMs: number
}

const usual: Pace = { beforeMs: 2_000, wellMs: 3_000, thinkMs: 40 }
const LONGEST_RECOVERY_MS = 30_000
const POLL_MS = 50
/**
 * Two statements that are given up (one is the trace's), two waits for a connection of 5 s each, and a machine that is busy.
 */
const LONGEST_ANSWER_MS = 2 * (STATEMENT_TIMEOUT_MS + 4_000) + 2 * 5_000 + 2_000

/** `412`: of a change whose predecessor had no answer, and was carried out after it was looked for. */
const harmless = [/^503 [\w-]+$/, /^429 [\w-]+$/, /^409 conflit-concurrent$/, /^412 version-perimee$/]

export async function tryFault(
  run: Run,
  fault: Fault,
  { beforeMs, wellMs, thinkMs } = usual,
): Promise<Found> {
  const { place, client, ledger, witness } = run
  const firstSeen = witness.seen.length
  const firstLie = witness.lies.length
  const firstDeposit = ledger.deposits.length
  const workers = workersOf(place.server.pid())
  const load = new Load(client, ledger, witness, thinkMs)
  load.start()
  await sleep(beforeMs)
  const began = performance.now()
  let ended = began
  try {
    await fault.happen(place)
  } finally {
    ended = performance.now()
    await untilWell(run, fault, ended, wellMs)
    await load.stop()
  }
  const seen = witness.seen.slice(firstSeen)
  const figures = witness.figures({ began, ended })
  const answered = await checkDocuments(place, client, ledger.deposits.slice(firstDeposit))
  const broken = [
    ...countedLines(judge(seen, fault, { began, ended })),
    ...witness.lies.slice(firstLie).map((lie) => `a lie: ${lie}`),
    ...recoveryFaults(figures, fault),
    ...answered.faults,
    ...countedLines(await checkTraces(place, seen)),
    ...(await checkChains(place)),
    ...(fault.signedWithinMs === undefined ? [] : await checkSigning(place, fault.signedWithinMs)),
    ...(fault.takesProcesses ? [] : sameProcesses(place, workers)),
  ]
  return {
    fault: fault.name,
    broken,
    ...figures,
    acknowledged: ledger.deposits.slice(firstDeposit).filter(({ places }) => places).length,
    documents: answered.documents,
    faultMs: ended - began,
  }
}

/** Until nothing has failed for a while and everything has succeeded once, or that takes too long. */
async function untilWell(
  { place, witness }: Run,
  fault: Fault,
  ended: number,
  wellMs: number,
): Promise<void> {
  const end = ended + LONGEST_RECOVERY_MS
  for (let well = performance.now(); performance.now() < end; await sleep(POLL_MS)) {
    const isHurt = fault.takesProcesses && !hasAllWorkers(place)
    const last = witness.seen.findLast(({ kind, outcome }) => outcome !== OK && workKinds.includes(kind))
    well = Math.max(isHurt ? performance.now() : well, last?.ended ?? 0)
    const { allKindsMs } = witness.figures({ began: ended, ended })
    if (performance.now() - well >= wellMs && allKindsMs !== undefined) return
  }
}

/** Answers that nobody should have got. */
function judge(seen: readonly Seen[], fault: Fault, { began }: { began: number; ended: number }): string[] {
  const allowed = [...harmless, ...(fault.mayAlso ?? [])]
  return seen.flatMap(({ kind, outcome, ended }) => {
    if (outcome === OK) return []
    if (ended < began) return [`${kind}: ${outcome} before the fault`]
    if (fault.takesProcesses && outcome === BROKEN) return []
    // Not ready is what it says then.
    if (kind === 'readyz' && outcome.startsWith('503')) return []
    return allowed.some((each) => each.test(outcome)) ? [] : [`${kind}: ${outcome}`]
  })
}

function countedLines(lines: readonly string[]): string[] {
  return Object.entries(countOf(lines)).map(([line, count]) => (count === 1 ? line : `${count} × ${line}`))
}

function recoveryFaults(
  { longestMs, longestKind, allKindsMs, lastFailureMs }: Figures,
  { longestMs: most }: Fault,
): string[] {
  const limit = most ?? LONGEST_ANSWER_MS
  return [
    ...(longestMs > limit
      ? [`${longestKind}: an answer took ${Math.round(longestMs)} ms, ${limit} at most is promised`]
      : []),
    ...(allKindsMs === undefined ? ['not everything works again'] : []),
    ...(lastFailureMs > LONGEST_RECOVERY_MS - usual.wellMs ? ['it does not become well again'] : []),
  ]
}

function sameProcesses({ server }: Place, before: readonly number[]): string[] {
  const after = new Set(workersOf(server.pid()))
  const gone = before.filter((pid) => !after.has(pid))
  return gone.length > 0 ? [`${gone.length} processes of the server ended`] : []
}
