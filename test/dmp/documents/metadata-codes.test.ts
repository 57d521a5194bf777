/** Value sets of the DMP, spellings of code systems, and the two discriminators of identifiers: each told from the other. */
import type { CodeableConcept, Coding, DocumentReference } from '@medplum/fhirtypes'
import t from 'tap'
import { outsideValueSet } from '../../../src/dmp/codes/value-set-check.ts'
import {
  identifierTypeSystem,
  withBothDiscriminators,
  withUsesOfTypes,
} from '../../../src/dmp/documents/document-identifiers.ts'
import { checkMetadataCodes } from '../../../src/dmp/documents/metadata-codes.ts'
import { readSecurityLabels } from '../../../src/dmp/documents/security-labels.ts'
import { wording } from '../../../src/fhir/error-catalogue.ts'
import type { Uuid } from '../../../src/fhir/id.ts'
import type { JsonObject } from '../../../src/fhir/json.ts'
import fc from '../../support/draws.ts'
import { terminology } from '../../support/profiles.ts'

const nos = (table: string): string =>
  `https://mos.esante.gouv.fr/NOS/${table}/FHIR/${table.replaceAll('_', '-')}`
const concept = (system: string, code: string, display?: string): CodeableConcept => ({
  coding: [{ system, code, ...(display === undefined ? {} : { display }) }],
})
const sector = nos('TRE_R02-SecteurActivite')
const frame = nos('TRE_A01-CadreExercice')
const producers = nos('TRE_A00-ProducteurDocNonPS')
const formats = nos('TRE_A06-FormatCodeComplementaire')

type Parts = {
  readonly format?: Coding
  readonly context?: DocumentReference['context']
  readonly author?: 'ps' | 'patient' | 'device'
}

function document({ format, context, author = 'ps' }: Parts): DocumentReference {
  const identifier = {
    ps: { system: 'urn:oid:1.2.250.1.71.4.2.1', value: '899700000005' },
    patient: { system: 'urn:oid:1.2.250.1.213.1.4.8', value: '279035121518989' },
    device: { system: 'urn:oid:1.2.3', value: 'x' },
  }[author]
  return {
    resourceType: 'DocumentReference',
    status: 'current',
    author: [{ identifier }],
    content: [{ attachment: {}, ...(format ? { format } : {}) }],
    ...(context ? { context } : {}),
  }
}

const faults = (parts: Parts): string[] =>
  checkMetadataCodes(document(parts), terminology).map(({ error, expression, params }) =>
    `${error} ${expression} ${params?.expected ?? params?.system ?? ''}`.trim(),
  )

t.test('formats, facilities and settings are of the value sets of the DMP', async (t) => {
  const at = 'DocumentReference.content[0].format'
  const facility = 'DocumentReference.context.facilityType'
  const setting = 'DocumentReference.context.practiceSetting'
  const right = { system: formats, code: 'urn:asip:ci-sis:ldl-ses:2017' }
  t.same(faults({}), [], 'what is absent is the profile’s to ask for')
  t.same(faults({ format: right }), [])
  t.same(faults({ format: { ...right, system: 'urn:oid:1.2.250.1.213.1.1.4.2.282' } }), [], 'by OID')
  t.same(faults({ format: { ...right, code: 'urn:asip:ci-sis:ldl-ses:2022' } }), [`code-non-admis ${at}`])
  t.same(
    faults({ format: { ...right, system: 'http://ihe.net/fhir/ihe.formatcode.fhir/CodeSystem/formatcode' } }),
    [`code-autre-systeme ${at} urn:asip:ci-sis:ldl-ses:2017`],
  )
  const pdf = {
    system: 'https://profiles.ihe.net/fhir/ihe.formatcode.fhir/CodeSystem/formatcode',
    code: 'urn:ihe:iti:xds-sd:pdf:2008',
  }
  t.same(faults({ format: pdf }), [], 'IHE’s own URL for TRE_A11')
  t.same(faults({ context: { facilityType: concept(sector, 'SA01') } }), [])
  t.same(faults({ context: { facilityType: concept('http://snomed.info/sct', '22232009', 'Hospital') } }), [
    `code-non-admis ${facility}`,
  ])
  t.same(
    faults({
      context: { facilityType: concept('http://snomed.info/sct', 'H', 'etablissement PUBLIC de sante') },
    }),
    [`code-par-libelle ${facility} SA01`],
    'the words alone are right, whatever their accents',
  )
  t.same(
    faults({ context: { facilityType: { text: 'Hôpital' } } }),
    [`code-non-admis ${facility}`],
    'words alone',
  )
  t.same(
    faults({ context: { facilityType: { coding: [{ code: 'x' }, { system: sector, code: 'SA07' }] } } }),
    [],
    'a coding of another table beside it',
  )
  t.same(faults({ context: { practiceSetting: concept(frame, 'AMBULATOIRE') } }), [])
  t.same(
    faults({ context: { practiceSetting: concept(sector, 'SA07') } }),
    [],
    'TRE_R02, as the rule of PDSm says',
  )
  t.same(faults({ context: { practiceSetting: concept('http://snomed.info/sct', '394802001') } }), [
    `code-non-admis ${setting}`,
  ])
  const [fault] = checkMetadataCodes(document({ format: { ...right, code: 'autre chose' } }), terminology)
  if (!fault) return t.fail('no fault')
  t.match(
    wording(fault.error, 'fr', fault.params),
    /\? n’est pas de JDV_J60 \(20260928120000\)/,
    'what is no code is not repeated',
  )
})

