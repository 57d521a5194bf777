/** What can be searched in a record, type by type: the parameters FHIR defines and storage can answer. */
import type { Registry } from '../definitions/registry.ts'
import { parisTime } from '../fhir/paris-time.ts'
import type { DmpEngine } from '../interactions/dmp/dmp-engine.ts'
import { type ColumnKind, columnCapability } from '../search/column-capability.ts'
import { buildExtraction, type Extraction } from '../search/extraction/build-extraction.ts'
import { type ColumnOf, findingCapability } from '../search/finding-capability.ts'
import { recordTypes } from '../search/record/embedded-types.ts'
import { recordIndexer } from '../search/record/record-index.ts'
import { noCodes, type SearchCodes } from '../search/search-codes.ts'
import { traceCapability } from '../search/trace-capability.ts'
import {
  derivedEntries,
  documentColumns,
  documentSortColumns,
  isAlways,
  listColumns,
  listSortColumns,
  type RecordColumn,
} from '../storage/search-sql/record-columns.ts'

type From = { readonly extraction: Extraction; readonly base: string; readonly codes: SearchCodes }

/** @throws at start when a column answers a parameter that is not defined, or is of another kind */
export function searchCapabilities(
  registry: Registry,
  { extraction, base, codes }: From = {
    extraction: buildExtraction(registry, { base: '', zone: parisTime }, recordTypes),
    base: '',
    codes: noCodes,
  },
): DmpEngine['searches'] {
  const source = { registry, extraction, base, codes }
  const few = { base, sortable: [], defaultSort: [], defaults: [], patientRequired: true } as const
  const newestFirst = [{ parameter: 'date', descending: true }]
  return {
    DocumentReference: findingCapability('DocumentReference', {
      ...source,
      columns: columnsOf(documentColumns),
      derived: derivedEntries,
      sortable: [...documentSortColumns.keys()],
      // D9: newest first. D4: replaced and archived documents only when asked for.
      defaultSort: newestFirst,
      defaults: [
        ['status', 'current'],
        ['isArchived', 'false'],
      ],
    }),
    List: findingCapability('List', {
      ...source,
      columns: columnsOf(listColumns),
      derived: [],
      sortable: [...listSortColumns.keys()],
      defaultSort: newestFirst,
      defaults: [['status', 'current']],
    }),
    AuditEvent: traceCapability(registry, base),
    Provenance: columnCapability(
      registry,
      'Provenance',
      new Map([
        ['target', 'reference'],
        ['recorded', 'date'],
      ]),
      few,
    ),
    Consent: columnCapability(registry, 'Consent', ofRecord('category', 'actor'), few),
    CareTeam: columnCapability(registry, 'CareTeam', ofRecord('participant'), few),
    Communication: columnCapability(
      registry,
      'Communication',
      new Map<string, ColumnKind>([
        ...ofRecord('category'),
        ['identifier', 'token'],
        ['sender', 'reference'],
        ['recipient', 'reference'],
        ['sent', 'date'],
        ['received', 'date'],
      ]),
      few,
    ),
    Appointment: columnCapability(
      registry,
      'Appointment',
      new Map<string, ColumnKind>([...ofRecord('actor'), ['identifier', 'token'], ['date', 'date']]),
      { ...few, sortable: ['date'], defaultSort: [{ parameter: 'date', descending: true }] },
    ),
    Patient: columnCapability(registry, 'Patient', new Map([['identifier', 'token']]), {
      base,
      sortable: [],
      defaultSort: [{ parameter: '_id', descending: false }],
      defaults: [],
      patientRequired: false,
    }),
  }
}

/** @param canonical the one spelling of a code system */
export function recordIndexers(
  extraction: Extraction,
  canonical: (system: string) => string,
): DmpEngine['indexers'] {
  const elsewhere = ['patient', 'subject', 'relationship']
  return {
    DocumentReference: recordIndexer(
      extraction,
      'DocumentReference',
      new Set([...documentColumns.keys(), ...elsewhere]),
      canonical,
    ),
    List: recordIndexer(extraction, 'List', new Set([...listColumns.keys(), ...elsewhere]), canonical),
  }
}

function columnsOf(columns: ReadonlyMap<string, RecordColumn>): ReadonlyMap<string, ColumnOf> {
  const answered = [...columns].map(([code, column]): [string, ColumnOf] => [
    code,
    { kind: column.kind, always: isAlways(column), plain: 'words' in column || 'items' in column },
  ])
  return new Map(answered)
}

/** What is no document and few in a record (storage/records/search-record.ts): a token, and whom it names. */
function ofRecord(
  ...codes: readonly ('category' | 'actor' | 'participant')[]
): ReadonlyMap<string, ColumnKind> {
  return new Map<string, ColumnKind>([
    ['_id', 'id'],
    ['_lastUpdated', 'date'],
    ['status', 'token'],
    ...codes.map((code) => [code, code === 'category' ? 'token' : 'reference'] as const),
  ])
}
