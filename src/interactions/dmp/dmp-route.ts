/** A route of the dmp profile; its tables are put together in dmp-routes.ts. */
import type { Route } from '../route.ts'
import type { DmpEngine } from './dmp-engine.ts'
import type { DmpExchange } from './dmp-exchange.ts'

export type DmpRoute = Route<DmpEngine, DmpExchange>
