/**
 * Random resources and searches from one small vocabulary, so that searches find something. Texts are those that would
 * mean something else to SQL, to LIKE, to arrays, or to a collation.
 */

import { fold } from '../../src/fhir/fold.ts'
import { Decimal, type JsonObject, type JsonValue } from '../../src/fhir/json.ts'
import type * as Asked from '../../src/search/search-expression.ts'
import fc from './draws.ts'
import type { Resource } from './search-oracle.ts'

const ids = ['0', 'A', 'a', 'a-1', 'a.1', 'NULL', 'z', 'b', 'c']
const texts = [
  ...[
    'Dupont',
    'dupond',
    'Hélène',
    'Œuvre',
    "D'Arc",
    'de la Tour',
    '50 %_\\',
    '"{},',
    'NULL',
    '😀x',
    '\u{10ffff}z',
    '--',
  ],
  ...['b', 'c'].map((end) => `${'a'.repeat(70)}${end}`),
]
const systems = ['http://loinc.org', 'http://loinc.org', 'urn:oid:1.2', 'http://x|y']
const codes = ['1', '1', '1', '1', '2', 'a|b', 'NULL', '{"}', 'é']
const units = ['mg', 'mg', 'kg', 'http://unitsofmeasure.org']
const uris = [
  'http://a.org',
  'http://a.org/b',
  'http://a.org/b/',
  'http://a.org/b/c',
  'http://a.org/bc',
  'urn:uuid:1',
]
const dates = [
  '2019',
  '2020',
  '2020-06',
  '2020-06-15',
  '2020-06-15T10:00:00Z',
  '2020-06-15T10:00:00.5Z',
  '2026-11-21',
  '2019-12-31',
  '2021',
]
const numbers = [-1, 0, 1, 1.5, 2, 100, 1e21]

export const types = [
  'Patient',
  'Practitioner',
  'Organization',
  'Observation',
  'Questionnaire',
  'MolecularSequence',
  'QuestionnaireResponse',
]

const pick = <T>(values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values)
const some = <T>(value: fc.Arbitrary<T>, max = 2): fc.Arbitrary<T[]> => fc.array(value, { maxLength: max })
const object = (fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<JsonObject> =>
  fc.record(fields, { requiredKeys: [] }) as fc.Arbitrary<JsonObject>

/** One code comes often, so that composites and chains meet something. */
const usual = { system: 'http://loinc.org', code: '1' }
const coding = fc.oneof(
  fc.constant<JsonObject>(usual),
  object({ system: pick(systems), code: pick(codes), display: pick(texts) }),
)
const concept = fc.oneof(
  fc.constant<JsonObject>({ coding: [usual] }),
  object({ coding: some(coding), text: pick(texts) }),
)
const identifier = object({ system: pick(systems), value: pick(codes), type: concept })
const quantity = object({
  value: fc.oneof(pick<JsonValue>(numbers), fc.constant(new Decimal('1.50'))),
  comparator: fc.option(pick(['<', '>=']), { nil: undefined, freq: 4 }),
  unit: pick(units),
  system: pick(units),
  code: pick(units),
}).map(
  (q) =>
    JSON.parse(JSON.stringify(q, (_k, v) => (v instanceof Decimal ? Number(v.digits) : v))) as JsonObject,
)
/** The end of a Period is not before its start (invariant per-1). */
const period = fc.oneof(
  object({ start: pick(dates) }),
  object({ end: pick(dates) }),
  fc.tuple(pick(dates), pick(dates)).map((pair) => {
    const [start = '', end = ''] = pair.sort()
    return { start, end }
  }),
)
const referenceTo = (kinds: readonly string[]): fc.Arbitrary<JsonObject> =>
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.tuple(pick(kinds), pick(ids)).map(([type, id]) => ({ reference: `${type}/${id}` })),
    },
    fc.tuple(pick(kinds), pick(ids)).map(([type, id]) => ({ reference: `${type}/${id}/_history/2` })),
    pick(uris).map((reference) => ({ reference })),
    identifier.map((i) => ({ identifier: i })),
    fc.constant({ reference: '#x' }),
  )
