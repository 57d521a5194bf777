/** What the searches of the dmp profile take: the capabilities that parse them, each parameter in words. */
import type { DmpEngine } from '../../src/interactions/dmp/dmp-engine.ts'
import { recordLimits } from '../../src/search/column-capability.ts'
import type { SearchCapability } from '../../src/search/search-capability.ts'
import type { Node } from './openapi-document.ts'
import { query, searchParameter } from './parameters.ts'

type Searches = DmpEngine['searches']

const texts: Readonly<Record<keyof Searches, Readonly<Record<string, string>>>> = {
  DocumentReference: {
    _id: 'Logical id',
    _lastUpdated: 'When this version came to the server',
    identifier:
      'masterIdentifier (XDS uniqueId) or identifier. Finds own documents without an authorisation (F9)',
    status: 'Status; `current` unless asked for',
    type: 'Type of document (JDV_J66)',
    category: 'Class of document (TRE_A03)',
    format: 'Format of the content',
    facility: 'Kind of facility',
    setting: 'Practice setting',
    event: 'Act or event documented',
    'security-label': 'Confidentiality and visibility',
    isArchived: 'Archived; `false` unless asked for',
    date: 'When the document was made available',
    creation: 'When the document was written',
    period: 'Period of care documented',
    'period-start': 'Begin of the care documented',
    'period-end': 'End of the care documented',
  },
  AuditEvent: { date: 'When it happened' },
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
  Patient: { identifier: 'INS, as `system|matricule`. Mandatory' },
}

const patient: readonly Node[] = [
  query('patient', 'Id of the record. This or patient.identifier is mandatory', { type: 'string' }),
  query('patient.identifier', 'INS, as `system|matricule`: by POST it stays out of URLs', { type: 'string' }),
]

export function dmpSearchParameters(searches: Searches, type: keyof Searches): readonly Node[] {
  const capability = searches[type]
  const own = [...capability.parameters.values()].map((parameter) => {
    const text = texts[type][parameter.code]
    if (text === undefined) throw new Error(`${type}?${parameter.code} has no words in scripts/openapi`)
    return searchParameter(parameter, text)
  })
  if (type === 'Patient') return own
  // A search of traces names the record by its id.
  return [...(type === 'AuditEvent' ? patient.slice(0, 1) : patient), ...own, ...shaping(type, capability)]
}

function shaping(type: keyof Searches, { sortable, totals, limits }: SearchCapability): readonly Node[] {
  const keys = [...sortable].flatMap((code) => [code, `-${code}`])
  return [
    query('_count', 'Entries of a page; more are answered as the largest', {
      type: 'integer',
      minimum: 0,
      maximum: recordLimits.maxCount,
      default: limits.defaultCount,
    }),
    ...(keys.length > 0
      ? [query('_sort', 'Order; newest first by default', { type: 'string', enum: keys, default: '-date' })]
      : []),
    // Traces are not counted.
    ...(type === 'AuditEvent'
      ? []
      : [query('_total', 'Whether to count all', { type: 'string', enum: [...totals], default: 'none' })]),
  ]
}
