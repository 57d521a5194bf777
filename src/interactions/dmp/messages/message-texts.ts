/** How the texts of messages lie: sealed by the key of their record, which the wiring of the app hands on. */
import type { Uuid } from '../../../fhir/id.ts'
import type { Runner } from '../../../storage/database.ts'

/** @param about the message that the text belongs to: sealed for one, it opens for no other */
type Text = { readonly text: string; readonly about: string }

export type MessageTexts = {
  seal(transaction: Runner, patientKey: Uuid, text: Text): Promise<string>
  /** Of one record, in their order. */
  open(runner: Runner, patientKey: Uuid, sealed: readonly Text[]): Promise<readonly string[]>
}