const name = object({ family: pick(texts), given: some(pick(texts)), text: pick(texts) })
const meta = object({ tag: some(coding), profile: some(pick(uris)), source: pick(uris) })
const canonical = fc.tuple(pick(uris), pick(['', '|1', '|2'])).map(([uri, version]) => uri + version)

const bodies: Record<string, fc.Arbitrary<JsonObject>> = {
  Patient: object({
    meta,
    name: some(name),
    identifier: some(identifier),
    active: fc.boolean(),
    gender: pick(['male', 'female']),
    birthDate: pick(dates.slice(0, 4)),
    generalPractitioner: some(referenceTo(['Practitioner', 'Organization'])),
    managingOrganization: referenceTo(['Organization']),
    address: some(object({ city: pick(texts), line: some(pick(texts)) })),
  }),
  Practitioner: object({ meta, name: some(name), identifier: some(identifier), active: fc.boolean() }),
  Organization: object({
    meta,
    name: pick(texts),
    type: some(concept),
    partOf: referenceTo(['Organization']),
  }),
  Observation: fc
    .tuple(
      object({
        meta,
        status: pick(['final', 'preliminary']),
        code: concept,
        subject: referenceTo(['Patient']),
        performer: some(referenceTo(['Practitioner', 'Organization', 'Patient'])),
        derivedFrom: some(referenceTo(['Observation', 'QuestionnaireResponse'])),
        component: some(object({ code: concept, valueQuantity: quantity, valueCodeableConcept: concept })),
      }),
      fc.oneof(
        object({ valueQuantity: quantity }),
        object({ valueCodeableConcept: concept }),
        object({ valueString: pick(texts) }),
        object({ valueDateTime: pick(dates) }),
        object({ valuePeriod: period }),
      ),
      fc.oneof(object({ effectiveDateTime: pick(dates) }), object({ effectivePeriod: period })),
    )
    .map((parts) => Object.assign({}, ...parts) as JsonObject),
  Questionnaire: object({
    meta,
    url: pick(uris),
    version: pick(['1', '2']),
    title: pick(texts),
    date: pick(dates),
  }),
  QuestionnaireResponse: object({
    meta,
    questionnaire: canonical,
    subject: referenceTo(['Patient']),
    authored: pick(dates),
  }),
  MolecularSequence: object({
    referenceSeq: object({
      chromosome: concept,
      windowStart: pick([1, 2, 3]),
      windowEnd: pick([2, 3, 4]),
      referenceSeqId: concept,
    }),
    variant: some(object({ start: pick([1, 2, 3]), end: pick([2, 3, 4]) })),
    patient: referenceTo(['Patient']),
  }),
}

export const NOW = Date.parse('2026-11-22T10:00:00Z')

export const worlds: fc.Arbitrary<Resource[]> = fc.uniqueArray(
  fc
    .tuple(pick([...types, 'Observation', 'Observation', 'MolecularSequence']), pick(ids))
    .chain(([type, id]) =>
      fc.record({
        type: fc.constant(type),
        id: fc.constant(id),
        lastUpdated: pick([0, 1, 2, 86_400_000]).map((ms) => Date.parse('2020-06-15T10:00:00.500Z') + ms),
        resource: (bodies[type] ?? fc.constant({})).map((body) => ({ resourceType: type, id, ...body })),
      }),
    ),
  { selector: ({ type, id }) => `${type}/${id}`, minLength: 25, maxLength: 45 },
)

// Searches

const prefixes: readonly Asked.Prefix[] = ['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap']
const values = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
  fc.array(value, { minLength: 1, maxLength: 4 })
const defined = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as T

const tokenAsked: fc.Arbitrary<Asked.TokenValue> = fc.oneof(
  pick([...codes, 'final', 'male', 'true', ...ids]).map((code) => ({ code })),
  fc.tuple(pick(['', ...systems]), pick(codes)).map(([system, code]) => ({ system, code })),
  pick(systems).map((system) => ({ system })),
)
const dateAsked: fc.Arbitrary<Asked.DateValue> = fc
  .tuple(pick(prefixes), pick(dates), pick([1, 1000, 86_400_000, 366 * 86_400_000]))
  .map(([prefix, date, width]) => ({ prefix, start: Date.parse(date), end: Date.parse(date) + width }))
