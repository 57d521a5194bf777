/**
 * update of a resource by its id, or by a condition (`PUT Patient?identifier=…`); one that is not there is created, where
 * the settings allow a client to choose ids.
 * @see https://hl7.org/fhir/R4/http.html#update, #upsert, #cond-update
 */
import type { Answer, Exchange } from '../exchange.ts'
import type { Input } from '../input.ts'
import { readBody } from '../read-body.ts'
import type { RestEngine } from './rest-engine.ts'
import { type Address, updateRequest } from './write/build-request.ts'
import { idOf, particularsOf } from './write/input-parts.ts'
import { performWrite } from './write/perform-write.ts'

export function update(engine: RestEngine, exchange: Exchange, input: Input): Promise<Answer> {
  return write(engine, exchange, input, idOf(input))
}

export function conditionalUpdate(engine: RestEngine, exchange: Exchange, input: Input): Promise<Answer> {
  return write(engine, exchange, input, { condition: input.pairs })
}

async function write(
  engine: RestEngine,
  exchange: Exchange,
  input: Input,
  address: Address,
): Promise<Answer> {
  exchange.trace.asks(input.type)
  const resource = readBody(engine, input.body)
  return performWrite(engine, exchange, updateRequest(particularsOf(input), address, resource))
}
