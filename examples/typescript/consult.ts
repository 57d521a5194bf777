/** A GP at work: find the record, say that the patient agreed, find documents, page by page, and read one. */
import { createHash } from 'node:crypto'
import type { DocumentReference, Patient } from '@medplum/fhirtypes'
import type { FhirResource } from 'fhir-kit-client'
import { authorise } from './authorise.ts'
import { baseUrl, connect, entries, exampleIns, refusalOf, tokenOf } from './connection.ts'

const gp = await connect('gp')

// region: td0.2
// By POST, so that the INS stands in no URL and no log.
const found = await gp.search({
  resourceType: 'Patient',
  searchParams: { identifier: await exampleIns() },
  options: { postSearch: true },
})
const [patient] = entries<Patient>(found, 'Patient')
if (!patient?.id) throw new Error('there is no record: run deposit.ts first')
const standing = patient.extension?.find(({ url }) => url.endsWith('/dmp-autorisation'))?.valueCode
console.log(`Record ${patient.active ? 'open' : 'closed'}; my authorisation: ${standing}`)
// endregion: td0.2

if (standing !== 'valide') {
  await search().catch((error: unknown) => console.log(`Refused: ${refusalOf(error)}`))
  await authorise(gp, patient.id, '899700000005')
}

// region: td1.3a
const administrative = await gp.read({ resourceType: 'Patient', id: patient.id })
console.log(`Born on ${administrative.birthDate}`)
// endregion: td1.3a

// region: td1.6
const choices = await gp.search({
  resourceType: 'Consent',
  searchParams: { patient: patient.id, category: 'autorisation', status: 'active' },
})
console.log(`Authorised now: ${entries(choices, 'Consent').length}`)
// endregion: td1.6

// region: td3.1a
/** Discharge letters and imaging reports, the newest first. */
function search(): Promise<FhirResource> {
  const searchParams = { patient: patient?.id ?? '', type: '11490-0,18748-4', _count: 1 }
  return gp.search({ resourceType: 'DocumentReference', searchParams })
}

const documents: DocumentReference[] = []
for (let page: FhirResource | undefined = await search(); page; page = await nextOf(page))
  documents.push(...entries<DocumentReference>(page, 'DocumentReference'))
for (const { date, type, content } of documents)
  console.log(`${date?.slice(0, 10)} ${type?.coding?.[0]?.code} ${content[0]?.attachment.title}`)

/** The link `next` is an address to follow, and nothing to build. */
async function nextOf(page: FhirResource): Promise<FhirResource | undefined> {
  const link = Array.isArray(page.link) ? page.link : []
  return gp.nextPage({ bundle: { ...page, link } })
}
// endregion: td3.1a

// region: td3.2
const attachment = documents.at(-1)?.content[0]?.attachment
if (!attachment?.url) throw new Error('no document: run deposit.ts first')
// The client reads JSON only; the bytes are asked for as they are.
const answer = await fetch(new URL(attachment.url, `${baseUrl}/`), {
  headers: { authorization: `Bearer ${await tokenOf('gp')}`, accept: attachment.contentType ?? '*/*' },
})
if (!answer.ok) throw new Error(`not read: ${answer.status}`)
const bytes = Buffer.from(await answer.arrayBuffer())
const isSame = createHash('sha1').update(bytes).digest('base64') === attachment.hash
console.log(
  `${bytes.length} bytes of ${attachment.contentType}; ${isSame ? 'as they were deposited' : 'ALTERED'}`,
)
// endregion: td3.2
