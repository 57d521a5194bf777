/**
 * CodeSystem/$lookup and CodeSystem/$subsumes.
 * @see https://hl7.org/fhir/R4/codesystem-operation-lookup.html, codesystem-operation-subsumes.html
 */
import { refusal } from '../../fhir/fhir-error.ts'
import { lookupParameters } from '../lookup.ts'
import { conceptOf, subsumption } from '../subsumes.ts'
import type { AskedCoding } from '../validate-code.ts'
import { askedCodings, readCoding, required } from './asked-codings.ts'
import { askedCodeSystem, knownCodeSystem } from './asked-value-set.ts'
import type { TerminologyOperation } from './operation.ts'
import type { OperationInputs } from './operation-inputs.ts'

export const lookupOperation: TerminologyOperation = {
  type: 'CodeSystem',
  name: 'lookup',
  instance: false,
  definition: 'http://hl7.org/fhir/OperationDefinition/CodeSystem-lookup',
  inputs: [
    { name: 'code', type: 'code', max: '1' },
    { name: 'system', type: 'uri', max: '1' },
    { name: 'version', type: 'string', max: '1' },
    { name: 'coding', type: 'Coding', max: '1' },
    { name: 'date', type: 'dateTime', max: '1', notSupported: true },
    { name: 'displayLanguage', type: 'code', max: '1' },
    { name: 'property', type: 'code', max: '*' },
  ],
  run({ source }, inputs) {
    const [coding] = askedCodings(inputs, 'version')
    if (!coding) throw required('code | coding')
    const system = knownCodeSystem(source, coding.system, coding.version)
    const concept = conceptOf(system, coding.code)
    return lookupParameters(system, concept, inputs.texts('property'), inputs.text('displayLanguage'))
  },
}

export const subsumesOperation: TerminologyOperation = {
  type: 'CodeSystem',
  name: 'subsumes',
  instance: true,
  definition: 'http://hl7.org/fhir/OperationDefinition/CodeSystem-subsumes',
  inputs: [
    { name: 'codeA', type: 'code', max: '1' },
    { name: 'codeB', type: 'code', max: '1' },
    { name: 'system', type: 'uri', max: '1' },
    { name: 'version', type: 'string', max: '1' },
    { name: 'codingA', type: 'Coding', max: '1' },
    { name: 'codingB', type: 'Coding', max: '1' },
  ],
  run({ source }, inputs, instance) {
    const a = inputs.object('codingA')
    const b = inputs.object('codingB')
    const named = a && b && !instance && inputs.text('system') === undefined ? readCoding(a) : undefined
    const system = named
      ? knownCodeSystem(source, named.system, named.version)
      : askedCodeSystem(source, inputs, 'system', instance)
    const outcome = subsumption(
      system,
      codeOf(inputs, 'A', system.url, system.version),
      codeOf(inputs, 'B', system.url, system.version),
    )
    return { resourceType: 'Parameters', parameter: [{ name: 'outcome', valueCode: outcome }] }
  },
}

function codeOf(inputs: OperationInputs, which: 'A' | 'B', url: string, version: string | undefined): string {
  const code = inputs.text(`code${which}`)
  const coding = inputs.object(`coding${which}`)
  if ((code === undefined) === (coding === undefined)) throw required(`code${which} | coding${which}`)
  if (!coding) return code ?? ''
  const read: AskedCoding = readCoding(coding, url)
  // How two systems, or two versions, relate is not known here.
  if (read.system !== url || (read.version !== undefined && read.version !== version))
    throw refusal('not-supported', 'non-pris-en-charge', { params: { what: `coding${which}.system` } })
  return read.code
}
