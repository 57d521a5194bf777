/**
 * delete of a resource by its id: its history stays. What is not there, or no longer, is as good as deleted: 204.
 * @see https://hl7.org/fhir/R4/http.html#delete
 */
import type { Answer, Exchange } from '../exchange.ts'
import type { Input } from '../input.ts'
import type { RestEngine } from './rest-engine.ts'
import { deleteRequest } from './write/build-request.ts'
import { idOf, particularsOf } from './write/input-parts.ts'
import { performWrite } from './write/perform-write.ts'

export async function deleteResource(engine: RestEngine, exchange: Exchange, input: Input): Promise<Answer> {
  return performWrite(engine, exchange, deleteRequest(particularsOf(input), idOf(input)))
}
