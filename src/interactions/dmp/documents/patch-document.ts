/**
 * TD3.3a to TD3.3d: labels, archive, deletion of a document after its deposit, by a patch of its metadata; by its id, or
 * by its uniqueId.
 * @see https://hl7.org/fhir/R4/http.html#patch, ANS PDSm 3.1.1 "Mise à jour"; docs/policy.md F13 to F17, V1 to V5, D3, D4
 *
 * Decided on the document as it is read, so that a refusal holds no lock; then again on the document as it is locked, and
 * only that is written.
 */
import {
  type DocumentChange,
  forbiddenElement,
  notChangeable,
  settleDocumentChange,
  shownToPatient,
} from '../../../dmp/documents/document-change.ts'
import { FhirError, refusal, refuseFaults } from '../../../fhir/fhir-error.ts'
import { encodeUuid, parseResourceId, type ResourceId } from '../../../fhir/id.ts'
import type { JsonObject } from '../../../fhir/json.ts'
import { operationOutcome } from '../../../fhir/outcome.ts'
import { agentOf, sealChange } from '../../../seal/seal-version.ts'
import { lockDocuments, writeDocument } from '../../../storage/documents/change-document.ts'
import { noteChanges } from '../../../storage/documents/note-changes.ts'
import { readDocument, type StoredDocument } from '../../../storage/documents/read-document.ts'
import { type KnownRecord, lockRecord } from '../../../storage/records/record-facts.ts'
import { insertSeals } from '../../../storage/seals/seals.ts'
import { insertTraces } from '../../../storage/traces/insert-traces.ts'
import { validate } from '../../../validation/validate.ts'
import type { Answer } from '../../exchange.ts'
import type { Input } from '../../input.ts'
import { refuseUnlessMet } from '../../rest/write/preconditions.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { askerOf, unknown } from '../permit.ts'
import { noticesOfChange } from './change-notices.ts'
import { findPatched } from './find-patched.ts'
import { metadataOf, nextDocument } from './next-document.ts'
import { permitChanges } from './permit-changes.ts'
import { type DocumentPatch, readDocumentPatch } from './read-document-patch.ts'
import { type Sight, sightIn } from './sight.ts'

type Request = Pick<Input, 'body' | 'ifMatch'>

export async function patchDocument(
  engine: DmpEngine,
  exchange: DmpExchange,
  input: Request & Pick<Input, 'id'>,
): Promise<Answer> {
  exchange.trace.asks('DocumentReference')
  const patch = readDocumentPatch(engine, input.body)
  const at = parseResourceId(input.id)
  if (!at) throw unknown()
  return patchAt(engine, exchange, at, patch, input.ifMatch)
}

/** The same by `?identifier=system|uniqueId`, as the ANS draft has it. */
export async function conditionallyPatchDocument(
  engine: DmpEngine,
  exchange: DmpExchange,
  input: Request & Pick<Input, 'pairs'>,
): Promise<Answer> {
  exchange.trace.asks('DocumentReference')
  const patch = readDocumentPatch(engine, input.body)
  const at = await findPatched(engine, exchange, input.pairs)
  return patchAt(engine, exchange, at, patch, input.ifMatch)
}

async function patchAt(
  engine: DmpEngine,
  exchange: DmpExchange,
  at: ResourceId,
  patch: DocumentPatch,
  ifMatch: string | undefined,
): Promise<Answer> {
  const found = await readDocument(engine.db, at, askerOf(exchange))
  const first = settle(engine, exchange, found?.record, found?.document, patch, ifMatch)
  if (first.changes.length === 0) return answer(exchange, first, first.stored, first.stored, 'unchanged')
  const written = await engine.db.transaction(async (transaction) => {
    const [record, [document]] = await Promise.all([
      lockRecord(transaction, at.patientKey, askerOf(exchange), 'share'),
      lockDocuments(transaction, at.patientKey, [at.id]),
    ])
    const locked = settle(engine, exchange, record, document, patch, ifMatch)
    // Another request has made the very change meanwhile.
    if (locked.changes.length === 0) return { locked, next: undefined }
    const { stored, sight } = locked
    const next = nextDocument(engine, at.patientKey, stored, locked.document, exchange.now)
    const version = stored.version + 1
    exchange.trace.concernsOnly([{ type: 'DocumentReference', id: encodeUuid(at.id), version }])
    exchange.trace.owes(
      noticesOfChange(exchange.caller, sight.record.facts, { id: at.id, version }, stored.facts, next.facts),
    )
    if (!(await writeDocument(transaction, next))) throw refusal('version-conflict', 'version-perimee')
    const seal = sealChange(engine.seals.sealer, next, stored, 'modification', agentOf(exchange.caller))
    await insertSeals(transaction, [seal])
    await insertTraces(transaction, [exchange.trace.row(200, '')])
    await noteChanges(transaction, at.patientKey, [{ id: at.id, version }], next.lastUpdated)
    return { locked, next: { ...next, version } }
  })
  const { locked, next } = written
  if (!next) return answer(exchange, locked, locked.stored, locked.stored, 'unchanged')
  exchange.trace.durable = true
  return answer(exchange, locked, locked.stored, next, 'changed')
}

