/**
 * The contents of documents: how they are put into a record and read back, wherever they lie.
 * @see docs/decisions/0010
 */
import type { Uuid } from '../fhir/id.ts'
import type { ContentParts } from './content-parts.ts'
import { type Deposit, prepareDeposit } from './deposit.ts'
import { type NewRecordContents, newRecordContents } from './new-record-contents.ts'
import { type OpenContent, openContent } from './open-content.ts'
import type { ReceivedContent } from './received-content.ts'
import { removeLeftOvers } from './remove-left-overs.ts'

export type Contents = {
  /**
   * Before the transaction that will keep them: what is to lie elsewhere is sent there.
   * @param now milliseconds since 1970
   */
  deposit(patientKey: Uuid, received: readonly ReceivedContent[], now: number): Promise<Deposit>
  /** The same for a record that the transaction opens which will write its rows. */
  ofNewRecord(patientKey: Uuid): NewRecordContents
  /** The content of a document, for who may read it; undefined when there is no such document. */
  open(patientKey: Uuid, document: Uuid): Promise<OpenContent | undefined>
  /** Objects elsewhere that no content names. @returns how many were removed */
  removeLeftOvers(now: number): Promise<number>
}

export function createContents(parts: ContentParts): Contents {
  const { db, elsewhere } = parts
  return {
    deposit: (patientKey, received, now) => prepareDeposit(parts, patientKey, received, now),
    ofNewRecord: (patientKey) => newRecordContents(parts, patientKey),
    removeLeftOvers: async (now) =>
      elsewhere ? removeLeftOvers((work) => db.transaction(work), elsewhere.objects, now) : 0,
    open: (patientKey, document) => openContent(parts, patientKey, document),
  }
}
