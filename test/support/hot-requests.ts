/**
 * One of each kind of request that the dmp profile answers, to look at the statements that they send. Each must succeed:
 * a refusal would send fewer.
 */
import type { TestApp } from './app.ts'
import { choice, consent, label, publishedDocument } from './builders.ts'
import { type Received, resourceOf, verdict } from './http-client.ts'
import { document, lotOf } from './lots.ts'
import { auditor, gp, hospital, matricule, otherGp } from './personas.ts'
import { openTestRecord } from './record.ts'

const form = { 'content-type': 'application/x-www-form-urlencoded' }
const jsonPatch = { 'content-type': 'application/json-patch+json' }

export async function hotRequests(app: TestApp): Promise<number> {
  let count = 0
  const ok = async (request: Promise<Received>): Promise<Received> => {
    const answer = await request
    if (answer.status >= 300) throw new Error(`request ${count + 1}: ${verdict(answer)}`)
    count++
    return answer
  }
  const record = await openTestRecord(app, matricule(1))
  const { id, ins, holder } = record
  const identifier = encodeURIComponent(`${ins.system}|${ins.value}`)
  await ok(record.choose('autorisation', gp.nationalId ?? ''))
  const [doctor, patient, clinic] = [app.as(gp), app.as(holder), app.as(hospital)]
  const one = await record.push()
  const two = await record.push({ cda: Buffer.from('Texte. '.repeat(60_000)), contentType: 'text/plain' })
  await ok(clinic.post('/DocumentReference', publishedDocument({ ins })))
  await ok(
    clinic.post(
      '',
      lotOf({ ins, documents: [{ text: 'un' }, { text: 'deux' }], folders: [{ items: [document(0)] }] }),
    ),
  )

  await ok(doctor.get(`/Patient?identifier=${identifier}`))
  await ok(doctor.get('/Patient/$dossiers'))
  await ok(doctor.get(`/Patient/${id}`))
  await ok(doctor.get(`/Patient/${id}/$droits`))
  await ok(doctor.get(`/Patient/${id}/$synthese`))
  await ok(patient.get(`/Patient/${id}/$acces`))
  for (const query of [
    `patient=${id}`,
    `patient.identifier=${identifier}&status=current&_sort=-date&_count=2&_total=accurate`,
    `patient=${id}&type=http://loinc.org|11490-0&period=ge2020`,
    `patient=${id}&_sort=_lastUpdated&_count=1&_revinclude=List:item&_include=DocumentReference:relatesto`,
    `patient=${id}&_include=DocumentReference:patient`,
  ])
    await ok(doctor.get(`/DocumentReference?${query}`))
  await ok(doctor.request('POST', '/DocumentReference/_search', { body: `patient=${id}`, headers: form }))
  await ok(doctor.get(`/List?patient=${id}&_include=List:item`))
  await ok(doctor.get(`/List/${one.listId}`))
  await ok(doctor.get(`/DocumentReference/${one.documentId}`))
  await ok(doctor.get(`/DocumentReference/${one.documentId}/_history`))
  await ok(doctor.get(`/DocumentReference/_history?patient=${id}`))
  await ok(doctor.get(`/DocumentReference/${one.documentId}/$verify`))
  await ok(doctor.get(`/Provenance?patient=${id}`))
  await ok(doctor.get(`/Provenance?target=DocumentReference/${one.documentId}`))
  await ok(doctor.get(`/Binary/${one.binaryId}`, { accept: 'text/xml' }))
  await ok(doctor.get(`/Binary/${two.binaryId}`, { accept: 'text/plain' }))

  const masked = [{ op: 'replace', path: '/securityLabel/0', value: label('MASQUE_PS') }]
  await ok(
    patient.request('PATCH', `/DocumentReference/${one.documentId}`, { body: masked, headers: jsonPatch }),
  )
  await ok(doctor.get(`/DocumentReference/${two.documentId}/_history/1`))
  await ok(patient.post('/Consent', choice('notification', id, { type: 'deny' })))
  const consents = resourceOf(await ok(patient.get(`/Consent?patient=${id}`)), 'Bundle').entry ?? []
  const own = consents.find(({ resource }) => resource?.resourceType === 'Consent')?.resource?.id ?? ''
  await ok(patient.get(`/Consent/${own}`))
  await ok(patient.get(`/Consent/${own}/_history`))
  await ok(patient.get(`/CareTeam?patient=${id}`))
  await ok(patient.post('/Consent', consent('blocage', id, otherGp.nationalId ?? '')))

  const traces =
    resourceOf(await ok(patient.get(`/AuditEvent?patient=${id}&_total=accurate`)), 'Bundle').entry ?? []
  await ok(patient.get(`/AuditEvent/${traces[0]?.resource?.id}`))
  await ok(patient.get(`/AuditEvent?patient=${id}&date=ge2020`))
  await ok(app.as(auditor).get(`/AuditEvent?patient=${id}`))
  await ok(patient.request('POST', `/Patient/${id}/$fermer`))
  return count
}
