/** What a profile adds to the engine: values, made once, that app.ts plugs together. */
import type { FastifyInstance } from 'fastify'
import type { Registry } from 'prom-client'
import type { Admit } from '../http/admission.ts'
import type { TokenSource } from '../http/smart-configuration.ts'
import type { Statement } from '../interactions/capability-statement.ts'
import type { Engine } from '../interactions/engine.ts'
import type { Exchange } from '../interactions/exchange.ts'
import type { PublicOperation } from '../interactions/public-answer.ts'
import type { Route } from '../interactions/route.ts'
import type { Schedule } from '../jobs/schedule.ts'
import type { ReadinessParts } from '../observability/readiness.ts'

export type About = Pick<Statement, 'version' | 'date'>

export type ProfileParts<E extends Engine = Engine, X extends Exchange = Exchange> = {
  readonly engine: E
  readonly routes: readonly Route<E, X>[]
  readonly admit: Admit<X>
  /** The CapabilityStatement, as text. */
  readonly metadata: () => string
  /** The OpenAPI document, as it is served. */
  readonly openApi: string
  /** Where tokens come from; undefined where none is asked for. */
  readonly tokenSources?: readonly TokenSource[]
  /** What else needs no token. */
  readonly published?: readonly PublicOperation[]
  /** The public keys of the seal, a JWK set; undefined where nothing is sealed. */
  readonly sealKeys?: () => Promise<string>
  /** What else the server is to serve. */
  readonly mount?: (server: FastifyInstance) => void
  /** What the process that does these jobs tells Prometheus beside what every process tells. */
  readonly metrics?: (registry: Registry, onFault: (error: unknown) => void) => void
  /** What else must be there for it to serve. */
  readonly readiness?: Pick<ReadinessParts, 'matrices' | 'keys'>
  /** What the server does by itself, every hour. */
  readonly hourly?: () => Promise<unknown>
  /** What it does by itself all the time, once started. */
  readonly continually?: (onError: (error: unknown) => void) => Schedule
}
