/** What can be searched, type by type: the parameters FHIR defines and storage has columns for. */
import type { Registry } from './definitions/registry.ts'
import type { Engine } from './interactions/engine.ts'
import { searchCapability } from './search/search-capability.ts'
import { documentColumns, documentSortColumns } from './storage/search-sql/document-columns.ts'

/** @throws at start when a column answers a parameter that is not defined, or is of another kind */
export function searchCapabilities(registry: Registry): Engine['searches'] {
  return {
    DocumentReference: searchCapability(
      registry,
      new Map([...documentColumns].map(([code, column]) => [code, column.kind])),
      {
        type: 'DocumentReference',
        sortable: [...documentSortColumns.keys()],
        // D9: newest first. D4: replaced and archived documents only when asked for.
        defaultSort: { parameter: 'date', descending: true },
        defaults: [
          ['status', 'current'],
          ['isArchived', 'false'],
        ],
        patientRequired: true,
      },
    ),
    AuditEvent: searchCapability(registry, new Map([['date', 'date']]), {
      type: 'AuditEvent',
      sortable: [],
      defaultSort: { parameter: 'date', descending: true },
      defaults: [],
      patientRequired: true,
    }),
    Patient: searchCapability(registry, new Map([['identifier', 'token']]), {
      type: 'Patient',
      sortable: [],
      defaultSort: { parameter: '_id', descending: false },
      defaults: [],
      patientRequired: false,
    }),
  }
}
