/**
 * The document that another replaces (`relatesTo.code = replaces`): of the same record, named by its id, a condition or
 * its uniqueId; seen by who replaces it, and written by them. One that is unseen is one that is not there (V7).
 * @see docs/policy.md D2; ANS PDSm 3.1.1 constr-cdr-rempl (exactly one), MHD ITI-65 §3.65.4.1.2
 *
 * Not asked: that both are of one type, and what a CDA header says of the document it replaces (relatedDocument RPLC).
 */
import { type FhirError, refusal } from '../../../fhir/fhir-error.ts'
import { parseResourceId, type ResourceId } from '../../../fhir/id.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../../fhir/json.ts'
import { parseReference } from '../../../fhir/reference.ts'
import { actorClass, selfIds } from '../../../policy/actor-class.ts'
import { parseToken } from '../../../search/parameter-types/token.ts'
import { findDocumentIds } from '../../../storage/find-document.ts'
import type { Subject } from '../../../storage/find-subject.ts'
import { readDocument, type StoredDocument } from '../../../storage/read-document.ts'
import type { KnownRecord } from '../../../storage/record-facts.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { sightIn } from '../documents/sight.ts'
import { askerOf } from '../permit.ts'

export type Replaced = {
  readonly stored: StoredDocument
  /** Where the relation stands in the request. */
  readonly at: string
}

/**
 * @param at where the document stands in the request
 * @returns undefined when it replaces none
 * @throws FhirError 422 for a document that is not there for this caller, and what `refuseReplacement` refuses
 */
export async function findReplaced(
  engine: DmpEngine,
  exchange: DmpExchange,
  subject: Subject,
  document: JsonObject,
  at: string,
): Promise<Replaced | undefined> {
  const relations = replacing(document)
  const [first, second] = relations
  if (!first) return undefined
  if (second) throw incorrect('relatesTo replaces × 2', `${at}.relatesTo[${second.index}]`)
  const expression = `${at}.relatesTo[${first.index}].target`
  const candidates = await candidatesOf(engine, subject, first.target)
  const found = await Promise.all(candidates.map((id) => readDocument(engine.db, id, askerOf(exchange))))
  const sight = sightIn(engine, exchange, subject.record)
  const seen = found.flatMap((each) =>
    each?.document && sight.sees(each.document.facts) ? [each.document] : [],
  )
  const [stored] = seen
  if (!stored || seen.length > 1) throw absent(expression)
  refuseReplacement(engine, exchange, subject.record, stored, expression)
  return { stored, at: expression }
}

/** Whether a document says that it replaces another. */
export function replacesAny(document: JsonObject): boolean {
  return replacing(document).length > 0
}

/**
 * Asked again of the document and the record as they are locked.
 * @throws FhirError 422 when it is no longer seen, 403 for another's document, 409 for one that is replaced or deleted
 */
export function refuseReplacement(
  engine: DmpEngine,
  exchange: DmpExchange,
  record: KnownRecord,
  { facts }: StoredDocument,
  expression: string,
): void {
  const { caller, mode } = exchange
  if (!sightIn(engine, exchange, record).sees(facts)) throw absent(expression)
  const actor = actorClass(caller, record.facts)
  const self: readonly string[] = selfIds(caller)
  if (actor !== 'MEDECIN_TRAITANT' && !facts.authors.some((author) => self.includes(author))) {
    const params = { right: 'F7', name: 'remplacer le document d’un autre auteur', actor, mode }
    throw refusal('forbidden', 'droit-fonctionnel', { rule: 'D2', params, expression })
  }
  if (facts.status === 'current') return
  const error = facts.status === 'superseded' ? 'document-remplace' : 'document-supprime'
  throw refusal('conflict', error, { rule: 'D2', expression })
}

type Relation = { readonly index: number; readonly target: JsonValue | undefined }

function replacing({ relatesTo }: JsonObject): Relation[] {
  const relations = Array.isArray(relatesTo) ? relatesTo : []
  return relations.flatMap((relation, index) =>
    isJsonObject(relation) && relation.code === 'replaces' ? [{ index, target: relation.target }] : [],
  )
}

async function candidatesOf(
  engine: DmpEngine,
  subject: Subject,
  target: JsonValue | undefined,
): Promise<readonly ResourceId[]> {
  const { patientKey } = subject.record.facts
  if (!isJsonObject(target)) return []
  const { reference, identifier } = target
  if (typeof reference !== 'string') {
    const token = isJsonObject(identifier) && tokenOf(identifier.system, identifier.value)
    return token ? findDocumentIds(engine.db, patientKey, token) : []
  }
  const parsed = parseReference(reference, engine.base)
  if (parsed?.kind === 'relative' && parsed.type === 'DocumentReference') {
    const id = parseResourceId(parsed.id)
    return id?.patientKey === patientKey ? [id] : []
  }
  if (parsed?.kind !== 'conditional' || parsed.type !== 'DocumentReference') return []
  const [pair, ...others] = [...new URLSearchParams(parsed.query)]
  const asked = pair?.[0] === 'identifier' && others.length === 0 ? parseToken(pair[1]) : undefined
  const token = tokenOf(asked?.system, asked?.code)
  return token ? findDocumentIds(engine.db, patientKey, token) : []
}

function tokenOf(system: JsonValue | undefined, value: JsonValue | undefined): string | undefined {
  return typeof system === 'string' && typeof value === 'string' ? `${system}|${value}` : undefined
}

/** The document with its relation naming what it replaces by the id it has here. */
export function withReplaced(document: JsonObject, replaced: string): JsonObject {
  const relations = Array.isArray(document.relatesTo) ? document.relatesTo : []
  const relatesTo = relations.map((relation) =>
    isJsonObject(relation) && relation.code === 'replaces'
      ? {
          ...relation,
          target: { ...(isJsonObject(relation.target) ? relation.target : {}), reference: replaced },
        }
      : relation,
  )
  return { ...document, relatesTo }
}

function absent(expression: string): FhirError {
  return refusal('unprocessable', 'reference-introuvable', {
    type: 'not-found',
    params: { name: 'relatesTo.target' },
    expression,
  })
}

function incorrect(cause: string, expression: string): FhirError {
  return refusal('unprocessable', 'lot-incorrect', { params: { cause }, expression })
}
