/** @see https://hl7.org/fhir/R4/search.html#chaining */
import { clause, shared } from '../../support/conformance/clause.ts'
import { eachRefused, eachRow, populate } from '../../support/conformance/population.ts'
import { observation, patient } from '../../support/conformance/samples.ts'

const world = shared((context) =>
  populate(
    context,
    () => ({ mother: { resourceType: 'Organization', name: 'Mother' } }),
    (id) => ({
      daughter: {
        resourceType: 'Organization',
        name: 'Daughter',
        partOf: { reference: `Organization/${id('mother')}` },
      },
    }),
    (id) => ({
      eve: patient({
        name: [{ family: 'Éve' }],
        gender: 'female',
        birthDate: '1980-01-01',
        managingOrganization: { reference: `Organization/${id('daughter')}` },
      }),
      adam: patient({
        name: [{ family: 'Adam' }],
        gender: 'male',
        birthDate: '1970-01-01',
        identifier: [{ system: 'https://conformance.example/c', value: 'adam' }],
      }),
      pump: { resourceType: 'Device', deviceName: [{ name: 'Eve', type: 'user-friendly-name' }] },
    }),
    (id) => ({
      e1: observation({ subject: { reference: `Patient/${id('eve')}` } }),
      e2: observation({
        subject: { reference: `${context.fhir.base}/Patient/${id('eve')}` },
        status: 'amended',
      }),
      a1: observation({ subject: { reference: `Patient/${id('adam')}` } }),
      d1: observation({ subject: { reference: `Device/${id('pump')}` } }),
      lost: observation({ subject: { reference: 'Patient/nobody' } }),
      none: observation(),
    }),
  ),
)

export const searchChain = clause('search-chain', 'search.html#chaining', ({ must, should, own }) => {
  eachRow(must, world, 'Observation', [
    ['subject:Patient.family=eve', ['e1', 'e2']],
    ['patient.family=eve', ['e1', 'e2'], 'the parameter has one type'],
    ['patient.family=eve&status=amended', ['e2']],
    ['patient.gender=male', ['a1'], 'a token'],
    ['patient.gender:not=male', ['e1', 'e2'], 'a modifier at the end'],
    ['patient.birthdate=lt1975', ['a1'], 'a date with a prefix'],
    ['patient.identifier=https://conformance.example/c|adam', ['a1']],
    ['patient.family:exact=eve', []],
    ['patient.family:exact=Éve', ['e1', 'e2']],
    ['patient.family=eve,adam', ['e1', 'e2', 'a1'], 'OR'],
    ['patient.gender=female&patient.birthdate=1980', ['e1', 'e2'], 'AND'],
    ['patient.gender=male&patient.birthdate=1980', []],
    ['subject:Device.device-name=eve', ['d1'], 'another type'],
    ['patient._id={eve}', ['e1', 'e2']],
    ['patient.organization.name=daughter', ['e1', 'e2'], 'two links'],
    ['patient.organization.partof.name=mother', ['e1', 'e2'], 'three links'],
    [
      'subject:Patient.organization:Organization.partof:Organization.name=mother',
      ['e1', 'e2'],
      'types named at each link',
    ],
    ['patient.organization={daughter}', ['e1', 'e2'], 'a reference at the end'],
    ['patient.organization.partof={mother}', ['e1', 'e2']],
    ['patient.organization:missing=true', ['a1'], 'missing at the end'],
    ['patient.family=nobody', []],
  ])
  eachRow(should, world, 'Observation', [
    ['subject.family=adam', ['a1'], 'the one type that has the parameter'],
  ])
  eachRow(must, world, 'Patient', [['organization.partof.name=mother', ['eve']]])
  eachRefused(must, world, 'Observation', [
    'patient.nonsense=1',
    'status.name=x',
    'subject:Nonsense.name=x',
    'patient.family:nonsense=x',
    'patient.=x',
    'subject:Organization.name=x',
  ])
  eachRefused(own, world, 'Observation', ['patient.family.name=x'])
})
