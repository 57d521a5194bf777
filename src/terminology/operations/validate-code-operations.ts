/**
 * ValueSet/$validate-code and CodeSystem/$validate-code.
 * @see https://hl7.org/fhir/R4/valueset-operation-validate-code.html, codesystem-operation-validate-code.html
 */
import type { JsonObject } from '../../fhir/json.ts'
import { Effort } from '../effort.ts'
import { compileValueSet } from '../selection.ts'
import { type CodeChecking, type CodeResult, inCodeSystem, inValueSet } from '../validate-code.ts'
import { askedCodings } from './asked-codings.ts'
import { askedCodeSystem, askedValueSet } from './asked-value-set.ts'
import type { OperationSetting, TerminologyOperation } from './operation.ts'
import type { OperationInput, OperationInputs } from './operation-inputs.ts'

const shared: readonly OperationInput[] = [
  { name: 'display', type: 'string', max: '1' },
  { name: 'coding', type: 'Coding', max: '1' },
  { name: 'codeableConcept', type: 'CodeableConcept', max: '1' },
  { name: 'date', type: 'dateTime', max: '1', notSupported: true },
  { name: 'abstract', type: 'boolean', max: '1' },
  { name: 'displayLanguage', type: 'code', max: '1' },
]

export const validateCodeInValueSet: TerminologyOperation = {
  type: 'ValueSet',
  name: 'validate-code',
  instance: true,
  definition: 'http://hl7.org/fhir/OperationDefinition/ValueSet-validate-code',
  inputs: [
    { name: 'url', type: 'uri', max: '1' },
    { name: 'context', type: 'uri', max: '1', notSupported: true },
    { name: 'valueSet', type: 'ValueSet', max: '1' },
    { name: 'valueSetVersion', type: 'string', max: '1' },
    { name: 'code', type: 'code', max: '1' },
    { name: 'system', type: 'uri', max: '1' },
    { name: 'systemVersion', type: 'string', max: '1' },
    ...shared,
  ],
  run(setting, inputs, instance) {
    const { source } = setting
    const codings = askedCodings(inputs, 'systemVersion')
    const definition = askedValueSet(source, inputs, instance)
    const selection = compileValueSet(definition, { source, effort: new Effort(), used: new Set() })
    return parameters(inValueSet(codings, selection, source, checking(setting, inputs)))
  },
}

export const validateCodeInCodeSystem: TerminologyOperation = {
  type: 'CodeSystem',
  name: 'validate-code',
  instance: true,
  definition: 'http://hl7.org/fhir/OperationDefinition/CodeSystem-validate-code',
  inputs: [
    { name: 'url', type: 'uri', max: '1' },
    { name: 'codeSystem', type: 'CodeSystem', max: '1' },
    { name: 'code', type: 'code', max: '1' },
    { name: 'version', type: 'string', max: '1' },
    ...shared,
  ],
  run(setting, inputs, instance) {
    const index = askedCodeSystem(setting.source, inputs, 'url', instance)
    const codings = askedCodings(inputs, 'version', index.url)
    return parameters(inCodeSystem(codings, index, checking(setting, inputs)))
  },
}

function checking({ language }: OperationSetting, inputs: OperationInputs): CodeChecking {
  const displayLanguage = inputs.text('displayLanguage')
  const abstract = inputs.flag('abstract')
  return {
    language,
    ...(displayLanguage === undefined ? {} : { displayLanguage }),
    ...(abstract === undefined ? {} : { abstract }),
  }
}

function parameters({ result, message, display }: CodeResult): JsonObject {
  return {
    resourceType: 'Parameters',
    parameter: [
      { name: 'result', valueBoolean: result },
      ...(message === undefined ? [] : [{ name: 'message', valueString: message }]),
      ...(display === undefined ? [] : [{ name: 'display', valueString: display }]),
    ],
  }
}
