/**
 * What the interactions work with: values made once in app.ts and handed on. Nothing here is global.
 */
import type { TraceWriter } from '../audit/trace-writer.ts'
import type { Registry } from '../definitions/registry.ts'
import type { Terminology } from '../dmp/terminology.ts'
import type { Uuid } from '../fhir/id.ts'
import type { Matrices } from '../policy/question.ts'
import type { Sign } from '../search/cursor.ts'
import type { Extraction } from '../search/extraction/build-extraction.ts'
import type { SearchCapability } from '../search/search-capability.ts'
import type { Database } from '../storage/database.ts'

export type Engine = {
  readonly db: Database
  readonly traces: TraceWriter
  readonly registry: Registry
  readonly terminology: Terminology
  readonly extraction: Extraction
  /** The matrices in force at a time: a newer version takes effect on its date. */
  readonly matricesAt: (now: number) => Matrices
  readonly searches: Readonly<Record<'DocumentReference' | 'AuditEvent' | 'Patient', SearchCapability>>
  /** Base of every URL in answers, without a trailing slash. */
  readonly base: string
  readonly newId: (now: number) => Uuid
  readonly sign: Sign
  readonly limits: Limits
  readonly insTest: boolean
}

export type Limits = {
  readonly maxDepth: number
  readonly maxEntries: number
  readonly maxDocumentBytes: number
}
