/** @see https://hl7.org/fhir/R4/search.html#quantity */
import type { Observation, Quantity } from '@medplum/fhirtypes'
import { clause, shared } from '../../support/conformance/clause.ts'
import { eachRefused, eachRow, populate } from '../../support/conformance/population.ts'
import { concept, observation } from '../../support/conformance/samples.ts'

const UCUM = 'http://unitsofmeasure.org'
const of = (valueQuantity: Quantity, fields: Partial<Observation> = {}): Observation =>
  observation({ valueQuantity, ...fields })

const results = shared((context) =>
  populate(context, () => ({
    mg: of({ value: 5.4, unit: 'milligrams', system: UCUM, code: 'mg' }),
    mg535: of({ value: 5.35, system: UCUM, code: 'mg' }),
    mg545: of({ value: 5.45, system: UCUM, code: 'mg' }),
    mg6: of({ value: 6, system: UCUM, code: 'mg' }),
    g: of({ value: 5.4, system: UCUM, code: 'g' }),
    other: of({ value: 5.4, system: 'https://conformance.example/units', code: 'mg' }),
    unit: of({ value: 5.4, unit: 'mg' }),
    bare: of({ value: 5.4 }),
    minus: of({ value: -1, system: UCUM, code: 'Cel' }),
    component: observation({
      component: [{ code: concept('x'), valueQuantity: { value: 777, system: UCUM, code: 'mm[Hg]' } }],
    }),
    concept: observation({ valueCodeableConcept: concept('y') }),
  })),
)

export const searchQuantity = clause('search-quantity', 'search.html#quantity', ({ must, should }) => {
  eachRow(must, results, 'Observation', [
    ['value-quantity=5.4', ['mg', 'mg535', 'g', 'other', 'unit', 'bare'], 'any unit'],
    ['value-quantity=5.40', ['mg', 'g', 'other', 'unit', 'bare'], 'the precision asked for'],
    [`value-quantity=5.4|${UCUM}|mg`, ['mg', 'mg535']],
    [`value-quantity=5.40|${UCUM}|mg`, ['mg']],
    [`value-quantity=5.4|${UCUM}|g`, ['g']],
    [`value-quantity=eq5.45|${UCUM}|mg`, ['mg545']],
    ['value-quantity=5.4||mg', ['mg', 'mg535', 'other', 'unit'], 'the code or the unit'],
    ['value-quantity=5.4||milligrams', ['mg']],
    [`value-quantity=gt5.4|${UCUM}|mg`, ['mg545', 'mg6']],
    [`value-quantity=ge5.4|${UCUM}|mg`, ['mg', 'mg545', 'mg6']],
    [`value-quantity=lt5.4|${UCUM}|mg`, ['mg535']],
    [`value-quantity=le5.4|${UCUM}|mg`, ['mg', 'mg535']],
    [`value-quantity=ne5.4|${UCUM}|mg`, ['mg545', 'mg6']],
    [`value-quantity=ap5.5|${UCUM}|mg`, ['mg', 'mg535', 'mg545', 'mg6']],
    [`value-quantity=sa5.42|${UCUM}|mg`, ['mg545', 'mg6']],
    [`value-quantity=eb6|${UCUM}|mg`, ['mg', 'mg535', 'mg545']],
    ['value-quantity=lt0', ['minus']],
    [`value-quantity=-1|${UCUM}|Cel`, ['minus']],
    [`value-quantity=5.4|${UCUM}|g,6|${UCUM}|mg`, ['g', 'mg6'], 'OR'],
    [`value-quantity=gt5.4|${UCUM}|mg&value-quantity=lt6|${UCUM}|mg`, ['mg545'], 'AND'],
    ['value-quantity=777', []],
    ['component-value-quantity=777', ['component']],
    ['combo-value-quantity=777', ['component']],
    [`combo-value-quantity=6|${UCUM}|mg`, ['mg6']],
    ['value-quantity:missing=true', ['component', 'concept']],
  ])
  eachRefused(must, results, 'Observation', [
    'value-quantity=x',
    `value-quantity=|${UCUM}|mg`,
    'value-quantity=gt',
    'value-quantity=5.4|a|b|c',
  ])

  const conditions = shared((context) =>
    populate(context, () => ({
      age: {
        resourceType: 'Condition',
        subject: { display: 's' },
        onsetAge: { value: 40, system: UCUM, code: 'a' },
      },
      range: {
        resourceType: 'Condition',
        subject: { display: 's' },
        onsetRange: {
          low: { value: 30, system: UCUM, code: 'a' },
          high: { value: 35, system: UCUM, code: 'a' },
        },
      },
    })),
  )
  eachRow(should, conditions, 'Condition', [
    [`onset-age=gt36|${UCUM}|a`, ['age']],
    [`onset-age=lt36|${UCUM}|a`, ['range'], 'a Range has both its ends'],
    [`onset-age=gt32|${UCUM}|a`, ['age', 'range']],
    [`onset-age=sa36|${UCUM}|a`, ['age']],
  ])
})
