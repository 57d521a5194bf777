/**
 * read and vread.
 * @see https://hl7.org/fhir/R4/http.html#read, #vread
 */
import { refusal } from '../../fhir/fhir-error.ts'
import { readResource, readResourceVersion } from '../../storage/resources/read-resources.ts'
import type { StoredResource } from '../../storage/resources/stored-resource.ts'
import type { Answer, Exchange } from '../exchange.ts'
import type { Input } from '../input.ts'
import type { RestEngine } from './rest-engine.ts'
import { formed, type ResultForm, readForm } from './result-form.ts'

/** @throws FhirError 404 when there never was one, 410 when it was deleted */
export async function read(engine: RestEngine, exchange: Exchange, input: Input): Promise<Answer> {
  const { type, id } = input
  exchange.trace.asks(type)
  const form = readForm(engine, type, input.pairs)
  const found = await readResource(engine.reads, { patientKey: engine.partition, type, id }, engine.reach)
  return answerOf(engine, exchange, found, form)
}

export async function vread(engine: RestEngine, exchange: Exchange, input: Input): Promise<Answer> {
  const { type, id } = input
  exchange.trace.asks(type)
  const form = readForm(engine, type, input.pairs)
  const version = /^[1-9]\d{0,8}$/.test(input.version) ? Number(input.version) : undefined
  const place = { patientKey: engine.partition, type, id }
  const found =
    version === undefined ? undefined : await readResourceVersion(engine.reads, place, version, engine.reach)
  return answerOf(engine, exchange, found, form)
}

function answerOf(
  engine: RestEngine,
  exchange: Exchange,
  found: StoredResource | undefined,
  form: ResultForm,
): Answer {
  if (!found) throw refusal('not-found', 'inconnu')
  if (found.method === 'DELETE') throw refusal('deleted', 'supprime')
  exchange.trace.concerns(found.type, found.id, found.version)
  return {
    status: 200,
    body: formed(engine, found.body, form),
    etag: `W/"${found.version}"`,
    lastModified: found.lastUpdated,
  }
}
