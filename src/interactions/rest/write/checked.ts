/**
 * Validation before anything is stored.
 * @see https://hl7.org/fhir/R4/validation.html and http.html#create (422)
 */
import { FhirError } from '../../../fhir/fhir-error.ts'
import type { Issue } from '../../../fhir/issue.ts'
import type { JsonObject } from '../../../fhir/json.ts'
import { validate } from '../../../validation/validate.ts'
import type { Exchange } from '../../exchange.ts'
import type { RestEngine } from '../rest-engine.ts'

/**
 * What validation has to say without refusing: told where the client wants an OperationOutcome.
 * @throws FhirError 422 with every issue, faults first
 */
export function checked(
  engine: Pick<RestEngine, 'registry' | 'profiles'>,
  exchange: Pick<Exchange, 'prefer'>,
  resource: JsonObject,
): readonly Issue[] {
  const warnings = exchange.prefer === 'OperationOutcome'
  const issues = validate(resource, engine.registry, { loaded: engine.profiles, warnings })
  const faults = issues.filter(isFault)
  const [first, ...rest] = faults
  if (first) throw new FhirError('unprocessable', [first, ...rest, ...issues.filter((i) => !isFault(i))])
  return issues
}

function isFault({ severity }: Issue): boolean {
  return severity === 'error' || severity === 'fatal'
}