const numberAsked: fc.Arbitrary<Asked.NumberValue> = fc
  .tuple(pick(prefixes), pick(numbers), pick([0.05, 0.5, 5]))
  .map(([prefix, value, half]) => ({ prefix, value, low: value - half, high: value + half }))
const quantityAsked: fc.Arbitrary<Asked.QuantityValue> = fc
  .tuple(numberAsked, fc.option(pick(units), { nil: undefined }), fc.option(pick(units), { nil: undefined }))
  .map(([number, system, code]) => defined({ ...number, system, code }) as Asked.QuantityValue)
const referenceAsked: fc.Arbitrary<Asked.ReferenceValue> = fc.oneof(
  fc
    .tuple(
      pick([undefined, 'Patient', 'Practitioner', 'Organization']),
      pick(ids),
      pick([undefined, undefined, '2']),
    )
    .map(
      ([type, id, version]) => defined({ kind: 'local' as const, type, id, version }) as Asked.ReferenceValue,
    ),
  fc
    .tuple(pick(uris), pick([undefined, '1']))
    .map(([url, version]) => defined({ kind: 'url' as const, url, version }) as Asked.ReferenceValue),
)
const uriAsked: fc.Arbitrary<Asked.UriValue> = fc
  .tuple(pick(uris), pick([undefined, '1']))
  .map(([uri, version]) => defined({ uri, version }) as Asked.UriValue)
const foldedAsked = pick([
  ...texts.map(fold),
  'd',
  'dup',
  'a',
  'a'.repeat(69),
  'ele',
  'oe',
  '50',
  '😀',
  '\u{10ffff}',
]).filter((t) => t !== '')

const usualAsked = fc.oneof(pick([{ code: '1' }, usual, { system: usual.system }]), tokenAsked)
const component = {
  token: usualAsked.map((value) => ({ type: 'token' as const, value })),
  quantity: quantityAsked.map((value) => ({ type: 'quantity' as const, value })),
  date: dateAsked.map((value) => ({ type: 'date' as const, value })),
  string: foldedAsked.map((value) => ({ type: 'string' as const, value })),
  number: numberAsked.map((value) => ({ type: 'number' as const, value })),
}

type Kind = Asked.Criterion['kind']
type Make = (parameter: string) => fc.Arbitrary<Asked.Criterion>
const of =
  <K extends Kind>(kind: K, fields: Record<string, fc.Arbitrary<unknown>>): Make =>
  (parameter) =>
    fc.record(fields).map((given) => ({ kind, parameter, ...given }) as unknown as Asked.Criterion)

const token = of('token', { not: fc.boolean(), values: values(tokenAsked) })
const tokenText = of('token-text', { values: values(foldedAsked) })
const string: Make = (parameter) =>
  pick(['starts', 'contains', 'exact'] as const).chain((match) =>
    values(match === 'exact' ? pick(texts) : foldedAsked).map((given) => ({
      kind: 'string',
      parameter,
      match,
      values: given,
    })),
  )
const date = of('date', { values: values(dateAsked) })
const quantities = of('quantity', { values: values(quantityAsked) })
const number = of('number', { values: values(numberAsked) })
const reference = of('reference', { values: values(referenceAsked) })
const uri = of('uri', { match: pick(['exact', 'below', 'above']), values: values(uriAsked) })
const composite = (...parts: readonly (keyof typeof component)[]): Make =>
  of('composite', { values: values(fc.tuple(...parts.map((part) => component[part]))) })

