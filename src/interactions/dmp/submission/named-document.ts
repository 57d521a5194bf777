/**
 * The document of a record that a reference in a submission names: by its id, a condition on its identifier, or a logical
 * reference. One that is unseen is one that is not there (V7).
 */
import { parseResourceId, type ResourceId, type Uuid } from '../../../fhir/id.ts'
import { isJsonObject, type JsonValue } from '../../../fhir/json.ts'
import { parseReference } from '../../../fhir/reference.ts'
import { parseToken } from '../../../search/parameter-types/token.ts'
import { findDocumentIds } from '../../../storage/documents/find-document.ts'
import { readDocument, type StoredDocument } from '../../../storage/documents/read-document.ts'
import type { Subject } from '../../../storage/records/find-subject.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { sightIn } from '../documents/sight.ts'
import { askerOf } from '../permit.ts'

/** What a reference says, before anything is looked up. */
export type Named =
  | { readonly id: Uuid }
  /** `system|value` */
  | { readonly identifier: string }

/** @returns undefined for what is no document of this record, unseen, or named by several */
export async function findNamedDocument(
  engine: DmpEngine,
  exchange: DmpExchange,
  subject: Subject,
  reference: JsonValue | undefined,
): Promise<StoredDocument | undefined> {
  const { patientKey } = subject.record.facts
  const named = readNamed(engine.base, patientKey, 'DocumentReference', reference)
  if (!named) return undefined
  return onlySeen(engine, exchange, subject, await candidatesOf(engine, patientKey, named))
}

/** The same by a uniqueId that is known as one. @param identifier `system|value` */
export async function findDocumentNamed(
  engine: DmpEngine,
  exchange: DmpExchange,
  subject: Subject,
  identifier: string,
): Promise<StoredDocument | undefined> {
  const { patientKey } = subject.record.facts
  return onlySeen(engine, exchange, subject, await findDocumentIds(engine.db, patientKey, identifier))
}

async function onlySeen(
  engine: DmpEngine,
  exchange: DmpExchange,
  subject: Subject,
  candidates: readonly ResourceId[],
): Promise<StoredDocument | undefined> {
  const found = await Promise.all(candidates.map((at) => readDocument(engine.db, at, askerOf(exchange))))
  const sight = sightIn(engine, exchange, subject.record)
  const [only, ...others] = found.flatMap((each) =>
    each?.document && sight.sees(each.document.facts) ? [each.document] : [],
  )
  return others.length === 0 ? only : undefined
}

function candidatesOf(
  engine: DmpEngine,
  patientKey: Uuid,
  named: Named,
): readonly ResourceId[] | Promise<readonly ResourceId[]> {
  return 'id' in named
    ? [{ patientKey, id: named.id }]
    : findDocumentIds(engine.db, patientKey, named.identifier)
}

/** @param type that is expected @returns undefined for a reference to anything else, or to another record */
export function readNamed(
  base: string,
  patientKey: Uuid,
  type: string,
  reference: JsonValue | undefined,
): Named | undefined {
  if (!isJsonObject(reference)) return undefined
  const { reference: text, identifier } = reference
  if (typeof text !== 'string')
    return isJsonObject(identifier) ? tokenOf(identifier.system, identifier.value) : undefined
  return readNamedUrl(base, patientKey, type, text)
}

/** The same of a URL alone: `[type]/[id]`, `[type]?identifier=system|value`. */
export function readNamedUrl(base: string, patientKey: Uuid, type: string, text: string): Named | undefined {
  const parsed = parseReference(text, base)
  if (parsed?.kind === 'relative' && parsed.type === type) {
    const at = parseResourceId(parsed.id)
    return at?.patientKey === patientKey ? { id: at.id } : undefined
  }
  if (parsed?.kind !== 'conditional' || parsed.type !== type) return undefined
  const [pair, ...others] = [...new URLSearchParams(parsed.query)]
  const asked = pair?.[0] === 'identifier' && others.length === 0 ? parseToken(pair[1]) : undefined
  return tokenOf(asked?.system, asked?.code)
}

function tokenOf(system: JsonValue | undefined, value: JsonValue | undefined): Named | undefined {
  return typeof system === 'string' && typeof value === 'string'
    ? { identifier: `${system}|${value}` }
    : undefined
}
