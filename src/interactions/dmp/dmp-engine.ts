/** The engine of the dmp profile: what FHIR needs, and what the French rules do. */
import type { Contents } from '../../content/contents.ts'
import type { Terminology } from '../../dmp/codes/terminology.ts'
import type { Matrices } from '../../policy/question.ts'
import type { ThirdPartyServices } from '../../policy/third-party-service.ts'
import type { Seals } from '../../seal/seals.ts'
import type { RecordIndexer } from '../../search/record/record-index.ts'
import type { SearchCapability } from '../../search/search-capability.ts'
import type { Engine } from '../engine.ts'
import type { MessageTexts } from './messages/message-texts.ts'
import type { SubscriptionSettings } from './subscriptions/subscription-settings.ts'
import type { TraceTerms } from './traces/trace-terms.ts'

export type DmpEngine = Engine & {
  /** The bytes of documents. */
  readonly contents: Contents
  readonly subscriptions: SubscriptionSettings
  readonly terminology: Terminology
  /** The matrices in force at a time: a newer version takes effect on its date. */
  readonly matricesAt: (now: number) => Matrices
  /** The versions that are known and have not begun. */
  readonly nextMatricesAfter: (now: number) => {
    readonly [Name in keyof Matrices]: Matrices[Name] | undefined
  }
  readonly searches: Readonly<
    Record<
      | 'DocumentReference'
      | 'List'
      | 'AuditEvent'
      | 'Patient'
      | 'Consent'
      | 'CareTeam'
      | 'Provenance'
      | 'Communication'
      | 'Appointment',
      SearchCapability
    >
  >
  /** What documents and lists are found by beyond their typed columns. */
  readonly indexers: Readonly<Record<'DocumentReference' | 'List', RecordIndexer>>
  /** What traces are found by. */
  readonly traceTerms: TraceTerms
  readonly insTest: boolean
  readonly messageTexts: MessageTexts
  /** Services of others that a patient may let in (S1). */
  readonly services: ThirdPartyServices
  /** By which every version of a document is sealed (D8). */
  readonly seals: Seals
}
