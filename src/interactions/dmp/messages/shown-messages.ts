/**
 * Messages as their reader is shown them: the text open, and of the documents that it refers to those that this reader sees
 * now. What is hidden is not named (V7, M2): the text stays, for it was written to this reader.
 */
import type { Uuid } from '../../../fhir/id.ts'
import { isJsonObject, type JsonObject, type JsonValue, stringifyJson } from '../../../fhir/json.ts'
import type { DocumentScope } from '../../../policy/document-scope.ts'
import type { Runner } from '../../../storage/database.ts'
import { visibleDocuments } from '../../../storage/documents/visible-documents.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import { idNamed, type MessagePlace } from './message-form.ts'
import { payloads, sealedFor, storedMessage, textOf, withText } from './stored-message.ts'

export type LyingMessage = { readonly id: Uuid; readonly body: string }

export async function shownMessages(
  engine: Pick<DmpEngine, 'base' | 'messageTexts'>,
  db: Runner,
  patientKey: Uuid,
  scope: DocumentScope,
  messages: readonly LyingMessage[],
): Promise<readonly string[]> {
  const place: MessagePlace = { patientKey, base: engine.base }
  const bodies = messages.map(({ body }) => storedMessage(body))
  const named = [...new Set(bodies.flatMap((body) => documentsOf(body, place)))]
  const [texts, seen] = await Promise.all([
    engine.messageTexts.open(
      db,
      patientKey,
      bodies.map((body, i) => ({
        text: textOf(body),
        about: sealedFor({ patientKey, id: messages[i]?.id ?? patientKey }),
      })),
    ),
    visibleDocuments(db, patientKey, named, scope),
  ])
  return bodies.map((body, i) => stringifyJson(withText(withoutUnseen(body, place, seen), texts[i] ?? '')))
}

/** Own ids of the documents that a message names. */
export function documentsOf(body: JsonObject, place: MessagePlace): readonly Uuid[] {
  const references = [
    ...listOf(body.about),
    ...payloads(body).map(({ contentReference }) => contentReference),
  ]
  return references.flatMap((reference) => documentOf(reference, place) ?? [])
}

function withoutUnseen(body: JsonObject, place: MessagePlace, seen: ReadonlySet<Uuid>): JsonObject {
  const isSeen = (reference: JsonValue | undefined): boolean => {
    const id = documentOf(reference, place)
    return id !== undefined && seen.has(id)
  }
  const about = listOf(body.about).filter(isSeen)
  const payload = payloads(body).filter(
    ({ contentReference }) => contentReference === undefined || isSeen(contentReference),
  )
  const { about: _, ...rest } = body
  // In the place where it stood: a body tells by nothing else that something is left out.
  return Object.fromEntries(Object.entries({ ...(about.length > 0 ? { ...body, about } : rest), payload }))
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : []
}

function documentOf(reference: JsonValue | undefined, place: MessagePlace): Uuid | undefined {
  const text = isJsonObject(reference) ? reference.reference : undefined
  return typeof text === 'string' ? idNamed('DocumentReference', text, place) : undefined
}
