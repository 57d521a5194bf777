/**
 * create, and create unless there is one already (`If-None-Exist`): none meets the condition, 201; one, 200 and where it
 * is; several, 412.
 * @see https://hl7.org/fhir/R4/http.html#create, #ccreate
 */
import type { Answer, Exchange } from '../exchange.ts'
import type { Input } from '../input.ts'
import { readBody } from '../read-body.ts'
import type { RestEngine } from './rest-engine.ts'
import { createRequest } from './write/build-request.ts'
import { performWrite } from './write/perform-write.ts'

export async function create(engine: RestEngine, exchange: Exchange, input: Input): Promise<Answer> {
  const { type, ifNoneExist } = input
  exchange.trace.asks(type)
  const resource = readBody(engine, input.body)
  return performWrite(engine, exchange, createRequest({ type }, resource, ifNoneExist))
}
