/**
 * A write to what the URL names: by its id, or by the condition that its query is.
 * @see https://hl7.org/fhir/R4/http.html#update, #patch, #cond-update
 */
import type { Answer, Exchange } from '../../exchange.ts'
import type { Input } from '../../input.ts'
import type { RestEngine } from '../rest-engine.ts'
import type { Address, Particulars } from './build-request.ts'
import { idOf, particularsOf } from './input-parts.ts'
import { performWrite } from './perform-write.ts'
import type { WriteRequest } from './write-request.ts'

type Understand = (
  engine: RestEngine,
  exchange: Exchange,
  input: Input,
  particulars: Particulars,
  address: Address,
) => WriteRequest

type Perform = (engine: RestEngine, exchange: Exchange, input: Input) => Promise<Answer>

/** @param understand reads the body; what it throws has its trace */
export function addressed(understand: Understand): { readonly byId: Perform; readonly byCondition: Perform } {
  const perform =
    (addressOf: (input: Input) => Address): Perform =>
    async (engine, exchange, input) => {
      exchange.trace.asks(input.type)
      const request = understand(engine, exchange, input, particularsOf(input), addressOf(input))
      return performWrite(engine, exchange, request)
    }
  return { byId: perform(idOf), byCondition: perform(({ pairs }) => ({ condition: pairs })) }
}
