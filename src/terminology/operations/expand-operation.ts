/**
 * ValueSet/$expand.
 * @see https://hl7.org/fhir/R4/valueset-operation-expand.html
 */
import type { JsonObject } from '../../fhir/json.ts'
import { Effort } from '../effort.ts'
import { type ExpandOptions, expandSelection } from '../expand.ts'
import { expansionResource } from '../expansion.ts'
import { compileValueSet, type Surroundings } from '../selection.ts'
import { askedValueSet } from './asked-value-set.ts'
import type { TerminologyOperation } from './operation.ts'
import type { OperationInputs } from './operation-inputs.ts'

export const expandOperation: TerminologyOperation = {
  type: 'ValueSet',
  name: 'expand',
  instance: true,
  definition: 'http://hl7.org/fhir/OperationDefinition/ValueSet-expand',
  inputs: [
    { name: 'url', type: 'uri', max: '1' },
    { name: 'valueSet', type: 'ValueSet', max: '1' },
    { name: 'valueSetVersion', type: 'string', max: '1' },
    { name: 'context', type: 'uri', max: '1', notSupported: true },
    { name: 'contextDirection', type: 'code', max: '1', notSupported: true },
    { name: 'filter', type: 'string', max: '1' },
    { name: 'date', type: 'dateTime', max: '1', notSupported: true },
    { name: 'offset', type: 'integer', max: '1' },
    { name: 'count', type: 'integer', max: '1' },
    { name: 'includeDesignations', type: 'boolean', max: '1' },
    { name: 'designation', type: 'string', max: '*' },
    { name: 'includeDefinition', type: 'boolean', max: '1' },
    { name: 'activeOnly', type: 'boolean', max: '1' },
    { name: 'excludeNested', type: 'boolean', max: '1' },
    { name: 'excludeNotForUI', type: 'boolean', max: '1' },
    // Nothing here is post-coordinated, so that this leaves nothing out.
    { name: 'excludePostCoordinated', type: 'boolean', max: '1' },
    { name: 'displayLanguage', type: 'code', max: '1' },
    { name: 'exclude-system', type: 'canonical', max: '*', notSupported: true },
    { name: 'system-version', type: 'canonical', max: '*', notSupported: true },
    { name: 'check-system-version', type: 'canonical', max: '*', notSupported: true },
    { name: 'force-system-version', type: 'canonical', max: '*', notSupported: true },
  ],
  run({ source, now, expansionId }, inputs, instance) {
    const definition = askedValueSet(source, inputs, instance)
    const effort = new Effort()
    const around: Surroundings = { source, effort, used: new Set() }
    const selection = compileValueSet(definition, around)
    const expanded = expandSelection(selection, optionsOf(inputs), effort)
    const paged = inputs.whole('offset') !== undefined || inputs.whole('count') !== undefined
    return expansionResource(definition, expanded, around.used, source, {
      identifier: expansionId,
      now,
      parameters: repeated(inputs),
      offset: paged ? (inputs.whole('offset') ?? 0) : undefined,
      includeDefinition: inputs.flag('includeDefinition') ?? false,
      designations: wantedDesignations(inputs),
      language: inputs.text('displayLanguage'),
      nested: inputs.flag('excludeNested') === false && !paged,
    })
  },
}

function optionsOf(inputs: OperationInputs): ExpandOptions {
  const filter = inputs.text('filter')
  const offset = inputs.whole('offset')
  const count = inputs.whole('count')
  return {
    ...(filter === undefined ? {} : { filter }),
    ...(offset === undefined ? {} : { offset }),
    ...(count === undefined ? {} : { count }),
    activeOnly: inputs.flag('activeOnly') ?? false,
    excludeNotForUI: inputs.flag('excludeNotForUI') ?? false,
  }
}

/** Asking for one is asking for designations. */
function wantedDesignations(inputs: OperationInputs): readonly string[] | undefined {
  const named = inputs.texts('designation')
  if (named.length > 0) return named
  return inputs.flag('includeDesignations') ? [] : undefined
}

/** Of what an expansion says of itself, the value set is in the resource already. */
const notRepeated: ReadonlySet<string> = new Set(['url', 'valueSetVersion'])

function repeated(inputs: OperationInputs): readonly JsonObject[] {
  return [...inputs.primitives()]
    .filter(([name]) => !notRepeated.has(name))
    .map(([name, value]): JsonObject => {
      if (typeof value === 'boolean') return { name, valueBoolean: value }
      if (typeof value === 'number') return { name, valueInteger: value }
      return name === 'displayLanguage' ? { name, valueCode: value } : { name, valueString: value }
    })
}