type Settled = {
  readonly sight: Sight
  readonly stored: StoredDocument
  readonly changes: readonly DocumentChange[]
  readonly document: JsonObject
}

/** What the patch comes to for this caller, on this version. @throws FhirError whatever is against it */
function settle(
  engine: DmpEngine,
  exchange: DmpExchange,
  record: KnownRecord | undefined,
  stored: StoredDocument | undefined,
  patch: DocumentPatch,
  ifMatch: string | undefined,
): Settled {
  const sight = sightIn(engine, exchange, record)
  exchange.trace.decided(sight.rules)
  if (!stored || !sight.sees(stored.facts)) throw sight.absent
  // Whatever is refused from here on, the trace says of which document, and is shown to who sees it (T1, V5, V7).
  exchange.trace.concernsOnly([
    { type: 'DocumentReference', id: encodeUuid(stored.id), version: stored.version },
  ])
  refuseUnlessMet(ifMatch === undefined ? {} : { ifMatch }, { method: 'PATCH', version: stored.version })
  const before = metadataOf(stored)
  const after = patch(before)
  const forbidden = forbiddenElement(before, after)
  if (forbidden !== undefined) {
    const issue = notChangeable(forbidden, `DocumentReference.${forbidden}`)
    throw new FhirError('method-not-allowed', [issue])
  }
  // Not against the profiles it claims: those of MHD know no deleted document.
  refuseFaults(validate(after, engine.registry))
  const settled = settleDocumentChange(before, after)
  if ('issues' in settled) throw new FhirError('unprocessable', nonEmpty(settled.issues))
  permitChanges(engine, exchange, sight.record, stored, settled.changes)
  const { changes, document } = settled
  if (!changes.includes('show-to-patient')) return { sight, stored, changes, document }
  const { maskedByDefault } = sight.record.facts
  return { sight, stored, changes, document: shownToPatient(document, maskedByDefault) }
}

function nonEmpty<T>(items: readonly T[]): readonly [T, ...T[]] {
  const [first, ...rest] = items
  if (first === undefined) throw new Error('An issue was lost on the way')
  return [first, ...rest]
}

type Version = Pick<StoredDocument, 'version' | 'lastUpdated' | 'body' | 'facts'>

/** The document is in the answer only for who may still see it: masking may hide it from the one who masked. */
function answer(
  exchange: DmpExchange,
  { sight, changes }: Settled,
  { id }: StoredDocument,
  version: Version,
  effect: 'changed' | 'unchanged',
): Answer {
  const head = { status: 200, etag: `W/"${version.version}"`, lastModified: version.lastUpdated }
  if (effect === 'unchanged')
    exchange.trace.concernsOnly([{ type: 'DocumentReference', id: encodeUuid(id), version: version.version }])
  if (exchange.prefer === 'OperationOutcome') {
    const error = effect === 'changed' ? 'ressource-enregistree' : 'ressource-inchangee'
    const issue = {
      severity: 'information',
      type: 'informational',
      error,
      params: { version: version.version },
    } as const
    return { ...head, body: operationOutcome([issue], exchange.language) }
  }
  if (exchange.prefer === 'minimal' || !sight.sees(version.facts)) return head
  if (changes.length === 0 && sight.consults(version.facts)) exchange.trace.owes(sight.notices)
  return { ...head, body: version.body }
}
