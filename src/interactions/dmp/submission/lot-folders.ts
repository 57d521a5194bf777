/**
 * The folders of a submission: those it makes, and those into which it puts documents. Documents are put into a folder and
 * never taken out: who does not see all that is in it could not say what it would take out.
 * @see https://profiles.ihe.net/ITI/MHD/ITI-65.html §3.65.4.1.2.1 ("may require that an Updated Folder only have new
 * .entry elements added"); docs/policy.md V7; docs/api.md "Folders"
 */
import type { List } from '@medplum/fhirtypes'
import { withBothDiscriminators, withUsesOfTypes } from '../../../dmp/documents/document-identifiers.ts'
import { checkFolder, readFolder } from '../../../dmp/documents/folder.ts'
import { type FhirError, refusal, refuseFaults } from '../../../fhir/fhir-error.ts'
import { formatResourceId, type Uuid } from '../../../fhir/id.ts'
import { isJsonObject, type JsonObject, parseJson, stringifyJson } from '../../../fhir/json.ts'
import { findFolder, readFolderItems, type StoredItem } from '../../../storage/documents/folders.ts'
import type { ClaimedDocument } from '../../../storage/documents/store-documents.ts'
import type { Subject } from '../../../storage/records/find-subject.ts'
import { validate } from '../../../validation/validate.ts'
import { whereIs } from '../../transaction/resolve-references.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { folderVersion } from '../documents/folder-body.ts'
import { type Sight, sightIn } from '../documents/sight.ts'
import { heldTo } from './held-profiles.ts'
import { locatedIn } from './located-in.ts'
import type { Lot } from './lot.ts'
import type { LotEntry } from './lot-entries.ts'
import { folderUniqueId } from './lot-folder-id.ts'
import { findNamedDocument, readNamedUrl } from './named-document.ts'

/** A folder as it will be written. */
export type LotFolder = {
  readonly id: Uuid
  /** Where the List stands in the request. */
  readonly at: string
  /** By which a new one exists once; undefined for one that is there. */
  readonly uniqueId: string | undefined
  /** Of a new one. */
  readonly header: string | undefined
  /** What it does not name yet. */
  readonly added: readonly Uuid[]
}

/** A folder that is there: what is in it, and what of that this caller must name again. */
type KnownFolder = {
  readonly id: Uuid
  readonly items: readonly StoredItem[]
  readonly seen: readonly StoredItem[]
}

/** What the record has of the folders of a lot, and of the documents outside the lot that they name. */
export type FolderContext = {
  readonly there: ReadonlyMap<LotEntry, KnownFolder>
  /** By entry of the Bundle and position in the folder. */
  readonly named: ReadonlyMap<LotEntry, ReadonlyMap<number, Uuid>>
}

/**
 * Finds them, and tells the lot where its folders lie.
 * @param known what the record has of the identifiers of the lot
 * @throws FhirError 422 naming the fault of a folder, or what it names and this caller does not see
 */
export async function findFolders(
  engine: DmpEngine,
  exchange: DmpExchange,
  lot: Lot,
  subject: Subject,
  known: readonly ClaimedDocument[],
  setUniqueId: string,
): Promise<FolderContext> {
  const { patientKey } = subject.record.facts
  const there = new Map<LotEntry, KnownFolder>()
  const named = new Map<LotEntry, ReadonlyMap<number, Uuid>>()
  for (const [n, entry] of lot.folders.entries()) {
    checkList(engine, lot, entry, subject)
    named.set(entry, await documentsNamed(engine, exchange, lot, entry, subject))
    const uniqueId = folderUniqueId(entry, setUniqueId, n)
    const sent = known.find(({ type, value }) => type === 'folder' && value === uniqueId)?.id
    const folder =
      entry.method === 'PUT'
        ? await updatedFolder(engine, exchange, subject, entry)
        : sent && (await sentBefore(engine, patientKey, sent))
    if (folder && [...there.values()].some(({ id }) => id === folder.id))
      throw incorrect('List (folder) × 2', entry)
    lot.placeFolder(patientKey, entry, folder?.id ?? engine.newId(exchange.now))
    if (folder) there.set(entry, folder)
  }
  return { there, named }
}

/** One that this very lot, or another of the same identifier, has made. */
async function sentBefore(engine: DmpEngine, patientKey: Uuid, id: Uuid): Promise<KnownFolder> {
  return { id, items: await readFolderItems(engine.db, { patientKey, id }), seen: [] }
}

/**
 * The folders of a lot as they will be written.
 * @param documentIds where the documents of the lot will lie
 * @throws FhirError 422 for an update that leaves out what the caller sees in the folder
 */
export function settleFolders(
  lot: Lot,
  subject: Subject,
  { there, named }: FolderContext,
  documentIds: ReadonlyMap<LotEntry, { readonly id: Uuid }>,
  setUniqueId: string,
  now: number,
): LotFolder[] {
  return lot.folders.map((entry, n) => {
    const references = itemsOf(entry)
    const outside = named.get(entry)
    const documents = references.map((reference, i) => {
      const inLot = lot.documentNamed(reference)
      const id = (inLot && documentIds.get(inLot)?.id) ?? outside?.get(i)
      if (!id) throw new Error('A folder entry that was not resolved')
      return id
    })
    if (new Set(documents).size !== documents.length) throw incorrect('List.entry.item × 2', entry)
    const at = whereIs(entry)
    const folder = there.get(entry)
    const id = lot.folderId(entry)
    const added = documents.filter((named) => !folder?.items.some(({ document }) => document === named))
    if (entry.method === 'PUT') {
      if (folder) refuseRemoval(folder, documents, subject, entry)
      return { id, at, uniqueId: undefined, header: undefined, added }
    }
    const { patientKey } = subject.record.facts
    return {
      id,
      at,
      uniqueId: folderUniqueId(entry, setUniqueId, n),
      header: headerOf(
        withBothDiscriminators(lot.rewritten(entry, subject), id),
        formatResourceId({ patientKey, id }),
        now,
      ),
      added,
    }
  })
}

