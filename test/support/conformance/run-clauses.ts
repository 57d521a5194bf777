/** Runs the cases of clauses, a few at a time, and says of each how it ended. */

import { NotApplicable } from './claims.ts'
import { type Case, type Clause, type Context, unique } from './clause.ts'
import { Fhir } from './client.ts'
import type { Server } from './server.ts'

export type Ending = 'passed' | 'failed' | 'skipped' | 'not applicable'

export type Result = {
  readonly clause: string
  readonly case: Case
  readonly ending: Ending
  /**
   * Of a failure: what was not met, where it is specified, what was sent and answered. Of what is not applicable: why.
   */
  readonly report: string
  readonly milliseconds: number
}

const AT_ONCE = 4
const CASE_LIMIT_MS = 300_000

export async function runClauses(clauses: readonly Clause[], server: Server): Promise<Result[]> {
  const queue = clauses.flatMap((clause) => clause.cases.map((entry) => ({ clause: clause.name, entry })))
  const results = new Map<Case, Result>()
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift())
      results.set(next.entry, await runCase(next.clause, next.entry, server))
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return clauses.flatMap(({ cases }) => cases.flatMap((entry) => results.get(entry) ?? []))
}

async function runCase(clause: string, entry: Case, server: Server): Promise<Result> {
  const begin = performance.now()
  const { own, name, world } = server
  const fhir = new Fhir(server)
  const context: Context = {
    fhir,
    own,
    unique,
    readable: () => world.readable(fhir),
    searchable: () => world.searchable(fhir),
    creatable: world.creatable,
  }
  const end = (ending: Ending, report = ''): Result => ({
    clause,
    case: entry,
    ending,
    report,
    milliseconds: Math.round(performance.now() - begin),
  })
  if (entry.level === 'own' && !own) return end('skipped')
  if (entry.level === 'own' && name === 'dmp') return end('not applicable', 'a choice of the profile fhir')
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`did not end within ${CASE_LIMIT_MS} ms`)), CASE_LIMIT_MS)
  })
  try {
    await Promise.race([entry.run(context), late])
    return end('passed')
  } catch (error) {
    if (error instanceof NotApplicable) return end('not applicable', error.message)
    const told = error instanceof Error ? error : new Error(String(error))
    // The stack of an unmet expectation is our own test: its first line in a case is enough.
    const place = /\n\s+at [^\n]*conformance\/r4[^\n]*/.exec(told.stack ?? '')?.[0].trim() ?? ''
    return end('failed', [told.message, place, `see ${entry.spec}`, ...fhir.told].join('\n'))
  } finally {
    clearTimeout(timer)
  }
}
