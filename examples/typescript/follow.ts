/** A software that keeps up with the records it may see: which they are, and what changed in one since it last asked. */
import type { Bundle, DocumentReference, Patient } from '@medplum/fhirtypes'
import { connect, entries } from './connection.ts'

const gp = await connect('gp')

// region: td0.4
const records = await gp.operation({ name: 'dossiers', resourceType: 'Patient', method: 'GET' })
const patients = entries<Patient>(records, 'Patient')
console.log(`Records that authorise me: ${patients.length}`)
// endregion: td0.4

// region: follow
/** What the last answer said to ask next; kept by the caller between two runs. */
const bookmarks = new Map<string, string>()

async function follow(patient: string): Promise<void> {
  let url: string | undefined =
    bookmarks.get(patient) ?? `DocumentReference/_history?patient=${patient}&_count=20`
  while (url) {
    const page = await gp.request(url)
    for (const document of entries<DocumentReference>(page, 'DocumentReference'))
      console.log(`changed: ${document.content[0]?.attachment.title}, version ${document.meta?.versionId}`)
    const { link = [] }: Partial<Bundle> = Object(page)
    const to = (relation: string) => link.find((each) => each.relation === relation)?.url
    const monitor = to('monitor')
    if (monitor) bookmarks.set(patient, monitor)
    url = to('next')
  }
}

const [first] = patients
if (!first?.id) throw new Error('no record authorises me: run consult.ts first')
await follow(first.id)
console.log('and since then:')
await follow(first.id)
console.log('nothing more')
// endregion: follow
