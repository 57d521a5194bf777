/** What the searches of the dmp profile take: the capabilities that parse them, each parameter in words. */
import type { DmpEngine } from '../../src/interactions/dmp/dmp-engine.ts'
import type { SearchCapability } from '../../src/search/search-capability.ts'
import { documentWords, listWords } from './finding-words.ts'
import type { Node } from './openapi-document.ts'
import { cursor, query, searchParameter } from './parameters.ts'
import { traceWords } from './trace-words.ts'

type Searches = DmpEngine['searches']

const texts: Readonly<Record<keyof Searches, Readonly<Record<string, string>>>> = {
  DocumentReference: documentWords,
  List: listWords,
  Provenance: {
    target: 'The document whose seal it is, as `DocumentReference/[id]`',
    recorded: 'When it was sealed',
  },
  AuditEvent: traceWords,
  Consent: {
    _id: 'Logical id',
    _lastUpdated: 'When this version came to the server',
    status: '`active`: in force; `inactive`: ended',
    category: 'Category of the choice',
    actor: 'Whom the choice names: `actor:identifier=[system]|[value]`, IDNPS or IDNST',
  },
  CareTeam: {
    _id: 'Logical id',
    _lastUpdated: 'When this version came to the server',
    status: '`active`, or `inactive`',
    participant: 'A member: `participant:identifier=[system]|[value]`, IDNPS or IDNST',
  },
  Communication: {
    _id: 'Logical id',
    _lastUpdated: 'When this version came to the server',
    status: '`in-progress`: not read yet; `completed`: read',
    category: 'Category of the message',
    identifier: 'Identifier that the sender gave it',
    sender: 'Who wrote it: `sender:identifier=[system]|[value]`, IDNPS',
    recipient: 'To whom: `recipient:identifier=[system]|[value]`, IDNPS or IDNST',
    sent: 'When it was sent',
    received: 'When it was read',
  },
  Appointment: {
    _id: 'Logical id',
    _lastUpdated: 'When this version came to the server',
    status: 'As `booked`, `cancelled`',
    identifier: 'Identifier of who has put it in',
    actor: 'With whom: `actor:identifier=[system]|[value]`, IDNPS or IDNST',
    date: 'When it begins',
  },
  Patient: { identifier: 'INS, as `system|matricule`. Mandatory' },
}

/** The OIDs of the NIR, of the NIA, and those for tests. */
const INS_TOKEN = '^urn:oid:[0-9.]+[|][0-9AB]{15}$'

const patient: readonly Node[] = [
  query('patient', 'Id of the record. This or patient.identifier is mandatory', { type: 'string' }),
  query('patient.identifier', 'INS, as `system|matricule`: by POST it stays out of URLs', {
    type: 'string',
    pattern: INS_TOKEN,
  }),
]
/** Where FHIR has both names for it. */
const subject: readonly Node[] = [
  query('subject', 'As `patient`'),
  query('subject.identifier', 'As `patient.identifier`', { type: 'string', pattern: INS_TOKEN }),
]

const withSubject: ReadonlySet<string> = new Set(['DocumentReference', 'List'])

export function dmpSearchParameters(searches: Searches, type: keyof Searches): readonly Node[] {
  const capability = searches[type]
  const own = [...capability.parameters.values()].map((parameter) => {
    const text = texts[type][parameter.code]
    if (text === undefined) throw new Error(`${type}?${parameter.code} has no words in scripts/openapi`)
    return searchParameter(parameter, text)
  })
  if (type === 'Patient') return own
  return [...patient, ...(withSubject.has(type) ? subject : []), ...own, ...shaping(type, capability)]
}

function shaping(
  type: keyof Searches,
  { sortable, totals, limits, resultParameters }: SearchCapability,
): readonly Node[] {
  const keys = [...sortable].flatMap((code) => [code, `-${code}`])
  const has = (name: string): boolean => [...resultParameters].some((each) => each === name)
  // Documents and lists are counted unless it is said.
  const total = has('_include') ? 'accurate' : 'none'
  return [
    query('_count', 'Entries of a page; more are answered as the largest', {
      type: 'integer',
      minimum: 0,
      maximum: limits.maxCount,
      default: limits.defaultCount,
    }),
    ...(keys.length > 0
      ? [query('_sort', sortText(limits.maxSortKeys), sortSchema(keys, limits.maxSortKeys))]
      : []),
    cursor,
    query('_total', 'Whether to count all; `estimate` is counted exactly', {
      type: 'string',
      enum: [...totals],
      default: total,
    }),
    ...(type === 'AuditEvent'
      ? [query('_profile', 'The form: that of TdE, or the decision (BALP AuthZconsent); else that of BALP')]
      : []),
    ...(has('_summary')
      ? [
          query('_summary', 'Parts of each resource, or the count alone', {
            type: 'string',
            enum: ['true', 'text', 'data', 'count', 'false'],
            default: 'false',
          }),
          query('_elements', 'Elements of each resource, by comma'),
          ...(has('_include') ? [query('_include', includes[type] ?? '')] : []),
          ...(type === 'DocumentReference'
            ? [query('_revinclude', '`List:item`, `DocumentReference:relatesto`')]
            : []),
        ]
      : []),
  ]
}

const includes: Readonly<Partial<Record<keyof Searches, string>>> = {
  DocumentReference: '`DocumentReference:relatesto`, `DocumentReference:patient`',
  List: '`List:item`, `List:patient`',
}

function sortText(most: number): string {
  return most > 1
    ? `Order: one to ${most} keys by comma, what has none last; newest first by default`
    : 'Order; newest first by default'
}

function sortSchema(keys: readonly string[], most: number): Node {
  return most > 1
    ? { type: 'array', items: { type: 'string', enum: keys }, maxItems: most, default: ['-date'] }
    : { type: 'string', enum: keys, default: '-date' }
}
