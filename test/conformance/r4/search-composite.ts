/** @see https://hl7.org/fhir/R4/search.html#composite */
import type { Group, Observation } from '@medplum/fhirtypes'
import { clause, shared } from '../../support/conformance/clause.ts'
import { eachRefused, eachRow, populate } from '../../support/conformance/population.ts'
import { CODES, concept, observation } from '../../support/conformance/samples.ts'

const UCUM = 'http://unitsofmeasure.org'
const UNCODED = 'https://example.org/without-codes'
const quantity = (value: number) => ({ value, system: UCUM, code: 'mm[Hg]' })
const pressure = (high: number, low: number): Observation =>
  observation({
    code: concept('bp'),
    component: [
      { code: concept('sys'), valueQuantity: quantity(high) },
      { code: concept('dia'), valueQuantity: quantity(low) },
    ],
  })
const group = (...traits: readonly (readonly [string, string])[]): Group => ({
  resourceType: 'Group',
  type: 'person',
  actual: false,
  characteristic: traits.map(([code, value]) => ({
    code: concept(code),
    valueCodeableConcept: concept(value),
    exclude: false,
  })),
})

const results = shared((context) =>
  populate(context, () => ({
    high: pressure(180, 100),
    normal: pressure(120, 80),
    swapped: pressure(80, 120),
    pulse: observation({
      code: concept('pulse'),
      valueQuantity: { value: 70, system: UCUM, code: '/min' },
      effectiveDateTime: '2020-05-05',
    }),
    fast: observation({
      code: concept('pulse'),
      valueQuantity: { value: 150, system: UCUM, code: '/min' },
      effectiveDateTime: '2021-05-05',
    }),
    other: observation({ code: concept('temp'), valueQuantity: { value: 70, system: UCUM, code: '/min' } }),
    uncoded: observation({
      code: { coding: [{ system: UNCODED, display: 'of a system without codes' }] },
      valueQuantity: quantity(7),
    }),
    coded: observation({ code: concept('colour'), valueCodeableConcept: concept('red') }),
    coded2: observation({ code: concept('shape'), valueCodeableConcept: concept('round') }),
  })),
)

const groups = shared((context) =>
  populate(context, () => ({
    match: group(['gender', 'mixed'], ['owner', 'mine']),
    crossed: group(['gender', 'mine'], ['owner', 'mixed']),
  })),
)

export const searchComposite = clause('search-composite', 'search.html#composite', ({ must }) => {
  eachRow(must, results, 'Observation', [
    ['code-value-quantity=pulse$70', ['pulse']],
    ['code-value-quantity=pulse$gt100', ['fast'], 'a prefix within'],
    [`code-value-quantity=${CODES}|pulse$ge70|${UCUM}|/min`, ['pulse', 'fast']],
    ['code-value-quantity=pulse$70,temp$70', ['pulse', 'other'], 'OR'],
    ['code-value-quantity=shape$70', []],
    [`code-value-quantity=${UNCODED}|$7`, ['uncoded'], 'a system alone, of a coding without a code'],
    [`code-value-quantity=${UNCODED}|$8`, []],
    ['component-code-value-quantity=sys$120', ['normal'], 'both in one component'],
    ['component-code-value-quantity=dia$120', ['swapped']],
    ['component-code-value-quantity=sys$gt100', ['high', 'normal']],
    ['component-code-value-quantity=sys$ge120&component-code-value-quantity=dia$lt90', ['normal'], 'AND'],
    ['combo-code-value-quantity=sys$180,pulse$70', ['high', 'pulse'], 'the whole or a component'],
    ['code-value-concept=colour$red', ['coded']],
    [`code-value-concept=${CODES}|colour$${CODES}|red`, ['coded']],
    ['code-value-concept=colour$round', []],
    ['code-value-date=pulse$2020', [], 'no dateTime value: nothing'],
  ])
  eachRow(must, groups, 'Group', [
    ['characteristic-value=gender$mixed', ['match'], 'the example of the specification'],
    ['characteristic-value=gender$mine', ['crossed']],
    ['characteristic=gender&value=mixed', ['match', 'crossed'], 'two parameters know nothing of each other'],
  ])
  eachRefused(must, results, 'Observation', [
    'code-value-quantity=pulse',
    'code-value-quantity=pulse$70$80',
    'code-value-quantity=pulse$x',
  ])
})
