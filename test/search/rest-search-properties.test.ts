/** Theorems about searches of plain FHIR: exact boundaries, nothing but a 400, and what `self` says means the same. */
import { isDeepStrictEqual } from 'node:util'
import t from 'tap'
import { FhirError } from '../../src/fhir/fhir-error.ts'
import { parseNumber } from '../../src/search/parameter-types/number.ts'
import { parseSearch } from '../../src/search/parse-search.ts'
import type { SearchExpression } from '../../src/search/search-expression.ts'
import { codePoint } from '../support/code-point.ts'
import fc from '../support/draws.ts'
import { capabilityOf, only } from '../support/rest-search.ts'

/** A decimal text as a fraction over 10^40, apart from the code that is tested. */
function scaled(text: string): bigint {
  const [whole = '', fraction = ''] = text.replace('-', '').split('.')
  const size = BigInt(whole + fraction.padEnd(40, '0'))
  return text.startsWith('-') ? -size : size
}

t.test(
  'number-boundaries-are-exact: a stored decimal lies within a search exactly when the decimals say so',
  async (t) => {
    const decimals = fc
      .tuple(
        fc.boolean(),
        fc.nat(99_999),
        fc.nat(9),
        fc.string({ unit: fc.constantFrom(...'0123456789'), maxLength: 7 }),
      )
      .map(
        ([minus, whole, _, fraction]) =>
          `${minus ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`,
      )
    const seen = { within: 0, without: 0, onLow: 0, onHigh: 0 }
    fc.assert(
      fc.property(
        decimals,
        fc.constantFrom(-12, -11, -10, -10, -9, -1, 0, 1, 9, 10, 10, 11, 12),
        fc.boolean(),
        (asked, steps, inside) => {
          const value = parseNumber(asked)
          if (!value) return false
          const places = asked.split('.')[1]?.length ?? 0
          const half = 5n * 10n ** BigInt(39 - places)
          // Stored values at tenths of the half: the bounds are steps -10 and 10. Or the next place further down.
          const stored = scaled(asked) + (half * BigInt(steps)) / 10n + (inside ? half / 100n : 0n)
          const digits = (stored < 0n ? -stored : stored).toString().padStart(41, '0')
          const text = `${stored < 0n ? '-' : ''}${digits.slice(0, -40)}.${digits.slice(-40)}`
          const expected = stored >= scaled(asked) - half && stored < scaled(asked) + half
          seen[expected ? 'within' : 'without']++
          if (!inside && steps === -10) seen.onLow++
          if (!inside && steps === 10) seen.onHigh++
          const double = Number(text)
          return (
            (double >= value.low && double < value.high) === expected &&
            value.low <= value.value &&
            value.value < value.high
          )
        },
      ),
      { numRuns: 2000 },
    )
    for (const [what, count] of Object.entries(seen)) t.ok(count > 50, `not vacuous: ${what}`)
  },
)

t.test(
  'date-boundaries-are-exact: an instant lies within a date exactly when it is written that way',
  async (t) => {
    const seen = { within: 0, without: 0 }
    const instants = fc.oneof(
      fc.integer({ min: Date.UTC(1900, 0), max: Date.UTC(2100, 0) }),
      fc.integer({ min: Date.UTC(2026, 1, 27), max: Date.UTC(2026, 2, 2) }),
    )
    const cuts = fc.constantFrom(4, 7, 10, 16, 19, 23)
    fc.assert(
      fc.property(
        instants,
        cuts,
        fc.constantFrom(-1, 0, 1),
        fc.constantFrom('start', 'end', 'at'),
        (instant, cut, step, where) => {
          const text = new Date(instant).toISOString().slice(0, cut)
          const criterion = only(`Patient?_lastUpdated=${cut > 10 ? `${text}Z` : text}`)
          if (criterion?.kind !== 'date') return false
          const [value] = criterion.values
          if (!value || instant < value.start || instant >= value.end) return false
          const probe = where === 'at' ? instant + step * 1000 : value[where] + step
          const within = new Date(probe).toISOString().startsWith(text)
          seen[within ? 'within' : 'without']++
          return (probe >= value.start && probe < value.end) === within
        },
      ),
      { numRuns: 2000 },
    )
    t.ok(seen.within > 500 && seen.without > 500, 'not vacuous')
  },
)

const anyType = fc.constantFrom(
  'Patient',
  'Observation',
  'DocumentReference',
  'ValueSet',
  'MolecularSequence',
  'Condition,Observation',
)
const values = fc.oneof(
  fc.constantFrom(
    'a',
    's|a',
    '2026-01',
    'ge2026',
    '5.4',
    'lt5.40||mg',
    'Patient/1',
    'http://a/b|1',
    'true',
    'a$5',
    's|b|c',
    'http://vs/two',
    'Zoé',
    '_id',
    '-_lastUpdated',
    'Observation:subject',
  ),
  fc.string(),
  fc.string({ unit: codePoint }),
  fc.string({ unit: fc.constantFrom('a', '1', '|', ',', '$', '\\', '-', 'e', '.', ':') }),
)
const queries = anyType.chain((types) => {
  const known = [...capabilityOf(types).parameters.keys()]
  const modifier = fc.constantFrom(
    '',
    '',
    ':missing',
    ':exact',
    ':contains',
    ':not',
    ':in',
    ':below',
    ':above',
    ':text',
    ':identifier',
    ':of-type',
    ':Patient',
  )
  const plain = fc.tuple(fc.constantFrom(...known), modifier).map((name) => name.join(''))
  const names = fc.oneof(
    plain,
    plain.map((name) => `subject:Patient.${name}`),
    fc.constantFrom(
      'patient.name',
      'subject.name',
      'encounter.subject.identifier',
      '_has:Observation:subject:code',
      '_has:Provenance:target:_id',
    ),
    fc.constantFrom(
      '_count',
      '_sort',
      '_total',
      '_summary',
      '_elements',
      '_include',
      '_revinclude:iterate',
      '_cursor',
      '_text',
      '_type',
    ),
    fc.string(),
    fc.string({
      unit: fc.constantFrom('_has:', 'Observation', ':', '.', 'subject', 'patient', 'name', '_id'),
    }),
  )
  return fc.record({ types: fc.constant(types), pairs: fc.array(fc.tuple(names, values), { maxLength: 4 }) })
})

t.test(
  'no query makes the parser fail otherwise than with a 400; what self says means the same',
  async (t) => {
    const seen = { understood: 0, criteria: 0, refused: 0, ignored: 0 }
    fc.assert(
      fc.property(
        queries,
        fc.constantFrom('strict' as const, 'lenient' as const),
        ({ types, pairs }, handling) => {
          const capability = capabilityOf(types)
          let search: SearchExpression
          try {
            search = parseSearch(capability, pairs, handling)
          } catch (error) {
            seen.refused++
            return error instanceof FhirError && error.status === 400
          }
          seen.understood++
          seen.criteria += search.criteria.length
          seen.ignored += search.ignored.length
          const cursors = search.cursor === undefined ? 0 : 1
          const { cursor: _, ignored: __, ...meant } = search
          const { ignored, ...again } = parseSearch(capability, search.understood, 'strict')
          return (
            isDeepStrictEqual(again, meant) &&
            ignored.length === 0 &&
            search.understood.length + search.ignored.length + cursors === pairs.length &&
            (handling === 'lenient' || search.ignored.length === 0)
          )
        },
      ),
      { numRuns: 4000 },
    )
    for (const [what, count] of Object.entries(seen)) t.ok(count > 100, `not vacuous: ${what} ${count}`)
  },
)
