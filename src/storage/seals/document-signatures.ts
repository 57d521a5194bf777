/** Which documents hold an author's signature about which: links, only ever added. What was found lies with the seal. */
import type { Uuid } from '../../fhir/id.ts'
import type { Runner } from '../database.ts'
import { sql } from '../sql.ts'

export type DocumentSignature = { readonly document: Uuid; readonly carrier: Uuid }

export async function insertDocumentSignatures(
  transaction: Runner,
  patientKey: Uuid,
  links: readonly DocumentSignature[],
): Promise<void> {
  await transaction.run(
    sql`insert into document_signature (patient_key, document, carrier)
      select ${patientKey}::uuid, l.document, l.carrier
      from unnest(${links.map((l) => l.document)}::uuid[], ${links.map((l) => l.carrier)}::uuid[]) as l(document, carrier)
      on conflict do nothing`,
  )
}

/** The documents that hold a signature about this one. */
export async function findCarriers(db: Runner, patientKey: Uuid, document: Uuid): Promise<Uuid[]> {
  const rows = await db.run<{ carrier: Uuid }>(
    sql`select l.carrier from document_signature l
      where l.patient_key = ${patientKey}::uuid and l.document = ${document}::uuid order by l.carrier`,
  )
  return rows.map(({ carrier }) => carrier)
}
