/** @see https://hl7.org/fhir/R4/search.html#number */
import type { ChargeItem } from '@medplum/fhirtypes'
import { equal, status } from '../../support/conformance/check.ts'
import { clause, shared } from '../../support/conformance/clause.ts'
import { resourceOf } from '../../support/conformance/client.ts'
import { eachRefused, eachRow, populate, searchPage } from '../../support/conformance/population.ts'

const charge = (factorOverride?: number): ChargeItem => ({
  resourceType: 'ChargeItem',
  status: 'billable',
  code: { text: 'c' },
  subject: { display: 's' },
  ...(factorOverride === undefined ? {} : { factorOverride }),
})

const charges = shared((context) =>
  populate(context, () => ({
    a: charge(99.4),
    b: charge(99.5),
    c: charge(100),
    d: charge(100.4),
    e: charge(100.5),
    minus: charge(-5),
    zero: charge(0),
    small: charge(0.000123),
    large: charge(123456789.25),
    none: charge(),
  })),
)

export const searchNumber = clause('search-number', 'search.html#number', ({ must }) => {
  eachRow(must, charges, 'ChargeItem', [
    ['factor-override=100', ['b', 'c', 'd'], '99.5 to less than 100.5'],
    ['factor-override=eq100', ['b', 'c', 'd']],
    ['factor-override=100.0', ['c'], '99.95 to less than 100.05'],
    ['factor-override=100.4', ['d']],
    ['factor-override=100.00', ['c']],
    ['factor-override=ne100', ['a', 'e', 'minus', 'zero', 'small', 'large']],
    ['factor-override=gt100', ['d', 'e', 'large'], 'the exact value'],
    ['factor-override=lt100', ['a', 'b', 'minus', 'zero', 'small']],
    ['factor-override=ge100', ['c', 'd', 'e', 'large']],
    ['factor-override=le100', ['a', 'b', 'c', 'minus', 'zero', 'small']],
    ['factor-override=-5', ['minus']],
    ['factor-override=lt0', ['minus']],
    ['factor-override=0.000123', ['small']],
    ['factor-override=1.23e-4', ['small'], 'an exponent'],
    ['factor-override=123456789.25', ['large']],
    ['factor-override=gt100&factor-override=lt1000', ['d', 'e'], 'a range'],
    ['factor-override=0.000123,-5', ['small', 'minus'], 'OR'],
    ['factor-override=lt-4,gt1000', ['minus', 'large'], 'a prefix for each value'],
    ['factor-override=ap100', ['a', 'b', 'c', 'd', 'e'], 'ten per cent around'],
    ['factor-override:missing=true', ['none']],
  ])
  eachRefused(must, charges, 'ChargeItem', [
    'factor-override=x',
    'factor-override=1,2,x',
    'factor-override=1e',
    'factor-override=gt',
    'factor-override=0x10',
    'factor-override=NaN',
    'factor-override=Infinity',
  ])

  must('a number of sixty digits is refused or found nowhere', async (context) => {
    const all = await charges(context)
    const received = await searchPage(context.fhir, all, 'ChargeItem', `factor-override=1${'0'.repeat(60)}`)
    status(received, 200, 400)
    if (received.status === 200) equal(resourceOf(received, 'Bundle').entry ?? [], [], 'nothing so large')
  })
})
