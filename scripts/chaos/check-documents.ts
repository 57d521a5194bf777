/**
 * What was acknowledged is there, once, and whole: the document at the version that was told, its bytes as they were sent, its
 * submission set, its seals and versions as `$verify` finds them. What nobody was told of is whole too, or not there.
 */
import { createHash } from 'node:crypto'
import { formatResourceId, isUuid } from '../../src/fhir/id.ts'
import { gp } from '../../test/support/personas.ts'
import type { ChaosClient, Told } from './client.ts'
import type { Deposit, Ledger } from './ledger.ts'
import type { Place } from './place.ts'
import { asOwner } from './postgres-faults.ts'

const AT_ONCE = 6
const ATTEMPTS = 3

type Row = {
  readonly id: string
  readonly binary: string
  readonly list: string
  readonly version: number
  readonly masked: boolean
  readonly unique: string
}

/** @param deposits of the ledger, those that are to be looked at @returns what is wrong, and how many were looked at */
export async function checkDocuments(
  { postgres }: Place,
  client: ChaosClient,
  deposits: Ledger['deposits'],
): Promise<{ readonly faults: string[]; readonly documents: number }> {
  const faults = await brokenRows(postgres)
  const rows = new Map<string, Row>()
  for (const row of await stored(postgres)) {
    if (rows.has(row.unique)) faults.push(`${row.unique}: two documents`)
    rows.set(row.unique, row)
  }
  const queue = deposits.flatMap((deposit) => {
    const row = rows.get(deposit.uniqueId)
    if (!row && deposit.places) faults.push(`${deposit.uniqueId}: acknowledged, and lost`)
    return row ? [{ deposit, row }] : []
  })
  const documents = queue.length
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const { deposit, row } = next
      faults.push(
        ...[...againstLedger(deposit, row), ...(await againstServer(client, deposit, row))].map(
          (what) => `${deposit.uniqueId}: ${what}`,
        ),
      )
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return { faults, documents }
}

function againstLedger({ places, version, unanswered, masked }: Deposit, row: Row): string[] {
  if (!places) return []
  const isSame = row.id === places.documentId && row.binary === places.binaryId && row.list === places.listId
  return [
    ...(isSame ? [] : ['it lies elsewhere than was told']),
    ...(row.version < version ? [`version ${row.version}, and ${version} was acknowledged`] : []),
    ...(row.version > version + unanswered ? [`version ${row.version}: nobody asked for so many`] : []),
    ...(row.version === version && row.masked !== masked ? ['another label than was acknowledged'] : []),
  ]
}

async function againstServer(client: ChaosClient, { sha256 }: Deposit, row: Row): Promise<string[]> {
  const told = async (path: string, accept = 'application/fhir+json'): Promise<Told | undefined> => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const answer = await client.ask('read', { as: gp, method: 'GET', path, headers: { accept } })
      if (answer) return answer
    }
    return undefined
  }
  const [bytes, list, verified] = [
    await told(`/Binary/${row.binary}`, 'text/xml'),
    await told(`/List/${row.list}`),
    await told(`/DocumentReference/${row.id}/$verify`),
  ]
  const isIntact = verified?.bytes.includes('"intact"') === true && !verified.bytes.includes('"anomalie"')
  return [
    ...(bytes && createHash('sha256').update(bytes.bytes).digest('hex') === sha256
      ? []
      : ['other bytes, or none']),
    ...(list?.bytes.includes(`DocumentReference/${row.id}`) ? [] : ['not in its submission set']),
    ...(isIntact ? [] : [`not intact: ${verified?.bytes.toString('utf8').slice(0, 600) ?? 'no answer'}`]),
  ]
}

async function stored(postgres: Place['postgres']): Promise<Row[]> {
  return asOwner(postgres, async (client) => {
    const { rows } = await client.query<{
      patient_key: string
      id: string
      binary_id: string
      submission_id: string
      version: number
      masked: boolean
      unique_id: string
    }>(
      `select d.patient_key, d.id, d.binary_id, d.submission_id, d.version, d.masked,
         d.body::jsonb #>> '{masterIdentifier,value}' as unique_id from document d`,
    )
    return rows.map((row) => ({
      id: idIn(row.patient_key, row.id),
      binary: idIn(row.patient_key, row.binary_id),
      list: idIn(row.patient_key, row.submission_id),
      version: row.version,
      masked: row.masked,
      unique: row.unique_id.replace(/^urn:oid:/, ''),
    }))
  })
}

/** Rows that belong together and are not there together: a push is whole, or it is not. */
async function brokenRows(postgres: Place['postgres']): Promise<string[]> {
  return asOwner(postgres, async (client) => {
    const { rows } = await client.query<{ what: string; count: string }>(broken)
    return rows.filter(({ count }) => Number(count) > 0).map(({ what, count }) => `${count} × ${what}`)
  })
}

const broken = `
  select 'document without its contents' as what, count(*) from document d
    where not exists (select from content c where c.patient_key = d.patient_key and c.sha256 = d.content_sha256)
  union all select 'contents without a document', count(*) from content c
    where not exists (select from document d where d.patient_key = c.patient_key and d.content_sha256 = c.sha256)
  union all select 'document whose seals are not one for each version', count(*) from document d
    where d.version <> (select count(*) from seal s where s.patient_key = d.patient_key and s.document = d.id)
  union all select 'seal without a document', count(*) from seal s
    where not exists (select from document d where d.patient_key = s.patient_key and d.id = s.document)
  union all select 'document without its submission set', count(*) from document d
    where not exists (select from document_list l where l.patient_key = d.patient_key and l.id = d.submission_id)
  union all select 'submission set without a document', count(*) from document_list l
    where not exists (select from document d where d.patient_key = l.patient_key and d.id = any(l.documents))
  union all select 'document without its unique identifier', count(*) from document d
    where not exists (select from business_identifier b where b.patient_key = d.patient_key and b.id = d.id)`

function idIn(patientKey: string, id: string): string {
  if (!isUuid(patientKey) || !isUuid(id)) throw new Error('a row whose key is no UUID')
  return formatResourceId({ patientKey, id })
}
