/**
 * The signatures of authors that a submission brings (D8): each is judged before anything is written. One that is wrong is
 * refused; one of which not enough is known is kept with what is known.
 * @see docs/seal.md; src/seal/signature/
 *
 * What may be signed is of the same lot, or named by `relatesTo` and seen: whatever else the record holds under a uniqueId
 * is not there for a signature, so that none can find out (V7).
 */
import { FhirError } from '../../../fhir/fhir-error.ts'
import { formatResourceId, type Uuid } from '../../../fhir/id.ts'
import type { Issue } from '../../../fhir/issue.ts'
import { isJsonObject } from '../../../fhir/json.ts'
import { judgeSignature, type Signable } from '../../../seal/signature/judge-signature.ts'
import { mayHoldSignature, readSignatures } from '../../../seal/signature/read-signatures.ts'
import type { SignatureVerdict } from '../../../seal/signature/signature-verdict.ts'
import type { StoredDocument } from '../../../storage/documents/read-document.ts'
import type { DocumentSignature } from '../../../storage/seals/document-signatures.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import { metadataOf } from '../documents/next-document.ts'
import type { Submission } from './submission.ts'
import { wholeContent } from './whole-content.ts'

export type JudgedSignatures = {
  /** What is sealed with a document: the verdicts about it, as JSON; empty without any. */
  verdictOf(document: Uuid): string
  /** To documents that lie in the record already. */
  readonly links: readonly DocumentSignature[]
}

/** @throws FhirError 422 for each document that holds a signature that is wrong */
export async function judgeSignatures(
  engine: Pick<DmpEngine, 'contents' | 'seals'>,
  { record, documents, set }: Submission,
  now: number,
): Promise<JudgedSignatures> {
  const { patientKey } = record.facts
  const verdicts = new Map<Uuid, SignatureVerdict[]>()
  const links: DocumentSignature[] = []
  const wrong: Issue[] = []
  const carriers = documents.filter(({ row, content }) =>
    mayHoldSignature(row.contentType, content.size, content.first),
  )
  for (const carrier of carriers) {
    const data = readSignatures(carrier.row.contentType, await wholeContent(carrier.content))
    if (data.length === 0) continue
    const own = signableOf(patientKey, carrier)
    const others = [
      ...documents.filter(({ row }) => row.id !== carrier.row.id).map((each) => signableOf(patientKey, each)),
      ...(await Promise.all(carrier.related.map((each) => storedSignable(engine, patientKey, each)))),
    ].filter((each) => each !== undefined)
    for (const one of data) {
      const verdict = await judgeSignature(one, {
        carrier: own,
        others,
        set: valueIn(set.uniqueId),
        anchors: engine.seals.anchors,
        now,
      })
      if (verdict.indication === 'TOTAL-FAILED') wrong.push(refused(verdict, carrier.at))
      note(verdicts, carrier.row.id, verdict)
      for (const { row } of documents)
        if (row.id !== carrier.row.id && isOf(verdict, patientKey, row.id)) note(verdicts, row.id, verdict)
      for (const { id } of carrier.related)
        if (isOf(verdict, patientKey, id)) links.push({ document: id, carrier: carrier.row.id })
    }
  }
  const [first, ...rest] = wrong
  if (first) throw new FhirError('unprocessable', [first, ...rest])
  return { links, verdictOf: (id) => textOf(verdicts.get(id)) }
}

/** Which documents are signed beside this one is not said with it (V7). */
function textOf(verdicts: readonly SignatureVerdict[] | undefined): string {
  return verdicts ? JSON.stringify(verdicts.map(({ documents: _, ...said }) => said)) : ''
}

function note(verdicts: Map<Uuid, SignatureVerdict[]>, document: Uuid, verdict: SignatureVerdict): void {
  const there = verdicts.get(document)
  if (there) there.push(verdict)
  else verdicts.set(document, [verdict])
}

function isOf({ documents }: SignatureVerdict, patientKey: Uuid, id: Uuid): boolean {
  return documents.includes(formatResourceId({ patientKey, id }))
}

function refused({ subIndication, form }: SignatureVerdict, at: string): Issue {
  return {
    severity: 'error',
    type: 'invalid',
    error: 'signature-invalide',
    params: { cause: subIndication ?? form },
    expression: `${at}.content[0].attachment`,
    rule: 'D8',
  }
}

function signableOf(
  patientKey: Uuid,
  { row, content, uniqueId }: Pick<Submission['documents'][number], 'row' | 'content' | 'uniqueId'>,
): Signable {
  return {
    id: formatResourceId({ patientKey, id: row.id }),
    uri: valueIn(uniqueId),
    sha256: content.sha256,
    size: content.size,
    bytes: () => content.plain(),
  }
}

async function storedSignable(
  { contents }: Pick<DmpEngine, 'contents'>,
  patientKey: Uuid,
  stored: StoredDocument,
): Promise<Signable | undefined> {
  const open = await contents.open(patientKey, stored.id)
  const { masterIdentifier } = metadataOf(stored)
  const uri = isJsonObject(masterIdentifier) ? masterIdentifier.value : undefined
  if (!open || typeof uri !== 'string') return undefined
  return {
    id: formatResourceId({ patientKey, id: stored.id }),
    uri,
    sha256: open.sha256,
    size: open.size,
    async *bytes() {
      yield* await open.bytes()
    },
  }
}

/** Of `system|value`. */
function valueIn(identifier: string): string {
  return identifier.slice(identifier.indexOf('|') + 1)
}
