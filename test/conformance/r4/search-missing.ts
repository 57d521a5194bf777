/** @see https://hl7.org/fhir/R4/search.html#modifiers (missing) */
import { clause, shared } from '../../support/conformance/clause.ts'
import { eachRefused, eachRow, populate } from '../../support/conformance/population.ts'
import { observation, patient } from '../../support/conformance/samples.ts'

const people = shared((context) =>
  populate(context, () => ({
    full: patient({
      gender: 'male',
      birthDate: '1980',
      name: [{ family: 'F', given: ['G'] }],
      identifier: [{ value: 'i' }],
      active: false,
      generalPractitioner: [{ reference: 'Practitioner/x' }],
    }),
    empty: { resourceType: 'Patient' },
  })),
)

const results = shared((context) =>
  populate(context, () => ({
    full: observation({
      valueQuantity: { value: 1 },
      effectiveDateTime: '2020',
      subject: { reference: 'Patient/x' },
    }),
    empty: observation(),
    string: observation({ valueString: 'x' }),
  })),
)

export const searchMissing = clause('search-missing', 'search.html#modifiers', ({ must }) => {
  for (const name of [
    'gender',
    'birthdate',
    'family',
    'given',
    'name',
    'identifier',
    'active',
    'general-practitioner',
  ]) {
    eachRow(must, people, 'Patient', [
      [`${name}:missing=true`, ['empty']],
      [`${name}:missing=false`, ['full']],
    ])
  }
  eachRow(must, results, 'Observation', [
    ['value-quantity:missing=true', ['empty', 'string']],
    ['value-quantity:missing=false', ['full']],
    ['value-string:missing=false', ['string']],
    ['date:missing=true', ['empty', 'string']],
    ['subject:missing=true', ['empty', 'string']],
    ['code:missing=true', []],
    ['subject:missing=true&value-string:missing=false', ['string']],
  ])
  eachRefused(must, people, 'Patient', ['gender:missing=nonsense', 'gender:missing=', 'name:missing=TRUE1'])
})
