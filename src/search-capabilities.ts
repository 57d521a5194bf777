/** What can be searched in a record, type by type: the parameters FHIR defines and storage has columns for. */
import type { Registry } from './definitions/registry.ts'
import type { DmpEngine } from './interactions/dmp/dmp-engine.ts'
import { type ColumnKind, columnCapability } from './search/column-capability.ts'
import { documentColumns, documentSortColumns } from './storage/search-sql/document-columns.ts'

/** @throws at start when a column answers a parameter that is not defined, or is of another kind */
export function searchCapabilities(registry: Registry): DmpEngine['searches'] {
  const documents = new Map([...documentColumns].map(([code, column]) => [code, column.kind]))
  return {
    DocumentReference: columnCapability(registry, 'DocumentReference', documents, {
      sortable: [...documentSortColumns.keys()],
      // D9: newest first. D4: replaced and archived documents only when asked for.
      defaultSort: [{ parameter: 'date', descending: true }],
      defaults: [
        ['status', 'current'],
        ['isArchived', 'false'],
      ],
      patientRequired: true,
    }),
    AuditEvent: columnCapability(registry, 'AuditEvent', new Map([['date', 'date']]), {
      sortable: [],
      defaultSort: [{ parameter: 'date', descending: true }],
      defaults: [],
      patientRequired: true,
    }),
    Consent: columnCapability(registry, 'Consent', ofRecord('category', 'actor'), few),
    CareTeam: columnCapability(registry, 'CareTeam', ofRecord('participant'), few),
    Patient: columnCapability(registry, 'Patient', new Map([['identifier', 'token']]), {
      sortable: [],
      defaultSort: [{ parameter: '_id', descending: false }],
      defaults: [],
      patientRequired: false,
    }),
  }
}

/** What is no document and few in a record (storage/search-record.ts): a token, and whom it names. */
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

const few = { sortable: [], defaultSort: [], defaults: [], patientRequired: true } as const
