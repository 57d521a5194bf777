/**
 * What an operation is asked about: a code with its system, a Coding, or the codings of a CodeableConcept; one of them.
 * @see https://hl7.org/fhir/R4/valueset-operation-validate-code.html
 */
import { refusal } from '../../fhir/fhir-error.ts'
import type { JsonObject } from '../../fhir/json.ts'
import { objectsOf, textOf } from '../element.ts'
import type { AskedCoding } from '../validate-code.ts'
import type { OperationInputs } from './operation-inputs.ts'

const MAX_CODINGS = 100

/**
 * @param versionName what the operation calls the version of the system: `systemVersion` or `version`
 * @param ownSystem the system when the request need not name it: a CodeSystem is asked about its own codes
 * @throws FhirError when none is given, or more than one, or a code without a system
 */
export function askedCodings(
  inputs: OperationInputs,
  versionName: string,
  ownSystem?: string,
): readonly AskedCoding[] {
  const code = inputs.text('code')
  const coding = inputs.object('coding')
  const concept = inputs.object('codeableConcept')
  if ([code, coding, concept].filter((given) => given !== undefined).length !== 1)
    throw required('code | coding | codeableConcept')
  if (code !== undefined) {
    const system = ownSystem ?? inputs.text('system')
    if (system === undefined) throw required('system')
    return [asked(system, code, inputs.text(versionName), inputs.text('display'))]
  }
  const codings = concept ? objectsOf(concept, 'coding') : coding ? [coding] : []
  if (codings.length === 0) throw required('codeableConcept.coding')
  if (codings.length > MAX_CODINGS)
    throw refusal('invalid', 'trop-long', { params: { what: 'codeableConcept.coding', limit: MAX_CODINGS } })
  return codings.map((given) => readCoding(given, ownSystem))
}

export function readCoding(coding: JsonObject, ownSystem?: string): AskedCoding {
  const code = textOf(coding, 'code')
  // A coding without a system is of no system, and so valid nowhere; of a code system's own it may leave it out.
  const system = textOf(coding, 'system') ?? ownSystem
  if (code === undefined) throw required('coding.code')
  if (system === undefined) throw required('coding.system')
  return asked(system, code, textOf(coding, 'version'), textOf(coding, 'display'))
}

function asked(system: string, code: string, version?: string, display?: string): AskedCoding {
  return {
    system,
    code,
    ...(version === undefined ? {} : { version }),
    ...(display === undefined ? {} : { display }),
  }
}

export function required(name: string): Error {
  return refusal('required', 'parametre-requis', { params: { name } })
}
