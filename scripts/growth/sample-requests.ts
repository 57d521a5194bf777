/**
 * What is asked of a database of a size: records all over it at random, and a document of each. Chosen by keys alone, so that
 * nothing that is measured is read beforehand.
 */

import type { Connection } from '../../src/embedded-postgres/bootstrap.ts'
import { formatResourceId, type Uuid } from '../../src/fhir/id.ts'
import { TEST_INS } from '../../src/population/patient.ts'
import { httpRequest } from '../bench/http-connection.ts'
import type { Callers } from '../bench/records.ts'
import { submission } from '../bench/synthetic-letter.ts'
import { withClient } from '../bench/with-client.ts'

export const operations = ['read', 'search', 'push'] as const
export type Operation = (typeof operations)[number]
/** `spread`: over all records; `same`: again and again of the same few, whose pages are in memory at every size. */
export const reaches = ['spread', 'same'] as const
export type Reach = (typeof reaches)[number]

export type Sample = { readonly matricule: string; readonly patientKey: Uuid; readonly ids: readonly Uuid[] }

const MOST = 20_000
const FEW = 100

/** @param most of the records, at random */
export async function sampleRecords(connection: Connection, most = MOST): Promise<Sample[]> {
  return withClient(connection, async (client) => {
    const { rows } = await client.query<Sample>(
      `select i.value as matricule, i.patient_key as "patientKey", d.ids
        from (select p.value, p.patient_key from patient_identifier p order by random() limit ${most}) i
        cross join lateral (
          select array_agg(d.id::text) as ids from document d where d.patient_key = i.patient_key) d
        where d.ids is not null`,
    )
    return rows
  })
}

/** Without the documents that the general practitioner does not see, masked or of a type that is not for it. */
export function withReadable(samples: readonly Sample[], readable: ReadonlySet<Uuid>): Sample[] {
  return samples
    .map((sample) => ({ ...sample, ids: sample.ids.filter((id) => readable.has(id)) }))
    .filter(({ ids }) => ids.length > 0)
}

export function readingOf(as: Callers, patientKey: Uuid, id: Uuid): string {
  const reader = { authorization: `Bearer ${as.gp}` }
  return httpRequest('GET', `/fhir/DocumentReference/${formatResourceId({ patientKey, id })}`, reader)
}

export type Requests = (operation: Operation, reach: Reach) => string

/** @param series makes what is pushed new in every run */
export function requestsOf(samples: readonly Sample[], as: Callers, series: string): Requests {
  let pushed = 0
  return (operation, reach) => {
    const among = reach === 'same' ? Math.min(FEW, samples.length) : samples.length
    const sample = samples[Math.floor(Math.random() * among)]
    if (!sample) throw new Error('No record was sampled')
    const id = sample.ids[Math.floor(Math.random() * sample.ids.length)]
    if (operation === 'read') {
      if (id === undefined) throw new Error('No document was sampled')
      return readingOf(as, sample.patientKey, id)
    }
    const reader = { authorization: `Bearer ${as.gp}` }
    if (operation === 'search') {
      const identifier = encodeURIComponent(`${TEST_INS}|${sample.matricule}`)
      const query = `patient.identifier=${identifier}&status=current&_sort=-date&_count=20`
      return httpRequest('GET', `/fhir/DocumentReference?${query}`, reader)
    }
    const headers = { authorization: `Bearer ${as.structure}`, 'content-type': 'application/fhir+json' }
    return httpRequest('POST', '/fhir/', headers, submission(sample.matricule, `${series}.${++pushed}`))
  }
}