t.test('what patients produce and what professionals do', async (t) => {
  const facilityType = concept(producers, 'EXP_PATIENT')
  t.same(faults({ author: 'patient', context: { facilityType } }), [])
  t.same(faults({ context: { facilityType } }), [
    'producteur-professionnel DocumentReference.context.facilityType',
  ])
  t.same(faults({ author: 'patient', context: { facilityType: concept(sector, 'SA07') } }), [
    'producteur-patient DocumentReference.context.facilityType',
  ])
  t.same(faults({ author: 'device', context: { facilityType } }), [], 'an equipment may be either’s')
  t.same(faults({ author: 'device', context: { facilityType: concept(sector, 'SA07') } }), [])
})

t.test('events: CCAM and CIM-10 by their form, anything else as it is', async (t) => {
  const of = (...event: CodeableConcept[]): string[] => faults({ context: { event } })
  t.same(
    of(concept('urn:oid:1.2.250.1.213.2.5', 'HHFA001'), concept('urn:oid:2.16.840.1.113883.6.3', 'J18.9')),
    [],
  )
  t.same(of(concept('http://hl7.org/fhir/sid/icd-10', 'E11')), [])
  t.same(of(concept('http://terminology.hl7.org/CodeSystem/v3-ActCode', 'IMP')), [])
  t.same(of(concept('http://loinc.org', 'x'), concept('urn:oid:1.2.250.1.213.2.5', 'HHF')), [
    'code-mal-forme DocumentReference.context.event[1]',
  ])
  t.same(of(concept('urn:oid:2.16.840.1.113883.6.3', '189')), [
    'code-mal-forme DocumentReference.context.event[0]',
  ])
})

t.test('every concept of every table is in its value set, by each spelling of its system', async (t) => {
  const tables = [
    terminology.formats,
    terminology.facilityTypes,
    terminology.practiceSettings,
    terminology.contentTypes,
  ]
  let spelt = 0
  for (const table of tables) {
    for (const { system, code } of table.concepts) {
      t.same(outsideValueSet([{ system, code }], table, 'x'), [])
      const canonical = terminology.systems.canonical(system)
      if (canonical !== system) spelt++
      t.same(outsideValueSet([{ system: canonical, code }], table, 'x'), [])
    }
  }
  t.ok(spelt > 0, 'some table writes another spelling than the canonical')
})

t.test('spellings of code systems: one canonical name, which is its own', async (t) => {
  const { canonical, same, urlOf } = terminology.systems
  const loinc = 'http://loinc.org'
  const a07 = nos('TRE_A07-StatutVisibiliteDocument')
  const a11 = nos('TRE_A11-IheFormatCode')
  const pairs: readonly (readonly [spelling: string, name: string])[] = [
    ['urn:oid:2.16.840.1.113883.6.1', loinc],
    ['2.16.840.1.113883.6.1', loinc],
    ['urn:oid:1.2.250.1.213.1.1.4.13', a07],
    [nos('TRE_A07-StatusVisibiliteDocument'), a07],
    ['http://ihe.net/fhir/ihe.formatcode.fhir/CodeSystem/formatcode', a11],
    ['http://profiles.ihe.net/fhir/ihe.formatcode.fhir/CodeSystem/formatcode', a11],
    ['https://profiles.ihe.net/fhir/ihe.formatcode.fhir/CodeSystem/formatcode', a11],
    ['urn:oid:1.3.6.1.4.1.19376.1.2.3', a11],
    [nos('TRE_A09-DICOMuidRegistry'), nos('TRE_A09-DICOMuidRegistry')],
    ['urn:oid:1.2.840.10008.2.6.1', nos('TRE_A09-DICOMuidRegistry')],
    ['urn:oid:URN', nos('TRE_A10-NomenclatureURN')],
    ['urn:oid:ASTM', nos('TRE_A12-NomenclatureASTM')],
    ['http://terminology.hl7.org/CodeSystem/v3-Confidentiality', nos('TRE_A08-HL7Confidentiality')],
    [
      'http://profiles.ihe.net/ITI/MHD/CodeSystem/MHDlistTypes',
      'https://profiles.ihe.net/ITI/MHD/CodeSystem/MHDlistTypes',
    ],
    ['urn:oid:1.2.3.4', 'urn:oid:1.2.3.4'],
    ['http://example.org/x', 'http://example.org/x'],
  ]
  for (const [spelling, name] of pairs) {
    t.equal(canonical(spelling), name, spelling)
    t.equal(canonical(name), name, `${name} is its own`)
    t.ok(same(spelling, name))
  }
  t.equal(urlOf('1.2.3.4'), 'urn:oid:1.2.3.4')
  t.notOk(same(loinc, a07))
  const misspelt = { coding: [{ system: nos('TRE_A07-StatusVisibiliteDocument'), code: 'MASQUE_PS' }] }
  t.ok(
    readSecurityLabels([misspelt]).labels.masked,
    'a label in the misspelt system hides as one in the right one',
  )
})

