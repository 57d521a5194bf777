/**
 * The engine of the plain FHIR interactions: one partition, what may be reached in it, and the choices that the
 * specification leaves to a server.
 */
import type { Uuid } from '../../fhir/id.ts'
import type { SearchCapability } from '../../search/search-capability.ts'
import type { Runner } from '../../storage/database.ts'
import type { Reach } from '../../storage/resources/reach.ts'
import type { IndexOf } from '../../storage/search-index/index-entries.ts'
import type { CodeSource } from '../../terminology/code-source.ts'
import type { Engine } from '../engine.ts'
import type { Answer, Exchange } from '../exchange.ts'
import type { Input } from '../input.ts'
import type { RestSettings } from './rest-settings.ts'
import type { Creations } from './write/outcome.ts'

export type RestEngine = Engine & {
  /** Under which key the resources lie. */
  readonly partition: Uuid
  /** Policy as a condition in every statement that reads resources. */
  readonly reach: Reach
  /** What can be searched on these types together. */
  readonly searchOf: (types: readonly string[]) => SearchCapability
  /** Code systems and value sets that are loaded with the server. */
  readonly terminology: CodeSource
  /** What search finds a resource by. */
  readonly index: IndexOf
  /** Where creates go that depend on nothing. */
  readonly creations: Creations
  readonly settings: RestSettings
  /** The CapabilityStatement, as text. */
  readonly metadata: () => string
  /** Told of what an entry of a batch answers with a status of 500 and more: it belongs into the log. */
  readonly failed: (cause: unknown) => void
  /** What reads go to: the database, or the transaction they belong to. */
  readonly reads: Runner
  /** Performs one request as a route would: what batch and transaction do with their entries. */
  readonly dispatch: Dispatch
}

export type Request = {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below the FHIR base, with its query: `Patient/1`, `Observation?code=x`. */
  readonly url: string
} & Pick<Input, 'body' | 'ifMatch' | 'ifNoneMatch' | 'ifModifiedSince' | 'ifNoneExist'>

/** @throws FhirError as the route would, 404 where there is no route */
export type Dispatch = (engine: RestEngine, exchange: Exchange, request: Request) => Promise<Answer>
