/**
 * The document that another replaces (`relatesTo.code = replaces`, or a CDA that says so itself): of the same record, seen
 * by who replaces it, and written by them. One that is unseen is one that is not there (V7).
 * @see docs/policy.md D2; ANS PDSm 3.1.1 constr-cdr-rempl (exactly one), MHD ITI-65 §3.65.4.1.2
 *
 * Not asked: that both are of one type.
 */
import { type CdaHeader, type CdaId, cdaUniqueId } from '../../../dmp/cda/cda-header.ts'
import { canonicalUniqueId } from '../../../dmp/documents/unique-id.ts'
import { type FhirError, refusal } from '../../../fhir/fhir-error.ts'
import { formatResourceId } from '../../../fhir/id.ts'
import type { Issue } from '../../../fhir/issue.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../../fhir/json.ts'
import { actorClass, authorIds, selfIds, writesAsPatient } from '../../../policy/actor-class.ts'
import type { StoredDocument } from '../../../storage/documents/read-document.ts'
import type { Subject } from '../../../storage/records/find-subject.ts'
import type { KnownRecord } from '../../../storage/records/record-facts.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { metadataOf } from '../documents/next-document.ts'
import { sightIn } from '../documents/sight.ts'
import { findDocumentNamed, findNamedDocument } from './named-document.ts'
import { absentTarget } from './related-documents.ts'

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
  const stored = await findNamedDocument(engine, exchange, subject, first.target)
  if (!stored) throw absentTarget(expression)
  refuseReplacement(engine, exchange, subject.record, stored, expression)
  return { stored, at: expression }
}

/** Whether a document says that it replaces another. */
export function replacesAny(document: JsonObject): boolean {
  return replacing(document).length > 0
}

export type Announced = { readonly replaced: Replaced | undefined; readonly issues: readonly Issue[] }

/**
 * What a CDA says that it replaces (relatedDocument RPLC), beside what the metadata say. A document that is not there for
 * this caller is let be: what it replaces may never have been in the record.
 * @param replaced what the metadata say @param derives whether metadata are taken from the CDA, or must say it themselves
 * @returns issues of a `DocumentReference` @throws FhirError what `refuseReplacement` refuses
 */
export async function announcedReplacement(
  engine: DmpEngine,
  exchange: DmpExchange,
  subject: Subject,
  { replaces }: CdaHeader,
  replaced: Replaced | undefined,
  derives: boolean,
  at: string,
): Promise<Announced> {
  const [first, second] = replaces
  if (!first) return { replaced, issues: [] }
  if (replaced) {
    const agrees = replaces.some((id) => isNamed(metadataOf(replaced.stored), id))
    return {
      replaced,
      issues: agrees ? [] : [fault('cda-contredit', 'D6', { what: 'relatedDocument (RPLC)' })],
    }
  }
  const stored = second ? undefined : await findById(engine, exchange, subject, first)
  if (!stored) return { replaced: undefined, issues: [] }
  if (!derives) {
    const { patientKey } = subject.record.facts
    const document = `DocumentReference/${formatResourceId({ patientKey, id: stored.id })}`
    return { replaced: undefined, issues: [fault('remplacement-a-dire', 'D2', { document })] }
  }
  const expression = `${at}.content[0].attachment`
  refuseReplacement(engine, exchange, subject.record, stored, expression)
  return { replaced: { stored, at: expression }, issues: [] }
}

function fault(error: Issue['error'], rule: string, params: Record<string, string>): Issue {
  return {
    severity: 'error',
    type: 'business-rule',
    error,
    params,
    expression: 'DocumentReference.relatesTo',
    rule,
  }
}

/** As metadata write the uniqueId of a CDA: as a URN, or its root as the system and its extension as the value. */
async function findById(
  engine: DmpEngine,
  exchange: DmpExchange,
  subject: Subject,
  id: CdaId,
): Promise<StoredDocument | undefined> {
  for (const identifier of spellings(id)) {
    const stored = await findDocumentNamed(engine, exchange, subject, identifier)
    if (stored) return stored
  }
  return undefined
}

function spellings(id: CdaId): string[] {
  const urn = `urn:ietf:rfc:3986|${cdaUniqueId(id)}`
  return id.extension === undefined ? [urn] : [urn, `urn:oid:${id.root}|${id.extension}`]
}

function isNamed({ masterIdentifier }: JsonObject, id: CdaId): boolean {
  if (!isJsonObject(masterIdentifier)) return false
  const named = canonicalUniqueId(`${masterIdentifier.system}|${masterIdentifier.value}`)
  return named === canonicalUniqueId(`urn:ietf:rfc:3986|${cdaUniqueId(id)}`)
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
  if (!sightIn(engine, exchange, record).sees(facts)) throw absentTarget(expression)
  if (facts.invisibleLegal) exchange.trace.isAboutSecret()
  const actor = actorClass(caller, record.facts)
  const self: readonly string[] = writesAsPatient(caller) ? authorIds(caller) : selfIds(caller)
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

/** The document with its relation naming what it replaces by the id it has here. */
export function withReplaced(document: JsonObject, replaced: string): JsonObject {
  const relations = Array.isArray(document.relatesTo) ? document.relatesTo : []
  // A CDA may have said it alone.
  if (!replacesAny(document))
    return {
      ...document,
      relatesTo: [...relations, { code: 'replaces', target: { reference: replaced } }],
    }
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

function incorrect(cause: string, expression: string): FhirError {
  return refusal('unprocessable', 'lot-incorrect', { params: { cause }, expression })
}
