/**
 * Which choices of a record this caller may read: the list of TD1.6 (F6), or, where that is refused, what bears on the
 * caller itself.
 */
import { FhirError } from '../../../fhir/fhir-error.ts'
import { isProfessional } from '../../../policy/actor-class.ts'
import { type ChoiceReach, listReach, ownReach, representationReach } from '../../../policy/choice-reach.ts'
import type { KnownRecord } from '../../../storage/records/record-facts.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { permit, unknown } from '../permit.ts'

export type Readable = {
  readonly record: KnownRecord
  readonly reach: ChoiceReach
  /** Whether this is the list of TD1.6. */
  readonly lists: boolean
  /** The answer for whatever lies outside of the reach, noted in the trace when it is asked for. */
  readonly refuse: () => FhirError
}

/** @throws FhirError what refuses every choice, or 404 when there is no such record */
export function readableChoices(
  engine: DmpEngine,
  exchange: DmpExchange,
  found: KnownRecord | undefined,
): Readable {
  const { caller, trace } = exchange
  try {
    const { record } = permit(engine, exchange, found, 'list-choices')
    return { record, reach: listReach(caller), lists: true, refuse: unknown }
  } catch (refused) {
    // An unknown or closed record stays so; a missing right or authorisation does not hide one's own standing.
    if (!(refused instanceof FhirError) || refused.category !== 'forbidden') throw refused
    const own = isProfessional(caller)
    if (!own && caller.actor !== 'ADMINISTRATION') throw refused
    const { record } = permit(engine, exchange, found, own ? 'find-record' : 'name-representative')
    const refuse = (): FhirError => {
      const { rule } = refused.issues[0]
      trace.decided(rule === undefined ? [] : [rule])
      return refused
    }
    return { record, reach: own ? ownReach(caller) : representationReach, lists: false, refuse }
  }
}
