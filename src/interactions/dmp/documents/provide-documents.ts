/**
 * ITI-65: a submission set with its documents and folders, all or nothing.
 * @see https://profiles.ihe.net/ITI/MHD/ITI-65.html, ANS PDSm 3.1.1; docs/policy.md F7, A2, D1, D2
 */
import { bundleResponse } from '../../../fhir/bundle.ts'
import type { ClaimedDocument } from '../../../storage/documents/store-documents.ts'
import type { Answer } from '../../exchange.ts'
import type { Body } from '../../input.ts'
import { readBodyOf } from '../../read-body.ts'
import { setAsideOf } from '../../set-aside-of.ts'
import { whereIs } from '../../transaction/resolve-references.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { admitDocument } from '../submission/admit-document.ts'
import { claimsMinimal, lotProfiles } from '../submission/held-profiles.ts'
import { type DocumentIds, Lot } from '../submission/lot.ts'
import { lotAnswers, type SettledLot } from '../submission/lot-answers.ts'
import { lotClaims } from '../submission/lot-claims.ts'
import { type LotContent, receiveContents } from '../submission/lot-contents.ts'
import { type LotEntry, readLotEntries } from '../submission/lot-entries.ts'
import { findFolders, settleFolders } from '../submission/lot-folders.ts'
import { checkPatient, patientNamed } from '../submission/lot-patient.ts'
import { checkPatches, findAllReplaced } from '../submission/lot-replacements.ts'
import { checkSet } from '../submission/lot-set.ts'
import { resolveRelations } from '../submission/related-documents.ts'
import { announcedReplacement, type Replaced, replacesAny } from '../submission/replaced-document.ts'
import { storeSubmission, untilSettled } from '../submission/store-submission.ts'
import { permitSubject, refuseOtherIns, resolveSubject } from '../submission/subject.ts'
import type { Submission } from '../submission/submission.ts'
import { setBody, setUniqueId } from '../submission/submission-set-body.ts'
import type { Submitted } from '../submission/submitted-document.ts'

/** A lot on its way, as it is the same in each attempt. */
type Asked = Pick<Submitted, 'subject' | 'grant'> & {
  readonly lot: Lot
  readonly uniqueId: string
  readonly contents: ReadonlyMap<LotEntry, LotContent>
}

export async function provideDocuments(
  engine: DmpEngine,
  exchange: DmpExchange,
  body: Body | undefined,
): Promise<Answer> {
  exchange.trace.asks('Bundle')
  const bundle = readBodyOf(engine, body, 'Bundle')
  const entries = readLotEntries(bundle, engine.limits.maxEntries)
  const lot = new Lot(entries, engine.base, engine.registry, lotProfiles(bundle))
  const named =
    lot.patient && lot.namesPatient(lot.set.resource.subject)
      ? patientNamed(lot.patient)
      : { reference: lot.set.resource.subject, at: `${whereIs(lot.set)}.subject` }
  const subject = await resolveSubject(engine, exchange, named.reference, named.at)
  const { grant } = permitSubject(engine, exchange, subject, 'feed', named.at)
  refuseOtherIns(named.reference, subject, named.at)
  if (lot.patient) checkPatient(engine, lot, lot.patient, subject)
  checkSet(engine, exchange, lot, subject)
  const uniqueId = setUniqueId(lot)
  const contents = receiveContents(engine, lot, setAsideOf(body))
  const asked = { lot, uniqueId, subject, grant, contents }
  const replaces = lot.patches.length > 0 || lot.documents.some(({ resource }) => replacesAny(resource))
  const { patientKey } = subject.record.facts
  const settled = await untilSettled(engine, patientKey, lotClaims(lot, uniqueId), replaces, (known) =>
    attempt(engine, exchange, asked, known),
  )
  return {
    status: 200,
    body: bundleResponse('transaction-response', lotAnswers(exchange, lot, settled, patientKey)),
  }
}

async function attempt(
  engine: DmpEngine,
  exchange: DmpExchange,
  asked: Asked,
  known: readonly ClaimedDocument[],
): Promise<SettledLot> {
  const { lot, uniqueId, subject } = asked
  const { patientKey } = subject.record.facts
  const ids = lot.place(patientKey, known, () => engine.newId(exchange.now))
  const inRecord = await findFolders(engine, exchange, lot, subject, known, uniqueId)
  const replaced = await findAllReplaced(engine, exchange, lot, subject, known)
  const documents: Submission['documents'][number][] = []
  for (const entry of lot.documents) {
    const place = ids.get(entry)
    if (!place) throw new Error('A document without a place')
    const isThere = known.some(({ type, id }) => type === 'document' && id === place.id)
    documents.push(await admit(engine, exchange, asked, entry, place, replaced.get(entry), isThere))
  }
  const patched = checkPatches(engine, lot, [...replaced.values()], known.length > 0)
  const id = engine.newId(exchange.now)
  const body = setBody(lot.rewritten(lot.set, subject), { patientKey, id }, exchange.now)
  const submission: Submission = {
    record: subject.record,
    documents,
    set: { id, uniqueId, body, at: whereIs(lot.set) },
    folders: settleFolders(lot, subject, inRecord, ids, uniqueId, exchange.now),
  }
  return { documents, patched, stored: await storeSubmission(engine, exchange, submission, known, 200) }
}

async function admit(
  engine: DmpEngine,
  exchange: DmpExchange,
  { lot, subject, grant, contents }: Asked,
  entry: LotEntry,
  ids: DocumentIds,
  replaced: Replaced | undefined,
  isThere: boolean,
): Promise<Submission['documents'][number]> {
  const content = contents.get(entry)
  if (!content) throw new Error('A document without content')
  const at = whereIs(entry)
  const sent = lot.documentOf(entry)
  // What lies there already has replaced whatever it replaced, and leads to what it led to.
  const { document, related } = isThere
    ? { document: sent, related: [] }
    : await resolveRelations(
        engine,
        exchange,
        subject,
        sent,
        (reference) => lot.documentNamed(reference) !== undefined,
        at,
      )
  const profile = lot.profiles.document
  const complete = claimsMinimal(sent, profile)
  const admitted = await admitDocument(engine, exchange, {
    ...content,
    resource: lot.rewritten(entry, subject, document),
    subject,
    grant,
    complete,
    profile,
    replaced,
    related,
    announced: isThere
      ? undefined
      : (header) => announcedReplacement(engine, exchange, subject, header, replaced, complete, at),
    ...ids,
    at,
  })
  return { at, ...admitted }
}
