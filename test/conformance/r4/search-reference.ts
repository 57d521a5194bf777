/** @see https://hl7.org/fhir/R4/search.html#reference */
import { sameSet } from '../../support/conformance/check.ts'
import { clause, shared } from '../../support/conformance/clause.ts'
import { eachRow, found, populate } from '../../support/conformance/population.ts'
import { observation, patient } from '../../support/conformance/samples.ts'

const ABROAD = 'https://abroad.example/fhir/Patient/77'

const results = shared((context) =>
  populate(
    context,
    () => ({
      eve: patient(),
      adam: patient(),
      pump: { resourceType: 'Device' },
      crew: { resourceType: 'Group', type: 'person', actual: true },
    }),
    (id) => ({
      relative: observation({ subject: { reference: `Patient/${id('eve')}` } }),
      absolute: observation({ subject: { reference: `${context.fhir.base}/Patient/${id('eve')}` } }),
      versioned: observation({ subject: { reference: `Patient/${id('eve')}/_history/1` } }),
      adams: observation({ subject: { reference: `Patient/${id('adam')}` } }),
      device: observation({ subject: { reference: `Device/${id('pump')}` } }),
      group: observation({ subject: { reference: `Group/${id('crew')}` } }),
      abroad: observation({ subject: { reference: ABROAD } }),
      logical: observation({
        subject: { identifier: { system: 'https://conformance.example/ids', value: 'L1' }, type: 'Patient' },
      }),
      contained: observation({
        contained: [{ resourceType: 'Patient', id: 'p', name: [{ family: 'Inside' }] }],
        subject: { reference: '#p' },
      }),
      none: observation(),
    }),
  ),
)

const answers = shared((context) =>
  populate(context, () => ({
    plain: {
      resourceType: 'QuestionnaireResponse',
      status: 'completed',
      questionnaire: 'http://acme.example/Questionnaire/q',
    },
    v1: {
      resourceType: 'QuestionnaireResponse',
      status: 'completed',
      questionnaire: 'http://acme.example/Questionnaire/q|1',
    },
    v2: {
      resourceType: 'QuestionnaireResponse',
      status: 'completed',
      questionnaire: 'http://acme.example/Questionnaire/q|2',
    },
    other: {
      resourceType: 'QuestionnaireResponse',
      status: 'completed',
      questionnaire: 'http://acme.example/Questionnaire/q2',
    },
  })),
)

export const searchReference = clause('search-reference', 'search.html#reference', ({ must, should }) => {
  const eves = ['relative', 'absolute', 'versioned']
  eachRow(must, results, 'Observation', [
    ['subject=Patient/{eve}', eves, 'type and id'],
    ['subject={eve}', eves, 'the id alone'],
    ['subject:Patient={eve}', eves, 'the type as a modifier'],
    ['subject:Device={eve}', [], 'another type'],
    ['subject:Device={pump}', ['device']],
    ['subject=Device/{pump}', ['device']],
    ['subject=Device/{eve}', []],
    ['patient={eve}', eves, 'a parameter for one type alone'],
    ['patient=Patient/{eve}', eves],
    ['patient={pump}', [], 'another type does not match'],
    ['subject=Patient/{eve},Device/{pump}', [...eves, 'device'], 'OR'],
    [`subject=${ABROAD}`, ['abroad'], 'an address elsewhere'],
    ['subject=Patient/77', [], 'what is elsewhere is not here'],
    ['subject=Group/{crew}', ['group']],
    ['subject=Patient/nobody', []],
  ])
  eachRow(should, results, 'Observation', [
    ['subject:missing=true', ['none'], 'a reference without an address is a value'],
    ['subject:identifier=https://conformance.example/ids|L1', ['logical']],
    ['subject:identifier=L1', ['logical']],
    ['subject:identifier=https://conformance.example/other|L1', []],
  ])
  must('an absolute address of this server is the same as the relative one', async (context) => {
    const all = await results(context)
    sameSet(
      await found(context.fhir, all, 'Observation', `subject=${context.fhir.base}/Patient/${all.id('eve')}`),
      eves,
      'the same',
    )
  })
  eachRow(
    must,
    answers,
    'QuestionnaireResponse',
    [
      [
        'questionnaire=http://acme.example/Questionnaire/q',
        ['plain', 'v1', 'v2'],
        'a canonical of any version',
      ],
      ['questionnaire=http://acme.example/Questionnaire/q|1', ['v1'], 'of one version'],
      ['questionnaire=http://acme.example/Questionnaire/q2', ['other']],
      ['questionnaire=http://acme.example/Questionnaire', []],
    ],
    'references.html#canonical',
  )
})
