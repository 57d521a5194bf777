/** The business identifiers by which a document exists once in a record. */
import { canonicalUniqueId, spellingsOf } from '../../../dmp/documents/unique-id.ts'

/** Every spelling of a uniqueId is claimed: sent by another, the document is found, and not stored twice (D1). */
export function documentClaims(uniqueId: string): { readonly type: 'document'; readonly value: string }[] {
  return spellingsOf(uniqueId).map((value) => ({ type: 'document', value }))
}

/** Whether what the record has is the document of this uniqueId, in whatever spelling. */
export function claimsDocument(
  { type, value }: { readonly type: string; readonly value: string },
  uniqueId: string,
): boolean {
  return type === 'document' && canonicalUniqueId(value) === canonicalUniqueId(uniqueId)
}
