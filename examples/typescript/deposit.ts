/** Opening a record and depositing into it: a CDA letter, a PDF, a whole lot, a correction. Sent again, nothing is stored twice. */
import { randomUUID } from 'node:crypto'
import type { Bundle, DocumentReference, Patient } from '@medplum/fhirtypes'
import { Client } from 'fhir-kit-client'
import { connect, data, entries, example, exampleIns, refusalOf } from './connection.ts'

// region: open
const administration = await connect('administration')
const patient = await example<Patient>('patient.json', 'Patient')
const identity = await exampleIns()
await administration.update({
  resourceType: 'Patient',
  searchParams: { identifier: identity },
  body: patient,
})
console.log('The record is open.')
// endregion: open

const hospital = await connect('hospital')

// region: td2.1-cda
// ITI-106: the CDA alone. Whose it is and all its metadata are read in its header.
const letter = await data('lettre.xml')
const deposited = await hospital.operation({
  name: 'generate-metadata',
  resourceType: 'DocumentReference',
  input: {
    resourceType: 'Parameters',
    parameter: [
      {
        name: 'document',
        resource: { resourceType: 'Binary', contentType: 'text/xml', data: letter.toString('base64') },
      },
    ],
  },
})
console.log(`CDA letter: ${said(deposited)}`)
// endregion: td2.1-cda

// region: td2.1-pdf
// A PDF says nothing of itself: all its metadata are sent. The uniqueId is yours, and makes repeating harmless.
const report = await example<DocumentReference>('document-pdf.json', 'DocumentReference')
const sent = await hospital.create({ resourceType: 'DocumentReference', body: report })
console.log(`PDF report: ${said(sent)}`)
// endregion: td2.1-pdf

// region: td3.1b
// Whoever deposited finds the reference of its own document again by its uniqueId, without consulting the record.
const uniqueId = `${report.masterIdentifier?.system}|${report.masterIdentifier?.value}`
const own = await hospital.search({
  resourceType: 'DocumentReference',
  searchParams: { 'patient.identifier': identity, identifier: uniqueId },
  options: { postSearch: true },
})
console.log(`Found again: ${entries(own, 'DocumentReference').length}`)
// endregion: td3.1b

// region: td2.1-lot
// ITI-65: a submission set, its documents and their bytes in one transaction; all of it or nothing.
const lot = await example<Bundle>('lot-lettre.json', 'Bundle')
const { entry = [] }: Partial<Bundle> = Object(await hospital.transaction({ body: lot }))
for (const { response } of entry) console.log(`lot: ${response?.location?.split('/')[0]} ${response?.status}`)
// endregion: td2.1-lot

// region: td2.1-wrong
// What is refused is told element by element.
const [content] = report.content
const wrong = {
  ...report,
  masterIdentifier: { ...report.masterIdentifier, value: `urn:uuid:${randomUUID()}` },
  content: [{ ...content, attachment: { ...content?.attachment, hash: 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=' } }],
}
await hospital
  .create({ resourceType: 'DocumentReference', body: wrong })
  .catch((error: unknown) => console.log(`A wrong hash: ${refusalOf(error)}`))
// endregion: td2.1-wrong

/** 201: stored; 200: it was there already. */
function said(answer: Awaited<ReturnType<Client['create']>>): string {
  return Client.httpFor(answer).response?.status === 201 ? 'stored' : 'was there already'
}
