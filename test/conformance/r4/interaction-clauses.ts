/** Clauses of the RESTful API. @see https://hl7.org/fhir/R4/http.html */
import type { Clause } from '../../support/conformance/clause.ts'
import { batch } from './batch.ts'
import { capabilities } from './capabilities.ts'
import { conditionalCreate } from './conditional-create.ts'
import { conditionalDelete } from './conditional-delete.ts'
import { conditionalPatch } from './conditional-patch.ts'
import { conditionalRead } from './conditional-read.ts'
import { conditionalUpdate } from './conditional-update.ts'
import { create } from './create.ts'
import { deletion } from './delete.ts'
import { errors } from './errors.ts'
import { historyInstance, historySystem, historyType } from './history.ts'
import { patchFhirPath } from './patch-fhirpath.ts'
import { patchJson } from './patch-json.ts'
import { prefer } from './prefer.ts'
import { read } from './read.ts'
import { transaction } from './transaction.ts'
import { transactionReferences } from './transaction-references.ts'
import { update } from './update.ts'
import { upsert } from './upsert.ts'
import { versionAware } from './version-aware.ts'
import { vread } from './vread.ts'

export const interactionClauses: readonly Clause[] = [
  read,
  vread,
  create,
  conditionalCreate,
  update,
  upsert,
  conditionalUpdate,
  versionAware,
  conditionalRead,
  patchJson,
  patchFhirPath,
  conditionalPatch,
  deletion,
  conditionalDelete,
  historyInstance,
  historyType,
  historySystem,
  batch,
  transaction,
  transactionReferences,
  prefer,
  errors,
  capabilities,
]
