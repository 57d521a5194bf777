/**
 * patch of a resource by its id, or by a condition.
 * @see https://hl7.org/fhir/R4/http.html#patch
 */
import type { Answer, Exchange } from '../exchange.ts'
import type { Input } from '../input.ts'
import { readPatch } from './read-patch.ts'
import type { RestEngine } from './rest-engine.ts'
import { type Address, patchRequest } from './write/build-request.ts'
import { idOf, particularsOf } from './write/input-parts.ts'
import { performWrite } from './write/perform-write.ts'

export function patch(engine: RestEngine, exchange: Exchange, input: Input): Promise<Answer> {
  return write(engine, exchange, input, idOf(input))
}

export function conditionalPatch(engine: RestEngine, exchange: Exchange, input: Input): Promise<Answer> {
  return write(engine, exchange, input, { condition: input.pairs })
}

async function write(
  engine: RestEngine,
  exchange: Exchange,
  input: Input,
  address: Address,
): Promise<Answer> {
  exchange.trace.asks(input.type)
  const request = patchRequest(particularsOf(input), address, readPatch(engine, exchange, input.body))
  return performWrite(engine, exchange, request)
}
