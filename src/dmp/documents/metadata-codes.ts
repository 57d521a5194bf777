/**
 * Codes of a document's metadata that PDSm binds in words alone, restricted to the value sets of the DMP: format (JDV_J60),
 * facility type (JDV_J61), practice setting (JDV_J04 for JDV_J62), event. Type and class are D5's
 * (document-type-check.ts), labels V1's (security-labels.ts).
 *
 * A code of an other table is one fault, which says what to send instead where that can be told.
 * Not checked: displays of codes that are right, codings beside one that is right, and the code systems of events but for
 * CCAM, CIM-10 and TRE_A00 ("other" is allowed).
 * @see PDSm 3.1.1, rules constr-bind-format, constr-bind-ProducteurDoc, constr-bind-context-event; docs/profiles.md
 */
import type { CodeableConcept, DocumentReference } from '@medplum/fhirtypes'
import type { Issue } from '../../fhir/issue.ts'
import type { CodeTable, Concept } from '../codes/code-table.ts'
import type { Terminology } from '../codes/terminology.ts'
import { outsideValueSet, toldCode } from '../codes/value-set-check.ts'
import { authorsOf } from './document-authors.ts'

/** TRE_A00: what patients, and services that are no professionals, produce. */
const NOT_OF_PROFESSIONALS =
  'https://mos.esante.gouv.fr/NOS/TRE_A00-ProducteurDocNonPS/FHIR/TRE-A00-ProducteurDocNonPS'
const CCAM = '1.2.250.1.213.2.5'
const ICD10 = '2.16.840.1.113883.6.3'

type Codes = Pick<Terminology, 'formats' | 'facilityTypes' | 'practiceSettings' | 'systems'>

export function checkMetadataCodes(document: DocumentReference, codes: Codes): Issue[] {
  const { format } = document.content[0] ?? {}
  const { facilityType, practiceSetting, event } = document.context ?? {}
  return [
    ...(format ? outsideValueSet([format], codes.formats, 'DocumentReference.content[0].format') : []),
    ...producer(document, facilityType, codes.facilityTypes, 'facilityType', codes),
    // The rule of PDSm names the tables of facilities for the setting too: either is a code one may send.
    ...producer(
      document,
      practiceSetting,
      codes.practiceSettings,
      'practiceSetting',
      codes,
      codes.facilityTypes,
    ),
    ...(event ?? []).flatMap((concept, i) =>
      eventFaults(concept, `DocumentReference.context.event[${i}]`, codes),
    ),
  ]
}

function producer(
  document: DocumentReference,
  concept: CodeableConcept | undefined,
  table: CodeTable,
  name: 'facilityType' | 'practiceSetting',
  { systems }: Codes,
  also?: CodeTable,
): Issue[] {
  if (!concept) return []
  const expression = `DocumentReference.context.${name}`
  const codings = concept.coding ?? []
  if (codings.some((coding) => also?.find(coding)) && !codings.some((coding) => table.find(coding))) return []
  const faults = outsideValueSet(codings, table, expression)
  if (faults.length > 0) return faults
  const { patient, ids, structures } = authorsOf(document)
  const professional = ids.length > 0 || structures.length > 0
  const found = codings.map((coding) => table.find(coding)).filter((known) => known !== undefined)
  const isPatients = (known: Concept): boolean => systems.same(known.system, NOT_OF_PROFESSIONALS)
  // Neither is an equipment, which is the patient's or a professional's: both are taken from it.
  if (patient === professional || found.some((known) => isPatients(known) === patient)) return []
  return [
    {
      severity: 'error',
      type: 'business-rule',
      error: patient ? 'producteur-patient' : 'producteur-professionnel',
      params: { name: expression, valueSet: table.name, version: table.version },
      expression,
    },
  ]
}

function eventFaults({ coding = [] }: CodeableConcept, expression: string, { systems }: Codes): Issue[] {
  const malformed = coding.find(({ system = '', code = '' }) => {
    if (systems.same(system, CCAM)) return !/^[A-Z]{4}\d{3}(?:-\d\d)?$/.test(code)
    return systems.same(system, ICD10) && !/^[A-Z]\d{2}(?:\.?[0-9+A-Z-]{1,6})?$/.test(code)
  })
  if (!malformed) return []
  const params = { name: expression, code: toldCode(malformed.code) }
  return [{ severity: 'error', type: 'code-invalid', error: 'code-mal-forme', params, expression }]
}
