/**
 * `$versions`: which versions of FHIR this server speaks.
 * @see https://hl7.org/fhir/R4B/capabilitystatement-operation-versions.html (R4 itself has no such operation)
 */
import { stringifyJson } from '../../../fhir/json.ts'
import { writeParameters } from '../../../fhir/operation-parameters.ts'
import type { Answer, Exchange } from '../../exchange.ts'
import type { Input } from '../../input.ts'
import type { RestEngine } from '../rest-engine.ts'

export async function versions(engine: RestEngine, _exchange: Exchange, _input: Input): Promise<Answer> {
  const version = engine.registry.fhirVersion.split('.').slice(0, 2).join('.')
  return {
    status: 200,
    body: stringifyJson(
      writeParameters([
        { name: 'version', value: ['Code', version] },
        { name: 'default', value: ['Code', version] },
      ]),
    ),
  }
}
