/**
 * Files → what is to be done with them, one after the other: each is read in pieces, to be measured and, of
 * a CDA, for its header.
 */
import { stat } from 'node:fs/promises'
import { cdaUniqueId } from '../../dmp/cda/cda-header.ts'
import { parseCdaChunks } from '../../dmp/cda/parse-cda.ts'
import { measure, piecesOf } from './content-source.ts'
import { describeCda, firstAuthor, noIns } from './describe-cda.ts'
import { describePlain } from './describe-plain.ts'
import type { FoundFile } from './find-files.ts'
import { itemsOfHl7, type PrepareWith } from './hl7-items.ts'
import { type Item, type Origin, unusable } from './item.ts'
import { Sidecars } from './read-sidecar.ts'

export async function* prepare(files: readonly FoundFile[], using: PrepareWith): AsyncGenerator<Item> {
  const sidecars = new Sidecars()
  for (const file of files) {
    if (file.kind === 'hl7') {
      yield* itemsOfHl7(file.path, using)
      continue
    }
    const origin = { file: file.path }
    try {
      const { size } = await stat(file.path)
      const most = using.maxDocumentBytes
      if (size === 0) yield unusable(origin, { code: 'file', text: 'the file is empty' })
      else if (size > most) yield unusable(origin, { code: 'file', text: `larger than ${most} bytes` })
      else {
        const open = await piecesOf(file.path, size)
        const item = file.kind === 'cda' ? cdaItem : plainItem
        yield await item(file, origin, open, sidecars, using)
      }
    } catch (error) {
      // Gone, or not ours to read: told like any other file that cannot be sent.
      if (!isOfFile(error)) throw error
      yield unusable(origin, { code: 'file', text: 'the file cannot be read' })
    }
  }
}

type Open = () => AsyncIterable<Uint8Array>

function isOfFile(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error
}

async function cdaItem(
  { folders }: FoundFile,
  origin: Origin,
  open: Open,
  sidecars: Sidecars,
  { terminology }: PrepareWith,
): Promise<Item> {
  const parsed = await parseCdaChunks(open)
  if ('fault' in parsed) {
    const { reason, at } = parsed.fault
    return unusable(origin, { code: 'cda', text: `no CDA that can be read: ${reason}`, at })
  }
  const { header } = parsed
  const measured = await measure(open())
  const document = describeCda(header, measured, terminology)
  const [ins] = header.patient.ins
  if (!document || !ins) return unusable(origin, noIns)
  const said = sidecars.ofFolders(folders)
  if ('reasons' in said) return unusable(origin, ...said.reasons)
  return {
    kind: 'document',
    origin,
    ins,
    uniqueId: cdaUniqueId(header.id),
    ownIdentifier: true,
    document,
    content: { ...measured, open },
    sender: firstAuthor(header),
    activity: said.metadata.activity,
    ordered: document.relatesTo !== undefined,
  }
}

async function plainItem(
  file: FoundFile,
  origin: Origin,
  open: Open,
  sidecars: Sidecars,
  { terminology }: PrepareWith,
): Promise<Item> {
  const said = sidecars.of(file)
  if ('reasons' in said) return unusable(origin, ...said.reasons)
  const measured = await measure(open())
  const described = describePlain(said.metadata, measured, terminology)
  if ('reasons' in described) return unusable(origin, ...described.reasons)
  return {
    kind: 'document',
    origin,
    ins: described.ins,
    uniqueId: described.uniqueId,
    ownIdentifier: said.metadata.identifier !== undefined,
    document: described.document,
    content: { ...measured, open },
    sender: described.sender,
    activity: said.metadata.activity,
    ordered: said.metadata.replaces !== undefined,
  }
}
