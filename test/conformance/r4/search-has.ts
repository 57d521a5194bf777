/** Reverse chaining. @see https://hl7.org/fhir/R4/search.html#has */
import { clause, shared } from '../../support/conformance/clause.ts'
import { eachRefused, eachRow, populate } from '../../support/conformance/population.ts'
import { concept, observation, patient } from '../../support/conformance/samples.ts'

const world = shared((context) =>
  populate(
    context,
    () => ({
      eve: patient({ gender: 'female' }),
      adam: patient({ gender: 'male' }),
      cain: patient({ gender: 'male' }),
    }),
    (id) => ({
      o1: observation({
        subject: { reference: `Patient/${id('eve')}` },
        code: concept('x'),
        status: 'final',
      }),
      o2: observation({
        subject: { reference: `Patient/${id('eve')}` },
        code: concept('y'),
        status: 'amended',
      }),
      o3: observation({
        subject: { reference: `Patient/${id('adam')}` },
        code: concept('x'),
        status: 'amended',
        valueQuantity: { value: 12 },
      }),
      crew: {
        resourceType: 'Group',
        type: 'person',
        actual: true,
        code: concept('crew'),
        member: [
          { entity: { reference: `Patient/${id('adam')}` } },
          { entity: { reference: `Patient/${id('cain')}` } },
        ],
      },
      visit: {
        resourceType: 'Encounter',
        status: 'finished',
        class: { code: 'AMB' },
        subject: { reference: `Patient/${id('cain')}` },
      },
    }),
    (id) => ({
      report: {
        resourceType: 'DiagnosticReport',
        status: 'final',
        code: concept('rep'),
        result: [{ reference: `Observation/${id('o3')}` }],
      },
    }),
  ),
)

export const searchHas = clause('search-has', 'search.html#has', ({ must }) => {
  eachRow(must, world, 'Patient', [
    ['_has:Observation:patient:code=x', ['eve', 'adam']],
    ['_has:Observation:patient:code=y', ['eve']],
    ['_has:Observation:subject:code=x', ['eve', 'adam'], 'a reference of several types'],
    ['_has:Observation:patient:code=x&gender=male', ['adam']],
    [
      '_has:Observation:patient:code=x&_has:Observation:patient:status=amended',
      ['eve', 'adam'],
      'two conditions, perhaps on two resources',
    ],
    ['_has:Observation:patient:code=x&_has:Group:member:code=crew', ['adam'], 'AND of two types'],
    ['_has:Observation:patient:code=x,y', ['eve', 'adam'], 'OR'],
    ['_has:Observation:patient:value-quantity=gt10', ['adam']],
    ['_has:Observation:patient:code:not=x', ['eve'], 'a modifier: an observation that is not x'],
    ['_has:Observation:patient:_id={o1}', ['eve']],
    ['_has:Group:member:_id={crew}', ['adam', 'cain']],
    ['_has:Observation:patient:_has:DiagnosticReport:result:code=rep', ['adam'], 'nested'],
    ['_has:Observation:patient:code=nonsense', []],
    ['_has:Observation:performer:code=x', [], 'the reference that is named'],
  ])
  eachRow(must, world, 'Encounter', [
    ['patient._has:Group:member:code=crew', ['visit'], 'at the end of a chain'],
  ])
  eachRefused(must, world, 'Patient', [
    '_has:Observation:patient:nonsense=x',
    '_has:Nonsense:patient:code=x',
    '_has:Observation:nonsense:code=x',
    '_has:Observation:code:status=x',
    '_has:Observation=x',
    '_has=x',
    '_has:Observation:encounter:code=x',
  ])
})