const uuid = '01987f2a-0000-7000-8000-000000000001' as Uuid
const typed = (code: string): JsonObject => ({ coding: [{ system: identifierTypeSystem, code }] })

t.test('identifiers have both discriminators when they are stored', async (t) => {
  const sent: JsonObject = {
    resourceType: 'DocumentReference',
    masterIdentifier: { system: 'urn:ietf:rfc:3986', value: 'urn:oid:1.2.3' },
    identifier: [
      { use: 'official', system: 'urn:ietf:rfc:3986', value: 'urn:uuid:b' },
      { use: 'usual', system: 'http://example.org', value: '1' },
      { type: typed('entryUUID'), system: 'urn:ietf:rfc:3986', value: 'urn:uuid:c' },
      { use: 'official', system: 'urn:oid:1.2.250.1', value: '42' },
    ],
  }
  t.same(withBothDiscriminators(sent, uuid), {
    resourceType: 'DocumentReference',
    masterIdentifier: {
      use: 'usual',
      type: typed('uniqueId'),
      system: 'urn:ietf:rfc:3986',
      value: 'urn:oid:1.2.3',
    },
    identifier: [
      { use: 'official', type: typed('entryUUID'), system: 'urn:ietf:rfc:3986', value: 'urn:uuid:b' },
      { use: 'usual', system: 'http://example.org', value: '1' },
      { use: 'official', type: typed('entryUUID'), system: 'urn:ietf:rfc:3986', value: 'urn:uuid:c' },
      { use: 'official', system: 'urn:oid:1.2.250.1', value: '42' },
    ],
  })
  t.match(withBothDiscriminators({ resourceType: 'DocumentReference' }, uuid), {
    identifier: [{ use: 'official', type: typed('entryUUID'), value: `urn:uuid:${uuid}` }],
  })
  t.match(
    withBothDiscriminators(
      { resourceType: 'List', identifier: [{ use: 'usual', value: 'urn:oid:1.2' }] },
      uuid,
    ),
    {
      identifier: [{ use: 'usual', type: typed('uniqueId') }, { value: `urn:uuid:${uuid}` }],
    },
  )
  t.same(
    withUsesOfTypes({ masterIdentifier: { type: typed('uniqueId'), value: 'x' } }),
    { masterIdentifier: { use: 'usual', type: typed('uniqueId'), value: 'x' } },
    'a sender of MHD 4.2.4',
  )
  t.same(withUsesOfTypes({ masterIdentifier: { value: 'x' } }), { masterIdentifier: { value: 'x' } })
})

t.test('completing what is complete changes nothing', async (t) => {
  const identifier = fc.record(
    {
      use: fc.constantFrom('usual', 'official', 'old'),
      type: fc.constantFrom(typed('uniqueId'), typed('entryUUID'), { text: 'autre' }),
      system: fc.constant('urn:ietf:rfc:3986'),
      value: fc.constantFrom('urn:uuid:a', 'urn:oid:1.2.3', 'x'),
    },
    { requiredKeys: ['value'] },
  )
  const resource = fc.record(
    {
      resourceType: fc.constantFrom('DocumentReference', 'List'),
      masterIdentifier: identifier,
      identifier: fc.array(identifier, { maxLength: 3 }),
    },
    { requiredKeys: ['resourceType'] },
  )
  let changed = 0
  fc.assert(
    fc.property(resource, (sent) => {
      const json: JsonObject = JSON.parse(JSON.stringify(sent))
      const once = withBothDiscriminators(json, uuid)
      if (JSON.stringify(once) !== JSON.stringify(json)) changed++
      t.same(withBothDiscriminators(once, uuid), once)
    }),
    { numRuns: 300 },
  )
  t.ok(changed > 100, 'not vacuous')
})