function checkList(engine: DmpEngine, lot: Lot, entry: LotEntry, subject: Subject): void {
  const held = { loaded: engine.profiles, profiles: heldTo(engine, entry.resource, lot.profiles.folder) }
  refuseFaults(locatedIn(validate(withUsesOfTypes(entry.resource), engine.registry, held), entry, 'List'))
  // `validate` found no fault: it is a List.
  refuseFaults(locatedIn(checkFolder(entry.resource as unknown as List), entry, 'List'))
  if (!lot.namesSubject(entry.resource.subject, subject))
    throw incorrect('List.subject (folder) ≠ List.subject', entry, '.subject')
}

async function documentsNamed(
  engine: DmpEngine,
  exchange: DmpExchange,
  lot: Lot,
  entry: LotEntry,
  subject: Subject,
): Promise<ReadonlyMap<number, Uuid>> {
  const found = new Map<number, Uuid>()
  const entries = Array.isArray(entry.resource.entry) ? entry.resource.entry : []
  for (const [i, reference] of itemsOf(entry).entries()) {
    if (lot.documentNamed(reference)) continue
    const item = entries[i]
    const stored = await findNamedDocument(
      engine,
      exchange,
      subject,
      isJsonObject(item) ? item.item : undefined,
    )
    if (!stored) throw absent('List.entry.item', `${whereIs(entry)}.entry[${i}].item`)
    found.set(i, stored.id)
  }
  return found
}

/** One of whose documents none is seen is not there. */
async function updatedFolder(
  engine: DmpEngine,
  exchange: DmpExchange,
  subject: Subject,
  entry: LotEntry,
): Promise<KnownFolder> {
  const { patientKey } = subject.record.facts
  const url = `Bundle.entry[${entry.index}].request.url`
  const named = readNamedUrl(engine.base, patientKey, 'List', entry.url)
  const folder = named && (await findFolder(engine.db, patientKey, named))
  if (!folder) throw absent('List', url)
  const sight = sightIn(engine, exchange, subject.record)
  const items = await readFolderItems(engine.db, { patientKey, id: folder.id })
  const seen = items.filter(({ facts }) => sight.sees(facts))
  if (seen.length === 0) throw absent('List', url)
  refuseUnlessMatched(entry, sight, items)
  refuseOtherHeader(folder.body, entry)
  return { id: folder.id, items, seen }
}

/** The version is the one that this caller reads. */
function refuseUnlessMatched({ ifMatch, index }: LotEntry, sight: Sight, items: readonly StoredItem[]): void {
  if (ifMatch === undefined) return
  const current = folderVersion(items.filter(({ facts }) => sight.consults(facts)))
  if (ifMatch.split(',').some((tag) => tag.trim() === `W/"${current}"` || tag.trim() === '*')) return
  throw refusal('version-conflict', 'version-perimee', {
    expression: `Bundle.entry[${index}].request.ifMatch`,
  })
}

/** What a folder is called and what it is for does not change: who does not see it all would change it for others. */
function refuseOtherHeader(stored: string, entry: LotEntry): void {
  const list = parseJson(stored)
  const before = readFolder(list as unknown as List)
  const after = readFolder(entry.resource as unknown as List)
  for (const element of ['title', 'designation', 'status'] as const)
    if (before[element] !== after[element]) throw incorrect(`PUT List.${element}`, entry)
}

function refuseRemoval(
  known: KnownFolder,
  documents: readonly Uuid[],
  subject: Subject,
  entry: LotEntry,
): void {
  const left = known.seen.find(({ document }) => !documents.includes(document))
  if (!left) return
  const { patientKey } = subject.record.facts
  const id = formatResourceId({ patientKey, id: left.document })
  throw refusal('unprocessable', 'classeur-retrait', {
    type: 'not-supported',
    params: { document: `DocumentReference/${id}` },
    expression: `${whereIs(entry)}.entry`,
  })
}

function itemsOf({ resource }: LotEntry): string[] {
  const entries = Array.isArray(resource.entry) ? resource.entry : []
  return entries.map((entry) => {
    const item = isJsonObject(entry) && isJsonObject(entry.item) ? entry.item.reference : undefined
    return typeof item === 'string' ? item : ''
  })
}

/** A folder as it is kept: without what it names, which is kept apart. @param list references rewritten */
function headerOf(list: JsonObject, id: string, now: number): string {
  const { resourceType, id: _, meta, entry: __, ...rest } = list
  return stringifyJson({
    resourceType,
    id,
    meta: { ...(isJsonObject(meta) ? meta : {}), versionId: '1', lastUpdated: new Date(now).toISOString() },
    ...rest,
  })
}

function absent(name: string, expression: string): FhirError {
  return refusal('unprocessable', 'reference-introuvable', {
    type: 'not-found',
    params: { name },
    expression,
  })
}

function incorrect(cause: string, entry: LotEntry, element = ''): FhirError {
  return refusal('unprocessable', 'lot-incorrect', {
    params: { cause },
    expression: whereIs(entry) + element,
  })
}