const anyType: readonly (readonly [string, Make])[] = [
  ['_id', of('id', { values: values(pick(ids)) })],
  ['_id', token],
  ['_lastUpdated', date],
  ['_tag', token],
  ['_profile', uri],
  ['_source', uri],
  ['_tag', of('missing', { missing: fc.boolean() })],
]
const parameters: Record<string, readonly (readonly [string, Make])[]> = {
  Patient: [
    ['name', string],
    ['family', string],
    ['address', string],
    ['identifier', token],
    ['active', token],
    ['gender', token],
    ['birthdate', date],
    ['general-practitioner', reference],
    ['organization', reference],
    [
      'identifier',
      of('token-of-type', {
        values: values(fc.record({ system: pick(['', ...systems]), code: pick(codes), value: pick(codes) })),
      }),
    ],
    ['organization', of('reference-identifier', { values: values(tokenAsked) })],
  ],
  Practitioner: [
    ['name', string],
    ['identifier', token],
    ['active', token],
  ],
  Organization: [
    ['name', string],
    ['type', token],
    ['type', tokenText],
    ['partof', reference],
  ],
  Observation: [
    ['code', token],
    ['code', tokenText],
    ['status', token],
    ['subject', reference],
    ['performer', reference],
    ['date', date],
    ['value-quantity', quantities],
    ['combo-value-quantity', quantities],
    ['value-date', date],
    ['value-string', string],
    ['code-value-quantity', composite('token', 'quantity')],
    ['combo-code-value-quantity', composite('token', 'quantity')],
    ['code-value-concept', composite('token', 'token')],
    ['component-code-value-concept', composite('token', 'token')],
    ['code-value-date', composite('token', 'date')],
    ['code-value-string', composite('token', 'string')],
  ],
  Questionnaire: [
    ['url', uri],
    ['title', string],
    ['date', date],
  ],
  QuestionnaireResponse: [
    ['questionnaire', reference],
    ['subject', reference],
    ['authored', date],
  ],
  MolecularSequence: [
    ['window-start', number],
    ['variant-start', number],
    ['chromosome-variant-coordinate', composite('token', 'number', 'number')],
    ['chromosome-window-coordinate', composite('token', 'number', 'number')],
  ],
}
/** Source type, parameter, types it leads to. */
const links: readonly (readonly [string, string, readonly string[]])[] = [
  ['Observation', 'subject', ['Patient']],
  ['Observation', 'performer', ['Practitioner', 'Organization', 'Patient']],
  ['Patient', 'general-practitioner', ['Practitioner', 'Organization']],
  ['Patient', 'organization', ['Organization']],
  ['Organization', 'partof', ['Organization']],
  ['QuestionnaireResponse', 'subject', ['Patient']],
]

function criterion(type: string, depth: number): fc.Arbitrary<Asked.Criterion> {
  const own = [...anyType, ...(parameters[type] ?? [])]
  const simple = pick(own).chain(([code, make]) => make(code))
  const missing = pick(parameters[type] ?? anyType).chain(([parameter]) =>
    fc.boolean().map((isMissing): Asked.Criterion => ({ kind: 'missing', parameter, missing: isMissing })),
  )
  const compartment = pick(ids).map(
    (id): Asked.Criterion => ({
      kind: 'compartment',
      parameter: '_compartment',
      type: 'Patient',
      id,
      parameters: new Map([
        ['Observation', ['subject', 'performer']],
        ['QuestionnaireResponse', ['subject', 'author']],
      ]),
    }),
  )
  if (depth === 0) return fc.oneof({ weight: 8, arbitrary: simple }, missing)
  const chains = links
    .filter(([source]) => source === type)
    .map(([, parameter, targets]) =>
      fc
        .subarray([...targets], { minLength: 1 })
        .chain((chosen) =>
          fc.tuple(
            ...chosen.map((target) =>
              criterion(target, depth - 1).map((c) => ({ type: target, criterion: c })),
            ),
          ),
        )
        .map((made): Asked.Criterion => ({ kind: 'chain', parameter, targets: made })),
    )
  const has = links
    .filter(([, , targets]) => targets.includes(type))
    .map(([source, link]) =>
      criterion(source, depth - 1).map(
        (c): Asked.Criterion => ({
          kind: 'has',
          parameter: '_has',
          type: source,
          reference: link,
          criterion: c,
        }),
      ),
    )
  return fc.oneof({ weight: 8, arbitrary: simple }, missing, compartment, ...chains, ...has)
}

