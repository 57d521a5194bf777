/**
 * Every answer has its trace, and nothing is traced twice (rules T1, T2); the chains of traces are sound, as an operator
 * verifies them.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { commandLine } from '../../src/cli/command-line.ts'
import { storedTraces } from '../../test/support/stored-traces.ts'
import type { Place } from './place.ts'
import { asOwner } from './postgres-faults.ts'
import { type Seen, workKinds } from './witness.ts'

/** Answers that have no trace: none could be written; nothing was looked at (docs/decisions/0019). */
const UNTRACED = /^503 (?:trace-impossible|surcharge)/

/** @returns what is wrong */
export async function checkTraces({ postgres }: Place, seen: readonly Seen[]): Promise<string[]> {
  const traces = await asOwner(postgres, (client) =>
    storedTraces(async (text) => (await client.query(text)).rows),
  )
  const statuses = new Map<string, number[]>()
  for (const { request_id: id, status } of traces) statuses.set(id, [...(statuses.get(id) ?? []), status])
  return seen
    .filter(({ kind }) => workKinds.includes(kind))
    .flatMap(({ requestId, status, outcome, kind }) => {
      const left = statuses.get(requestId) ?? []
      if (left.length > 1) return [`${kind}: ${left.length} traces of one request`]
      const [traced] = left
      if (status === undefined || (UNTRACED.test(outcome) && traced === undefined)) return []
      if (traced === undefined) return [`${kind}: answered ${outcome}, and no trace`]
      // The trace of a write is written with it: when its commit is not known the answer is 503, and both may be there.
      if (traced !== status && status !== 503) return [`${kind}: answered ${outcome}, traced as ${traced}`]
      return []
    })
}

const POLL_MS = 500

/**
 * Those that live go on signing, whatever happened: nobody may remove the newest traces unseen for longer than is told.
 * @param withinMs ten seconds, or a minute more where connections broke (docs/audit.md "Checkpoints"), and what a busy machine takes
 */
export async function checkSigning({ postgres }: Place, withinMs: number): Promise<string[]> {
  return asOwner(postgres, async (client) => {
    const { rows: due } = await client.query<{ writer: number; seq: number }>(living)
    for (const end = performance.now() + withinMs; ; await sleep(POLL_MS)) {
      const { rows } = await client.query<{ writer: number; until: number }>(
        'select c.writer, max(c.until_seq) as until from audit_checkpoint c group by c.writer',
      )
      const signed = new Map(rows.map(({ writer, until }) => [writer, until]))
      const left = due.filter(({ writer, seq }) => (signed.get(writer) ?? 0) < seq)
      if (left.length === 0) return []
      if (performance.now() > end) return [`${left.length} chains of traces are not signed any more`]
    }
  })
}

/** The last trace of each writer whose session holds its lock: a writer that died is ended by another, in some minutes. */
const living = `
  select a.writer, max(a.seq) as seq from audit a
  where exists (select from pg_locks l where l.locktype = 'advisory' and l.granted and l.objid = a.writer::oid)
  group by a.writer`

export async function checkChains({ environment }: Place): Promise<string[]> {
  const said: string[] = []
  const say = (text: string): void => void said.push(text)
  const code = await commandLine(['audit', 'verify'], { out: say, err: say, env: environment })
  return code === 0 ? [] : [`dmp audit verify: exit code ${code}: ${said.slice(-6).join(' ')}`]
}
