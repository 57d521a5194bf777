/**
 * ITI-65: a submission set with its documents, all or nothing.
 * @see https://profiles.ihe.net/ITI/MHD/ITI-65.html, ANS PDSm 3.1.1; docs/policy.md F7, A2
 */

import type { Grant } from '../../../dmp/functional-matrix.ts'
import { bundleResponse, type ResponseEntry } from '../../../fhir/bundle.ts'
import { refusal } from '../../../fhir/fhir-error.ts'
import type { Uuid } from '../../../fhir/id.ts'
import type { Subject } from '../../../storage/find-subject.ts'
import type { Claim, ClaimedDocument } from '../../../storage/store-documents.ts'
import type { Answer } from '../../exchange.ts'
import type { Body } from '../../input.ts'
import { readBodyOf } from '../../read-body.ts'
import { readEntries, type TransactionEntry } from '../../transaction/bundle-entries.ts'
import { whereIs } from '../../transaction/resolve-references.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { admitDocument } from '../submission/admit-document.ts'
import { imposedOutcome } from '../submission/imposed-outcome.ts'
import { attachmentOf, type DocumentIds, Lot, masterIdentifierOf } from '../submission/lot.ts'
import { checkPatches, findAllReplaced } from '../submission/lot-replacements.ts'
import { receiveContent } from '../submission/received-content.ts'
import { type Replaced, replacesAny } from '../submission/replaced-document.ts'
import {
  location,
  type Stored,
  type StoredSubmission,
  storeSubmission,
  untilSettled,
} from '../submission/store-submission.ts'
import { permitSubject, resolveSubject } from '../submission/subject.ts'
import { setBody, setUniqueId } from '../submission/submission-set-body.ts'
import type { AdmittedDocument } from '../submission/submitted-document.ts'

export async function provideDocuments(
  engine: DmpEngine,
  exchange: DmpExchange,
  body: Body | undefined,
): Promise<Answer> {
  exchange.trace.asks('Bundle')
  const bundle = readBodyOf(engine, body, 'Bundle')
  const entries = readEntries(
    bundle,
    ['List', 'DocumentReference', 'Binary'],
    'DocumentReference',
    engine.limits.maxEntries,
  )
  const lot = new Lot(entries, engine.base, engine.registry)
  const at = `${whereIs(lot.set)}.subject`
  const subject = await resolveSubject(engine, exchange, lot.set.resource.subject, at)
  const { grant } = permitSubject(engine, exchange, subject, 'feed', at)
  lot.checkSet(engine, subject)
  const { patientKey } = subject.record.facts
  const uniqueId = setUniqueId(lot)
  const replaces = lot.patches.length > 0 || lot.documents.some(({ resource }) => replacesAny(resource))
  const settled = await untilSettled(engine, patientKey, claimsOf(lot, uniqueId), replaces, (known) =>
    settle(engine, exchange, lot, uniqueId, subject, grant, known),
  )
  const answers = inOrder(exchange, lot, settled, patientKey)
  return { status: 200, body: bundleResponse('transaction-response', answers) }
}

function claimsOf(lot: Lot, setId: string): Pick<Claim, 'type' | 'value'>[] {
  return [
    ...lot.documents.map(({ resource }) => ({
      type: 'document' as const,
      value: masterIdentifierOf(resource),
    })),
    { type: 'submissionset', value: setId },
  ]
}

type Settled = {
  readonly documents: readonly AdmittedDocument[]
  readonly stored: StoredSubmission
  /** The document that each patch of the lot says is replaced; none for what was replaced before. */
  readonly patched: ReadonlyMap<TransactionEntry, Replaced>
}

async function settle(
  engine: DmpEngine,
  exchange: DmpExchange,
  lot: Lot,
  uniqueId: string,
  subject: Subject,
  grant: Grant,
  known: readonly ClaimedDocument[],
): Promise<Settled> {
  const { patientKey, maskedByDefault } = subject.record.facts
  const ids = lot.place(patientKey, known, () => engine.newId(exchange.now))
  const replaced = await findAllReplaced(engine, exchange, lot, subject, known)
  const documents = lot.documents.map((entry) =>
    admit(engine, exchange, lot, entry, ids.get(entry), subject, grant, replaced.get(entry)),
  )
  const patched = checkPatches(engine, lot, [...replaced.values()], known.length > 0)
  const id = engine.newId(exchange.now)
  const body = setBody(lot.rewritten(lot.set, subject), { patientKey, id }, exchange.now)
  const submission = { patientKey, maskedByDefault, documents, set: { id, uniqueId, body } }
  return { documents, patched, stored: await storeSubmission(engine, exchange, submission, known, 200) }
}

function admit(
  engine: DmpEngine,
  exchange: DmpExchange,
  lot: Lot,
  entry: TransactionEntry,
  ids: DocumentIds | undefined,
  subject: Subject,
  grant: Grant,
  replaced: Replaced | undefined,
): AdmittedDocument & { readonly at: string } {
  if (!ids) throw new Error('A document without a place')
  const binary = lot.binaryOf(entry)
  const content = receiveContent(
    binary.resource.data,
    engine.limits.maxDocumentBytes,
    `${whereIs(binary)}.data`,
  )
  const resource = lot.rewritten(entry, subject)
  if (binary.resource.contentType !== attachmentOf(resource)?.contentType) {
    throw refusal('unprocessable', 'contenu-inattendu', {
      params: { contentType: 'attachment.contentType' },
      expression: `${whereIs(binary)}.contentType`,
    })
  }
  const at = whereIs(entry)
  const submitted = { resource, content, subject, grant, complete: false, replaced, ...ids, at }
  return { at, ...admitDocument(engine, exchange, submitted) }
}

/** The answer to each entry, in the order of the request. */
function inOrder(
  exchange: DmpExchange,
  lot: Lot,
  { documents, stored, patched }: Settled,
  patientKey: Uuid,
): ResponseEntry[] {
  const answers: { readonly index: number; readonly answer: ResponseEntry }[] = [
    { index: lot.set.index, answer: response('List', patientKey, stored.set, stored.set.id) },
  ]
  lot.documents.forEach((entry, i) => {
    const document = stored.documents[i]
    if (!document?.binaryId) throw new Error('A document without an answer')
    answers.push(
      {
        index: entry.index,
        answer: {
          ...response('DocumentReference', patientKey, document, document.id),
          ...(document.created ? imposedOutcome(exchange, documents[i]) : {}),
        },
      },
      {
        index: lot.binaryOf(entry).index,
        answer: response('Binary', patientKey, { ...document, version: 1 }, document.binaryId),
      },
    )
  })
  for (const entry of lot.patches) {
    const replaced = patched.get(entry)?.stored
    const told = replaced && {
      location: location('DocumentReference', patientKey, replaced.id, replaced.version + 1),
      etag: `W/"${replaced.version + 1}"`,
    }
    answers.push({ index: entry.index, answer: { status: '200 OK', ...told } })
  }
  return answers.sort((a, b) => a.index - b.index).map(({ answer }) => answer)
}

function response(type: string, patientKey: Uuid, stored: Stored, id: Uuid): ResponseEntry {
  return {
    status: stored.created ? '201 Created' : '200 OK',
    location: location(type, patientKey, id, stored.version),
    etag: `W/"${stored.version}"`,
    lastModified: new Date(stored.lastUpdated).toISOString(),
  }
}
