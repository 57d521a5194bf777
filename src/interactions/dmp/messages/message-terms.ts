/** What a search finds a message by, and what bounds who may read it: its two parties, its status, its category. */
import type { ActorId } from '../../../policy/facts.ts'
import { type RecordCriterion, recordTerm } from '../../../storage/records/search-record.ts'

const TYPE = 'Communication'

export type MessageTerms = {
  readonly status: string
  readonly sender: ActorId
  readonly recipient: ActorId
  readonly category: string | undefined
  /** `system|value`. */
  readonly name: string | undefined
}

export function messageTerms({ status, sender, recipient, category, name }: MessageTerms): string[] {
  return [
    recordTerm(TYPE, 'status', status),
    recordTerm(TYPE, 'sender', sender),
    recordTerm(TYPE, 'recipient', recipient),
    recordTerm(TYPE, 'party', sender),
    recordTerm(TYPE, 'party', recipient),
    ...(category === undefined ? [] : [recordTerm(TYPE, 'category', category)]),
    ...(name === undefined
      ? []
      : [
          recordTerm(TYPE, 'identifier', name),
          recordTerm(TYPE, 'identifier', name.slice(name.indexOf('|') + 1)),
        ]),
  ]
}

/** Of a message to or from one of these. */
export function partyBound(actors: readonly ActorId[]): RecordCriterion {
  return { kind: 'terms', not: false, terms: actors.map((actor) => recordTerm(TYPE, 'party', actor)) }
}

/** Of messages that this sender has sent and nobody has read. */
export function unreadOf(sender: ActorId): RecordCriterion[] {
  return [
    { kind: 'terms', not: false, terms: [recordTerm(TYPE, 'sender', sender)] },
    { kind: 'terms', not: false, terms: [recordTerm(TYPE, 'status', 'in-progress')] },
  ]
}
