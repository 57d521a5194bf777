/**
 * Binary as what it holds: the bytes themselves, in and out, unless a FHIR format is asked for or sent.
 * @see https://hl7.org/fhir/R4/binary.html#rest
 */
import { isJsonObject, parseJson } from '../../fhir/json.ts'
import type { Answer, Exchange } from '../exchange.ts'
import type { Body, Input } from '../input.ts'
import { create } from './create.ts'
import { read } from './read.ts'
import type { RestEngine } from './rest-engine.ts'
import { update } from './update.ts'

export async function readBinary(engine: RestEngine, exchange: Exchange, input: Input): Promise<Answer> {
  const answer = await read(engine, exchange, input)
  const binary = parseJson(String(answer.body))
  if (!isJsonObject(binary) || typeof binary.contentType !== 'string') throw new Error('No stored Binary')
  const { contentType, data, securityContext } = binary
  if (input.form(contentType) === 'binary') return answer
  const context = isJsonObject(securityContext) ? securityContext.reference : undefined
  return {
    ...answer,
    body: Buffer.from(typeof data === 'string' ? data : '', 'base64'),
    contentType,
    ...(typeof context === 'string' ? { headers: { 'X-Security-Context': context } } : {}),
  }
}

export function createBinary(engine: RestEngine, exchange: Exchange, input: Input): Promise<Answer> {
  return create(engine, exchange, { ...input, body: asBinary(input.body) })
}

export function updateBinary(engine: RestEngine, exchange: Exchange, input: Input): Promise<Answer> {
  return update(engine, exchange, { ...input, body: asBinary(input.body, input.id) })
}

function asBinary(body: Body | undefined, id?: string): Body | undefined {
  if (body?.format !== 'bytes') return body
  const resource = {
    resourceType: 'Binary',
    ...(id === undefined ? {} : { id }),
    contentType: body.contentType,
    data: body.bytes.toString('base64'),
  }
  return { format: 'resource', resource }
}
