/**
 * The operations on terminology as routes: by GET with a query, by POST with Parameters, on a type or on one resource.
 * @see https://hl7.org/fhir/R4/terminology-service.html
 */
import { refusal } from '../../../fhir/fhir-error.ts'
import { isJsonObject, type JsonObject, parseJson, stringifyJson } from '../../../fhir/json.ts'
import { readResource } from '../../../storage/resources/read-resources.ts'
import type { TerminologyOperation } from '../../../terminology/operations/operation.ts'
import {
  answerOperation,
  terminologyOperations,
} from '../../../terminology/operations/terminology-operations.ts'
import type { Answer, Exchange } from '../../exchange.ts'
import type { Input } from '../../input.ts'
import { readBody } from '../../read-body.ts'
import type { RestEngine } from '../rest-engine.ts'
import type { RestRoute } from '../rest-route.ts'
import { withTerminology } from '../stored-terminology.ts'

export const terminologyRoutes: readonly RestRoute[] = terminologyOperations.flatMap((operation) => {
  const { type, name, definition } = operation
  const urls = [`/${type}/$${name}`, ...(operation.instance ? [`/${type}/:id/$${name}`] : [])]
  return urls.flatMap((url) =>
    (['GET', 'POST'] as const).map(
      (method): RestRoute => ({
        method,
        url,
        interaction: 'terminology',
        rest: { type, operation: name, definition },
        answer: (engine, exchange, input) => perform(operation, engine, exchange, input),
      }),
    ),
  )
})

async function perform(
  operation: TerminologyOperation,
  engine: RestEngine,
  exchange: Exchange,
  input: Input,
): Promise<Answer> {
  exchange.trace.asks(operation.type)
  const instance = input.id === '' ? undefined : await instanceOf(operation, engine, input.id)
  const body = input.body && readBody(engine, input.body)
  const request = { pairs: input.pairs, ...(body ? { body } : {}) }
  const { language, now } = exchange
  const expansionId = `urn:uuid:${engine.newId(now)}`
  const result = await withTerminology(engine, (source) =>
    answerOperation(operation, request, { source, language, now, expansionId }, instance),
  )
  return { status: 200, body: stringifyJson(result) }
}

/** A stored one, or one of those that are loaded. */
async function instanceOf(
  { type }: TerminologyOperation,
  engine: RestEngine,
  id: string,
): Promise<JsonObject> {
  const found = await readResource(engine.reads, { patientKey: engine.partition, type, id }, engine.reach)
  if (found?.method === 'DELETE') throw refusal('deleted', 'supprime')
  const resource = found ? parseJson(found.body) : engine.terminology.resourceById(type, id)
  if (!isJsonObject(resource)) throw refusal('not-found', 'inconnu')
  return resource
}
