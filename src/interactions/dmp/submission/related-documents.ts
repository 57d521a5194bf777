/**
 * What a document transforms, appends or signs (`relatesTo`, all codes but `replaces`): documents of the same record that
 * are there for who deposits, or that come in the same lot. Kept by the ids they have here.
 * @see https://hl7.org/fhir/R4/valueset-document-relationship-type.html, MHD ITI-65 §3.65.4.1.2.3; docs/policy.md D2, V7
 *
 * What hid the other document hides this one too (settle-document.ts): an addendum would tell that there is something.
 */
import { type FhirError, refusal } from '../../../fhir/fhir-error.ts'
import { formatResourceId } from '../../../fhir/id.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../../fhir/json.ts'
import type { StoredDocument } from '../../../storage/documents/read-document.ts'
import type { Subject } from '../../../storage/records/find-subject.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { findNamedDocument } from './named-document.ts'

export type Relations = {
  /** The document, its relations naming what they lead to by its id here. */
  readonly document: JsonObject
  readonly related: readonly StoredDocument[]
}

/** More than any document has reason for; each is looked up. */
export const maxRelations = 20

/**
 * @param isOfLot whether a reference leads to a document of the same lot: it has no id yet
 * @param at where the document stands in the request
 * @throws FhirError 422 for a target that is not there for this caller
 */
export async function resolveRelations(
  engine: DmpEngine,
  exchange: DmpExchange,
  subject: Subject,
  document: JsonObject,
  isOfLot: (reference: string) => boolean,
  at: string,
): Promise<Relations> {
  const relations = Array.isArray(document.relatesTo) ? document.relatesTo : []
  if (relations.length > maxRelations) throw tooMany(at)
  const { patientKey } = subject.record.facts
  const found = await Promise.all(
    relations.map(async (relation, i) => {
      const target = outside(relation, isOfLot)
      if (target === undefined) return undefined
      const stored = await findNamedDocument(engine, exchange, subject, target)
      if (!stored) throw absentTarget(`${at}.relatesTo[${i}].target`)
      return stored
    }),
  )
  const related = found.filter((stored) => stored !== undefined)
  if (related.length === 0) return { document, related }
  const relatesTo = relations.map((relation, i) => {
    const stored = found[i]
    if (!stored || !isJsonObject(relation)) return relation
    const reference = `DocumentReference/${formatResourceId({ patientKey, id: stored.id })}`
    return { ...relation, target: { ...(isJsonObject(relation.target) ? relation.target : {}), reference } }
  })
  return { document: { ...document, relatesTo }, related }
}

/** The target of a relation that is to be looked up. What replaces is seen to elsewhere, and so is what is no relation. */
function outside(relation: JsonValue, isOfLot: (reference: string) => boolean): JsonValue | undefined {
  if (!isJsonObject(relation) || relation.code === 'replaces' || relation.target === undefined)
    return undefined
  const { target } = relation
  const reference = isJsonObject(target) ? target.reference : undefined
  return typeof reference === 'string' && isOfLot(reference) ? undefined : target
}

/** The one answer for what is not there and what is unseen. */
export function absentTarget(expression: string): FhirError {
  return refusal('unprocessable', 'reference-introuvable', {
    type: 'not-found',
    params: { name: 'relatesTo.target' },
    expression,
  })
}

function tooMany(at: string): FhirError {
  return refusal('too-long', 'trop-long', {
    params: { what: 'relatesTo', limit: maxRelations },
    expression: `${at}.relatesTo`,
  })
}
