/** What can be searched in a record, type by type: the parameters FHIR defines and storage has columns for. */
import type { Registry } from './definitions/registry.ts'
import type { DmpEngine } from './interactions/dmp/dmp-engine.ts'
import { columnCapability } from './search/column-capability.ts'
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
    Patient: columnCapability(registry, 'Patient', new Map([['identifier', 'token']]), {
      sortable: [],
      defaultSort: [{ parameter: '_id', descending: false }],
      defaults: [],
      patientRequired: false,
    }),
  }
}