const sortKeys: Record<string, readonly Omit<Asked.SortKey, 'descending'>[]> = {
  Patient: [
    { parameter: 'name', text: true },
    { parameter: 'family', text: true },
    { parameter: 'birthdate' },
    { parameter: 'gender', code: true },
    { parameter: 'identifier', code: true },
  ],
  Practitioner: [{ parameter: 'name', text: true }],
  Organization: [{ parameter: 'name', text: true }],
  Observation: [
    { parameter: 'date' },
    { parameter: 'value-quantity' },
    { parameter: 'combo-value-quantity' },
    { parameter: 'code', code: true },
    { parameter: 'status', code: true },
  ],
  Questionnaire: [{ parameter: 'title', text: true }, { parameter: 'date' }],
  QuestionnaireResponse: [{ parameter: 'authored' }],
  MolecularSequence: [{ parameter: 'variant-start' }],
}

export type RandomSearch = Pick<Asked.SearchExpression, 'types' | 'criteria' | 'sort' | 'count'>

/** What is sorted by is asked for too: these pages are read off an index in another way. */
const alignedSearches: fc.Arbitrary<RandomSearch> = pick(
  Object.entries(sortKeys).flatMap(([type, keys]) =>
    keys.flatMap((key) =>
      (parameters[type] ?? [])
        .filter(([code]) => code === key.parameter)
        .map(([code, make]) => ({ type, key, criterion: make(code) })),
    ),
  ),
).chain((made) =>
  fc.record({
    types: fc.constant([made.type]),
    criteria: fc.array(made.criterion, { minLength: 1, maxLength: 2 }),
    sort: fc.boolean().map((descending) => [{ ...made.key, descending }]),
    count: fc.integer({ min: 1, max: 3 }),
  }),
)

const anySearches: fc.Arbitrary<RandomSearch> = fc
  .oneof(
    { weight: 5, arbitrary: pick([...types, 'Observation', 'Observation']).map((type) => [type]) },
    fc.subarray(types, { minLength: 2 }),
  )
  .chain((chosen) => {
    const [type = ''] = chosen
    const single = chosen.length === 1
    const one = single
      ? criterion(type, 2)
      : fc.oneof(
          pick(anyType).chain(([code, make]) => make(code)),
          criterion('', 1).filter((c) => c.kind !== 'missing' || c.parameter === '_tag'),
        )
    const keys = [
      { parameter: '_id' },
      { parameter: '_lastUpdated' },
      ...(single ? (sortKeys[type] ?? []) : []),
    ]
    return fc.record({
      types: fc.constant(chosen),
      criteria: fc.array(one, { maxLength: 3 }),
      sort: fc
        .shuffledSubarray(keys, { maxLength: Math.min(3, keys.length) })
        .chain((some) =>
          fc.tuple(...some.map((key) => fc.boolean().map((descending) => ({ ...key, descending })))),
        )
        .map((sort): Asked.SortKey[] => sort),
      count: fc.integer({ min: 1, max: 7 }),
    })
  })

export const searches: fc.Arbitrary<RandomSearch> = fc.oneof(
  { weight: 3, arbitrary: anySearches },
  alignedSearches,
)

export const includes: fc.Arbitrary<Asked.Include[]> = fc.array(
  fc
    .tuple(
      pick([
        ...links,
        ['QuestionnaireResponse', 'questionnaire', ['Questionnaire']] as const,
        ['Observation', 'derived-from', ['Observation', 'QuestionnaireResponse']] as const,
      ]),
      fc.boolean(),
      fc.boolean(),
      fc.boolean(),
    )
    .map(([[source, parameter, [target = '']], reverse, iterate, any]) =>
      any ? { source, parameter, reverse, iterate } : { source, parameter, reverse, iterate, target },
    ),
  { minLength: 1, maxLength: 4 },
)
