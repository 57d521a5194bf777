/**
 * What every interaction works with, whatever the profile: values made once in app.ts and handed on. Nothing here is
 * global.
 */
import type { TraceWriter } from '../audit/trace-writer.ts'
import type { Registry } from '../definitions/registry.ts'
import type { Uuid } from '../fhir/id.ts'
import type { Sign } from '../search/cursor.ts'
import type { Extraction } from '../search/extraction/build-extraction.ts'
import type { Database } from '../storage/database.ts'
import type { TraceChain } from '../storage/traces/insert-traces.ts'
import type { LoadedProfiles } from '../validation/profile/compiled-profile.ts'

export type Engine = {
  readonly db: Database
  readonly traces: TraceWriter
  /** Where every trace of this process has its place, under its seal. */
  readonly chain: TraceChain
  readonly registry: Registry
  readonly extraction: Extraction
  /** Profiles that resources which claim them must follow. */
  readonly profiles: LoadedProfiles
  /** Base of every URL in answers, without a trailing slash. */
  readonly base: string
  readonly newId: (now: number) => Uuid
  readonly sign: Sign
  readonly limits: Limits
}

export type Limits = {
  readonly maxDepth: number
  readonly maxEntries: number
  readonly maxDocumentBytes: number
}
