/** The answer to each entry of a lot, in the order of the request: where it lies, and what is to be said of it. */
import type { ResponseEntry } from '../../../fhir/bundle.ts'
import { encodeUuid, formatResourceId, type Uuid } from '../../../fhir/id.ts'
import type { Issue } from '../../../fhir/issue.ts'
import { operationOutcome } from '../../../fhir/outcome.ts'
import type { Exchange } from '../../exchange.ts'
import { labelIssues } from './label-issues.ts'
import type { Lot } from './lot.ts'
import type { LotEntry } from './lot-entries.ts'
import { recipientWarnings } from './lot-set.ts'
import type { Replaced } from './replaced-document.ts'
import { location } from './store-submission.ts'
import type { Stored, StoredSubmission } from './submission.ts'
import type { AdmittedDocument } from './submitted-document.ts'

export type SettledLot = {
  readonly documents: readonly AdmittedDocument[]
  readonly stored: StoredSubmission
  /** The document that each patch of the lot says is replaced; none for what was replaced before. */
  readonly patched: ReadonlyMap<LotEntry, Replaced>
}

export function lotAnswers(
  exchange: Pick<Exchange, 'language'>,
  lot: Lot,
  { documents, stored, patched }: SettledLot,
  patientKey: Uuid,
): ResponseEntry[] {
  const answers = new Map<number, ResponseEntry>()
  const warnings = stored.set.created ? recipientWarnings(lot) : []
  answers.set(lot.set.index, {
    ...response('List', patientKey, stored.set, stored.set.id),
    ...outcome(exchange, warnings),
  })
  lot.documents.forEach((entry, i) => {
    const document = stored.documents[i]
    if (!document?.binaryId) throw new Error('A document without an answer')
    const content = lot.contentOf(entry)
    answers.set(entry.index, {
      ...response('DocumentReference', patientKey, document, document.id),
      ...outcome(exchange, labelIssues(document, documents[i])),
    })
    answers.set(
      content.index,
      response(content.type, patientKey, { ...document, version: 1 }, document.binaryId),
    )
  })
  lot.folders.forEach((entry, i) => {
    const folder = stored.folders[i]
    if (!folder) throw new Error('A folder without an answer')
    // The version of a folder is what its reader sees of it: it is told to who reads.
    const at = `List/${formatResourceId({ patientKey, id: folder.id })}`
    answers.set(entry.index, { status: folder.created ? '201 Created' : '200 OK', location: at })
  })
  for (const entry of lot.patches) {
    const replaced = patched.get(entry)?.stored
    const told = replaced && {
      location: location('DocumentReference', patientKey, replaced.id, replaced.version + 1),
      etag: `W/"${replaced.version + 1}"`,
    }
    answers.set(entry.index, { status: '200 OK', ...told })
  }
  if (lot.patient) answers.set(lot.patient.index, patientAnswer(exchange, patientKey, lot.patient))
  return [...answers].sort(([a], [b]) => a - b).map(([, answer]) => answer)
}

/** It designated the record, and nothing of it was stored: who sent it to be stored is told so. */
function patientAnswer(
  exchange: Pick<Exchange, 'language'>,
  patientKey: Uuid,
  entry: LotEntry,
): ResponseEntry {
  const untouched: Issue = {
    severity: 'information',
    type: 'informational',
    error: 'patient-inchange',
    expression: `Bundle.entry[${entry.index}]`,
  }
  return {
    status: '200 OK',
    location: `Patient/${encodeUuid(patientKey)}`,
    ...outcome(exchange, entry.method === 'GET' ? [] : [untouched]),
  }
}

function outcome(
  { language }: Pick<Exchange, 'language'>,
  issues: readonly Issue[],
): { readonly outcome?: string } {
  return issues.length > 0 ? { outcome: operationOutcome(issues, language) } : {}
}

function response(type: string, patientKey: Uuid, stored: Stored, id: Uuid): ResponseEntry {
  return {
    status: stored.created ? '201 Created' : '200 OK',
    location: location(type, patientKey, id, stored.version),
    etag: `W/"${stored.version}"`,
    lastModified: new Date(stored.lastUpdated).toISOString(),
  }
}
