/** The rows that a real push has left, as values to insert again under other keys. */
import type { Uuid } from '../../src/fhir/id.ts'
import type { Database } from '../../src/storage/database.ts'
import type { TraceRow } from '../../src/storage/insert-traces.ts'
import { sql } from '../../src/storage/sql.ts'
import type { NewDocument } from '../../src/storage/store-documents.ts'

export type PushedRows = {
  readonly patientKeys: readonly Uuid[]
  readonly document: NewDocument
  readonly list: string
  readonly trace: Omit<TraceRow, 'notices'>
}

type Range = 'creation' | 'period' | 'start' | 'end'
type DocumentRow = Omit<NewDocument, 'creation' | 'period' | 'periodStart' | 'periodEnd'> & {
  readonly [B in `${Range}_${'from' | 'until'}`]: number | null
}

export async function readPushedRows(db: Database): Promise<PushedRows> {
  const [document] = await db.run<DocumentRow>(
    sql`select d.patient_key as "patientKey", d.id, d.last_updated as "lastUpdated", d.status, d.type, d.masked,
        d.invisible_patient as "invisiblePatient", d.invisible_legal as "invisibleLegal", d.archived, d.authors,
        d.category, d.format, d.facility, d.setting, d.event, d.security_label as "securityLabel", d.identifier, d.date,
        d.creation_from, d.creation_until, d.period_from, d.period_until, d.start_from, d.start_until, d.end_from,
        d.end_until, d.binary_id as "binaryId", d.content_type as "contentType", d.content_sha256 as sha256, c.bytes,
        d.body
      from document d join content c on c.patient_key = d.patient_key and c.sha256 = d.content_sha256 limit 1`,
  )
  const [list] = await db.run<{ body: string }>(
    sql`select r.body from resource r where r.type = 'List' limit 1`,
  )
  const [trace] = await db.run<Omit<TraceRow, 'notices'>>(
    sql`select a.patient_key, '' as recorded, a.id, a.interaction, a.action, a.outcome, a.status, a.error, a.actor,
        a.authentication, a.person, a.organization, a.client, a.on_behalf_of, a.mode, a.motive, a.rules,
        a.resource_type, a.entities, a.query, a.request_id, a.network
      from audit a where a.interaction = 'provide-documents' and a.outcome = '0' limit 1`,
  )
  const records = await db.run<{ patient_key: Uuid }>(sql`select r.patient_key from record r`)
  if (!document || !list || !trace) throw new Error('No push has left its rows')
  const range = (name: Range): NewDocument['period'] => {
    const { [`${name}_from` as const]: start, [`${name}_until` as const]: end } = document
    return start === null || end === null ? undefined : { start, end }
  }
  return {
    patientKeys: records.map((record) => record.patient_key),
    document: {
      ...document,
      creation: range('creation'),
      period: range('period'),
      periodStart: range('start'),
      periodEnd: range('end'),
    },
    list: list.body,
    trace,
  }
}
