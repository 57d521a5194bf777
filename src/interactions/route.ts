/**
 * A route: which request it takes, what it is called in traces, what it is in the CapabilityStatement, and who answers
 * it. Each profile has one table of them, and nothing else is served below the FHIR base.
 */
import type { RestCapability } from './capability-statement.ts'
import type { Engine } from './engine.ts'
import type { Answer, Exchange } from './exchange.ts'
import type { Input } from './input.ts'
import type { InteractionName } from './start-trace.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** SMART v2: create, read, update, delete, search. */
export type ScopeLetter = 'c' | 'r' | 'u' | 'd' | 's'
/** The scope that a request needs, where tokens have scopes. */
export type Need = { readonly type: string; readonly letter: ScopeLetter }

export type Route<E extends Engine = Engine, X extends Exchange = Exchange> = {
  readonly method: Method
  /** Below the FHIR base; `:type`, `:id` and `:version` stand for one segment. */
  readonly url: string
  readonly interaction: InteractionName
  readonly need?: Need
  readonly rest: RestCapability
  /** The body is a search form, not a resource. */
  readonly formBody?: true
  /** Serves bytes of any type, not FHIR formats alone. */
  readonly anyFormat?: true
  /** Also gives a table, `text/csv`, to who asks for it: then `Input.form('text/csv')` is `bytes`. */
  readonly table?: true
  /** Takes bytes of any type, not FHIR formats alone. */
  readonly anyBody?: true
  /**
   * Where base64 that may be long stands in the body, as `entry.resource.data`: it is never held in memory, and `answer`
   * takes it from `Body.setAside`.
   */
  readonly contentAt?: readonly string[]
  readonly answer: (engine: E, exchange: X, input: Input) => Promise<Answer>
}
