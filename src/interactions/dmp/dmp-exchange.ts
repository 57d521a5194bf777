/** A request in the dmp profile: the caller is known by its token, the access mode by its declaration. */
import type { AccessMode, Caller } from '../../policy/caller.ts'
import type { Covered } from '../../policy/scope-narrowing.ts'
import type { Exchange } from '../exchange.ts'

export type DmpExchange = Exchange & {
  readonly caller: Caller
  readonly mode: AccessMode
  readonly motive: string
  /** The documents that the scopes of the token cover, for what this request does. */
  readonly covered: Covered
}
