/**
 * delete of what meets a condition: of several, all or none (412), as the settings say. Without a criterion it is
 * refused: it would empty the type.
 * @see https://hl7.org/fhir/R4/http.html#3.1.0.7.1
 */
import type { Answer, Exchange } from '../exchange.ts'
import type { Input } from '../input.ts'
import type { RestEngine } from './rest-engine.ts'
import { deleteRequest } from './write/build-request.ts'
import { particularsOf } from './write/input-parts.ts'
import { performWrite } from './write/perform-write.ts'

export async function conditionalDelete(
  engine: RestEngine,
  exchange: Exchange,
  input: Input,
): Promise<Answer> {
  return performWrite(engine, exchange, deleteRequest(particularsOf(input), { condition: input.pairs }))
}
