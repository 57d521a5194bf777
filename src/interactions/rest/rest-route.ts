/** A route of the plain FHIR interactions. */
import type { Exchange } from '../exchange.ts'
import type { Route } from '../route.ts'
import type { RestEngine } from './rest-engine.ts'

export type RestRoute = Route<RestEngine, Exchange>
