/**
 * A Bundle sent to the base: a batch or a transaction.
 * @see https://hl7.org/fhir/R4/http.html#transaction
 */
import { refusal } from '../../../fhir/fhir-error.ts'
import type { JsonObject, JsonValue } from '../../../fhir/json.ts'
import type { Answer, Exchange } from '../../exchange.ts'
import type { Input } from '../../input.ts'
import { readBody } from '../../read-body.ts'
import type { RestEngine } from '../rest-engine.ts'
import { batch } from './batch.ts'
import { transaction } from './transaction.ts'

/** @throws FhirError 400 when it is no Bundle, 413 for too many entries, 422 when it is one of another type */
export async function bundle(engine: RestEngine, exchange: Exchange, input: Input): Promise<Answer> {
  exchange.trace.asks('Bundle')
  const resource = readBody(engine, input.body)
  if (resource.resourceType !== 'Bundle') {
    throw refusal('structure', 'type-inattendu', { params: { expected: 'Bundle' }, expression: 'Bundle' })
  }
  const entries = entriesOf(resource, engine.limits.maxEntries)
  switch (resource.type) {
    case 'batch':
      return batch(engine, exchange, entries)
    case 'transaction':
      return transaction(engine, exchange, resource, entries)
    default: {
      const params = { what: 'Bundle.type ∉ {batch, transaction}' }
      throw refusal('unprocessable', 'non-pris-en-charge', { params, expression: 'Bundle.type' })
    }
  }
}

function entriesOf({ entry }: JsonObject, limit: number): readonly JsonValue[] {
  if (entry === undefined) return []
  if (!Array.isArray(entry)) {
    const params = { name: 'Bundle.entry', datatype: 'array' }
    throw refusal('unprocessable', 'type-attendu', { type: 'structure', params, expression: 'Bundle.entry' })
  }
  if (entry.length <= limit) return entry
  throw refusal('too-long', 'trop-long', { params: { what: 'Bundle.entry', limit } })
}
