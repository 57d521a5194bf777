/**
 * The writes of a transaction, stored: as few statements as there are rounds. A resource whose conditional references lead
 * to nothing yet waits for the next round, when what they may lead to has been stored (the specification resolves them
 * after the writes).
 * @see https://hl7.org/fhir/R4/http.html#trules
 *
 * Not checked: whether a conditional reference that led to one resource in one round would lead to a second one, stored in
 * a later round.
 */
import type { JsonObject } from '../../../fhir/json.ts'
import type { Runner } from '../../../storage/database.ts'
import type { Exchange } from '../../exchange.ts'
import type { RestEngine } from '../rest-engine.ts'
import { faultsAt } from '../write/fault-location.ts'
import type { Target } from '../write/locate-targets.ts'
import type { Outcome } from '../write/outcome.ts'
import { settleWrite } from '../write/settle-write.ts'
import { storeOutcomes } from '../write/store-outcomes.ts'
import type { WriteRequest } from '../write/write-request.ts'
import { type ConditionalReference, ConditionalReferences } from './conditional-references.ts'
import type { BundleEntry } from './read-entry.ts'
import type { ReadTransaction, TransactionWrite } from './read-transaction.ts'

/** A write and what came of it. A conditional delete may have none, or many outcomes; any other write has one. */
export type Settled = { readonly entry: BundleEntry; readonly outcomes: readonly Outcome[] }

/** Each round waits for the one before it: resources that refer to each other by searches, this deep. */
const MAX_ROUNDS = 5

/** @throws FhirError as the write at fault has it, located at its entry; 412 for references that lead nowhere */
export async function writeEntries(
  engine: RestEngine,
  exchange: Exchange,
  tx: Runner,
  bundle: ReadTransaction,
  targets: readonly Target[],
): Promise<Settled[]> {
  const byRequest = groupByRequest(targets)
  const targetsOf = (write: TransactionWrite): readonly Target[] => byRequest.get(write.request) ?? []
  const conditional = new ConditionalReferences(engine)
  const settled = new Map<TransactionWrite, readonly Outcome[]>()
  const place = (write: TransactionWrite): string => `${write.type}/${targetsOf(write)[0]?.id}`
  const referencesOf = (write: TransactionWrite): readonly ConditionalReference[] =>
    targetsOf(write).some(isSuperfluous) ? [] : (bundle.linkWork.get(write)?.conditional ?? [])

  let waiting = bundle.writes.filter((write) => !targetsOf(write).some(({ repeats }) => repeats))
  for (let round = 1; waiting.length > 0; round++) {
    const isReady = (write: TransactionWrite): boolean =>
      referencesOf(write).every(({ text }) => conditional.placeOf(text) !== undefined)
    const ready = waiting.filter(isReady)
    for (const write of ready) {
      const resource = rewritten(bundle, write, place, conditional)
      const outcomes = faultsAt(write.entry.at, () =>
        targetsOf(write).map((target) => settleWrite(engine, exchange, target, resource)),
      )
      settled.set(write, outcomes)
    }
    await storeOutcomes(
      engine,
      tx,
      ready.flatMap((write) => settled.get(write) ?? []),
      [],
    )
    waiting = waiting.filter((write) => !settled.has(write))
    const wanted = waiting.flatMap(referencesOf)
    const any = await conditional.lookUp(tx, wanted)
    if (!any || round === MAX_ROUNDS) conditional.refuseUnknown(wanted)
  }
  const outcomeAt = new Map(
    [...settled.values()].flat().map((outcome) => [`${outcome.type}/${outcome.id}`, outcome]),
  )
  return bundle.writes.map((write) => ({
    entry: write.entry,
    outcomes: settled.get(write) ?? [repeated(outcomeAt.get(place(write)))],
  }))
}

function rewritten(
  { linkWork, references }: ReadTransaction,
  write: TransactionWrite,
  place: (write: TransactionWrite) => string,
  conditional: ConditionalReferences,
): JsonObject | undefined {
  const work = linkWork.get(write)
  if (!work || (!work.leads && work.conditional.length === 0)) return undefined
  return references.rewrite(write, place, (text) => conditional.placeOf(text))
}

/** A create that is not needed: what it refers to does not matter. */
function isSuperfluous({ request, matched }: Target): boolean {
  return matched && request.change.method === 'POST'
}

/** Of a create with the condition of another one before it: it is answered as if it had come later. */
function repeated(outcome: Outcome | undefined): Outcome {
  if (!outcome) throw new Error('A repeated create without the one it repeats')
  const { write: _, ...rest } = outcome
  return { ...rest, effect: 'existing' }
}

function groupByRequest(targets: readonly Target[]): ReadonlyMap<WriteRequest, readonly Target[]> {
  const groups = new Map<WriteRequest, Target[]>()
  for (const target of targets) {
    const group = groups.get(target.request)
    if (group) group.push(target)
    else groups.set(target.request, [target])
  }
  return groups
}
