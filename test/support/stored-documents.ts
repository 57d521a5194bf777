/** Rows of `document` for the tests of storage: plain ones, with what a test gives them; written many at a time. */
import { createHash, randomBytes } from 'node:crypto'
import { type Uuid, uuidV7 } from '../../src/fhir/id.ts'
import { runTogether } from '../../src/storage/connection/run-together.ts'
import type { Runner } from '../../src/storage/database.ts'
import { documentInsertions, type NewDocument } from '../../src/storage/documents/store-documents.ts'
import { listInsertions, type NewList } from '../../src/storage/documents/store-lists.ts'

const sha256 = createHash('sha256').update('bytes').digest()

export function newUuid(at = Date.now()): Uuid {
  return uuidV7(at, randomBytes(10))
}

export function documentWith(given: Partial<NewDocument> & Pick<NewDocument, 'patientKey'>): NewDocument {
  const id = given.id ?? newUuid()
  const at = Date.parse('2026-01-01T00:00:00Z')
  return {
    id,
    lastUpdated: at,
    status: 'current',
    type: 'http://loinc.org|11490-0',
    masked: false,
    invisiblePatient: false,
    invisibleLegal: false,
    archived: false,
    authors: [],
    category: [],
    format: '',
    facility: '',
    setting: '',
    event: [],
    securityLabel: [],
    identifier: [],
    date: at,
    creation: undefined,
    period: undefined,
    periodStart: undefined,
    periodEnd: undefined,
    binaryId: newUuid(),
    contentType: 'text/plain',
    sha256,
    body: `{"id":"${id}"}`,
    tokens: [],
    strings: [],
    words: '',
    ...given,
  }
}

export async function store(db: Runner, documents: readonly NewDocument[]): Promise<void> {
  await Promise.all(documents.map((document) => insertDocument(db, document)))
}

export async function insertDocument(db: Runner, document: NewDocument): Promise<void> {
  const { patientKey, lastUpdated } = document
  await runTogether(db, documentInsertions(patientKey, [{ document, submission: undefined }], lastUpdated))
}

export async function insertList(db: Runner, list: NewList): Promise<void> {
  await runTogether(db, listInsertions([list]))
}
