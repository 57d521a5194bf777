/**
 * Runs clauses against our own server, or against the one that `CONFORMANCE_BASE` names, and tells tap how each case
 * ended. The counts go to `.build/conformance/` and, as comments, to the runner.
 *
 *   npm test -- conformance/r4
 *   CONFORMANCE_BASE=https://server.example/fhir npm test -- conformance/r4
 *
 * A `may` that is not met, or a `should` of a foreign server, is told as skipped; the table counts it as not met.
 * `CONFORMANCE_OWN=true` says that the server at that address is ours.
 */
import { join } from 'node:path'
import tap from 'tap'
import { packageRoot } from '../../../src/asset-path.ts'
import { type Clause, unique } from './clause.ts'
import { closeConnections } from './client.ts'
import { knownGaps, knownGapsOfDmp } from './known-gaps.ts'
import { countsOf, keepReport, reasonsOf, tableOf } from './report.ts'
import { type Result, runClauses } from './run-clauses.ts'
import { plainWorld, type Server } from './server.ts'

export async function conformanceSuite(name: string, clauses: readonly Clause[]): Promise<void> {
  const foreign = process.env.CONFORMANCE_BASE?.replace(/\/+$/, '')
  const world = plainWorld(unique)
  if (foreign) {
    const own = process.env.CONFORMANCE_OWN === 'true'
    return conclude(name, clauses, { base: foreign, name: own ? 'fhir' : 'foreign', own, world })
  }
  // Loaded only when wanted: another server is tested without ours.
  const { fhirApp } = await import('../fhir-app.ts')
  await using app = await fhirApp()
  await conclude(name, clauses, { base: app.base, name: 'fhir', own: true, world })
}

/** The same clauses against our server in the profile dmp, as far as it claims what they ask for. */
export async function conformanceOfDmp(name: string, clauses: readonly Clause[]): Promise<void> {
  if (process.env.CONFORMANCE_BASE) return void tap.pass('another server has no profile dmp', { skip: true })
  const { dmpServer } = await import('./dmp-server.ts')
  await using server = await dmpServer()
  await conclude(name, clauses, server)
}

async function conclude(name: string, clauses: readonly Clause[], server: Server): Promise<void> {
  try {
    const results = await runClauses(clauses, server)
    for (const result of results) tell(result, server)
    for (const line of tableOf(countsOf(results))) tap.comment(`report: ${line}`)
    for (const [reason, cases] of Object.entries(reasonsOf(results)))
      tap.comment(`not applicable: ${cases} × ${reason}`)
    keepReport(join(packageRoot(), '.build', 'conformance', `${name}.json`), server.base, results)
  } finally {
    closeConnections()
  }
}

function tell({ clause, case: entry, ending, report }: Result, { own, name }: Server): void {
  // Neither passed nor left out: what the profile does not claim is counted in the table, with its reasons.
  if (ending === 'not applicable') return
  const title = `${clause} (${entry.level}): ${entry.title}`
  const gaps = name === 'dmp' ? knownGapsOfDmp : knownGaps
  const gap = own && entry.level === 'should' ? gaps.get(`${clause}: ${entry.title}`) : undefined
  if (gap && ending === 'passed')
    tap.fail(title, { report: 'a known gap that is none: take it out of the table' })
  else if (gap) tap.pass(title, { skip: `known gap: ${gap}` })
  else if (ending === 'passed') tap.pass(title)
  else if (ending === 'skipped') tap.pass(title, { skip: 'our own decision' })
  else if (entry.level === 'must' || (own && entry.level !== 'may')) tap.fail(title, { report })
  else tap.pass(title, { skip: `not met: ${report.split('\n', 1)[0]}` })
}
