/**
 * The ValueSet or CodeSystem an operation works on: the one it is invoked on, the one sent along, or one by its URL.
 * @see https://hl7.org/fhir/R4/valueset-operation-expand.html
 */
import type { JsonObject } from '../../fhir/json.ts'
import { type CodeSource, parseCanonical } from '../code-source.ts'
import { type CodeSystemIndex, indexCodeSystem } from '../code-system-index.ts'
import { noCodeSystem, unknownValueSet } from '../selection.ts'
import { required } from './asked-codings.ts'
import type { OperationInputs } from './operation-inputs.ts'

/** @throws FhirError when it is given in no way or in two, or is not known here */
export function askedValueSet(
  source: CodeSource,
  inputs: OperationInputs,
  instance?: JsonObject,
): JsonObject {
  const sent = inputs.object('valueSet')
  const canonical = inputs.text('url')
  onlyOne([instance, sent, canonical], 'url | valueSet')
  if (canonical === undefined) return instance ?? sent ?? {}
  const { url, version } = parseCanonical(canonical)
  const found = source.valueSet(url, version ?? inputs.text('valueSetVersion'))
  if (!found) throw unknownValueSet(canonical)
  return found
}

/** @throws FhirError when it is given in no way or in two, or is not known here */
export function askedCodeSystem(
  source: CodeSource,
  inputs: OperationInputs,
  urlName: 'url' | 'system',
  instance?: JsonObject,
): CodeSystemIndex {
  const sent = inputs.object('codeSystem')
  const canonical = inputs.text(urlName)
  onlyOne([instance, sent, canonical], urlName)
  const given = instance ?? sent
  if (given) return indexCodeSystem(given)
  return knownCodeSystem(source, canonical ?? '', inputs.text('version'))
}

/** @throws FhirError when there is none of that URL and version */
export function knownCodeSystem(source: CodeSource, canonical: string, version?: string): CodeSystemIndex {
  const { url, version: ofUrl } = parseCanonical(canonical)
  const wanted = ofUrl ?? version
  const found = source.codeSystem(url, wanted)
  if (!found) throw noCodeSystem(url, wanted)
  return found
}

function onlyOne(given: readonly unknown[], name: string): void {
  if (given.filter((value) => value !== undefined).length !== 1) throw required(name)
}
