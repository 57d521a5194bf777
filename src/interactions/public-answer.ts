/** What a profile publishes to everybody, without a token: about nobody, and the same for all who ask the same. */

import type { Pairs } from './query.ts'
import type { InteractionName } from './start-trace.ts'

export type PublicAnswer = {
  /** A resource, as FHIR JSON. */
  readonly body: string
  /** Another one when the body is another. */
  readonly etag: string
}

export type PublicOperation = {
  /** Below the FHIR base. */
  readonly url: string
  readonly interaction: InteractionName
  /** @throws FhirError */
  readonly answer: (pairs: Pairs, now: number) => PublicAnswer
}
