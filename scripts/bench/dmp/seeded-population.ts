/**
 * What `dmp seed` has made, as the database has it: the bench asks for what is there, so it does not depend on how it is
 * made up. Documents that a general practitioner does not see (masked) are left out.
 */
import type pg from 'pg'
import type { Connection } from '../../../src/embedded-postgres/bootstrap.ts'
import type { Uuid } from '../../../src/fhir/id.ts'
import { matricule } from '../synthetic-letter.ts'
import { withClient } from '../with-client.ts'

export type SeededRecord = {
  readonly patientKey: Uuid
  readonly matricule: string
  readonly documents: number
}
export type SeededDocument = {
  readonly patientKey: Uuid
  readonly id: Uuid
  readonly binary: Uuid
  /** Of its metadata as they are served. */
  readonly bodyBytes: number
  /** Of its content. */
  readonly bytes: number
}
export type SizedRecord = SeededRecord & {
  /** The most frequent of its documents. */
  readonly type: string
  /** The middle half of its documents lies between these days. */
  readonly from: string
  readonly until: string
}
export type SeededPopulation = {
  readonly records: readonly SeededRecord[]
  /** Some, of the records in the order of these. */
  readonly documents: readonly (SeededDocument & { readonly record: number })[]
  /** One of each size asked for. */
  readonly sized: readonly SizedRecord[]
}

const DOCUMENTS = 2_000
/** All that the bench's own records have in common. */
const OWN = `${matricule(0).slice(0, 9)}%`

export async function readPopulation(
  connection: Connection,
  sizes: readonly number[],
): Promise<SeededPopulation> {
  return withClient(connection, async (client) => {
    const { rows: all } = await client.query<SeededRecord>(
      `select p.patient_key as "patientKey", p.value as matricule, count(d.id)::integer as documents
        from patient_identifier p join document d on d.patient_key = p.patient_key
        where p.value not like $1 group by 1, 2 order by 2`,
      [OWN],
    )
    const sized: SizedRecord[] = []
    for (const size of sizes) {
      const record = all.find(({ documents }) => documents === size)
      if (!record) throw new Error(`No record of ${size} documents was made`)
      sized.push({ ...record, ...(await searchedIn(client, record)) })
    }
    const largest = Math.max(...sizes)
    const records = all.filter(({ documents }) => documents < largest)
    return { records, documents: await someDocuments(client, records), sized }
  })
}

async function searchedIn(
  client: pg.Client,
  { patientKey }: SeededRecord,
): Promise<Pick<SizedRecord, 'type' | 'from' | 'until'>> {
  const { rows } = await client.query<Pick<SizedRecord, 'type' | 'from' | 'until'>>(
    `select mode() within group (order by d.type) as type,
        to_char(percentile_disc(0.25) within group (order by d.period_from), 'YYYY-MM-DD') as from,
        to_char(percentile_disc(0.75) within group (order by d.period_from), 'YYYY-MM-DD') as until
      from document d where d.patient_key = $1 and d.status = 'current' and not d.masked and not d.archived`,
    [patientKey],
  )
  const [found] = rows
  if (!found) throw new Error('A record without documents')
  return found
}

/** Spread over the records by the order of their ids, which is none of theirs. */
async function someDocuments(client: pg.Client, records: readonly SeededRecord[]) {
  const { rows } = await client.query<SeededDocument>(
    `select d.patient_key as "patientKey", d.id, d.binary_id as binary, c.size as bytes,
        octet_length(d.body) as "bodyBytes"
      from document d join content c on c.patient_key = d.patient_key and c.sha256 = d.content_sha256
      where d.patient_key = any($1::uuid[]) and d.status = 'current' and not d.masked and not d.invisible_patient
      order by md5(d.id::text) limit $2`,
    [records.map(({ patientKey }) => patientKey), DOCUMENTS],
  )
  const numbers = new Map(records.map(({ patientKey }, n) => [patientKey, n]))
  return rows.map((document) => ({ ...document, record: numbers.get(document.patientKey) ?? 0 }))
}
