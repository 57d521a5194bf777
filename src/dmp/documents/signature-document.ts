/** The document that holds the signature of a submission set: an XML of its own kind, and no CDA. @see JDV_J66 (E1762), IHE DSG */
import type { DocumentReference } from '@medplum/fhirtypes'

export function isSignatureDocument({ type }: Pick<DocumentReference, 'type'>): boolean {
  return type?.coding?.some(({ code }) => code === 'E1762') ?? false
}
